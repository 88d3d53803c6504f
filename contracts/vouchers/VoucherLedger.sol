// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {NoncesKeyed} from "@openzeppelin/contracts/utils/NoncesKeyed.sol";
import {FlowPause} from "../governance/FlowPause.sol";
import {IMigratable} from "../identity/IMigratable.sol";
import {IKrwDepositToken} from "../money/IKrwDepositToken.sol";
import {IVoucherProgram} from "./IVoucherProgram.sol";
import {VoucherBooks} from "./VoucherBooks.sol";
import {VoucherMoves} from "./VoucherMoves.sol";

/// @title VoucherLedger
/// @author Busan Chain
/// @notice Programmes and holdings: everything about vouchers but sales. See IVoucherProgram.
abstract contract VoucherLedger is FlowPause, EIP712, NoncesKeyed, IVoucherProgram, IMigratable {
    using VoucherBooks for VoucherBooks.Books;
    using VoucherBooks for VoucherBooks.Programme;
    using VoucherBooks for uint80;

    /// @notice Flow that claims belong to.
    uint8 public constant FLOW_CLAIM = 0;

    /// @notice Flow that payments belong to.
    uint8 public constant FLOW_PAY = 1;

    // solhint-disable gas-small-strings
    bytes32 private constant CASH_OUT_TYPEHASH = keccak256(
        "CashOut(uint256 id,address account,uint64 validBefore,uint256 nonce)"
    );
    // solhint-enable gas-small-strings

    /// @notice Deposit tokens that stand behind every voucher.
    IKrwDepositToken public immutable WON;

    /// @notice Account that pays budgets and gets back what is not used.
    address public immutable TREASURY;

    /// @notice How many programmes exist; the latest has this number.
    uint256 public programmeCount;

    /// @notice Until when an account is locked, in seconds since the epoch.
    mapping(address account => uint64 until) public lockedUntil;

    VoucherBooks.Books internal _books;
    mapping(uint256 id => mapping(bytes32 nullifier => bool used)) private _isUsed;

    /// @dev The account is not locked.
    modifier unlocked(address account) {
        require(block.timestamp >= lockedUntil[account], VoucherLocked(account));
        _;
    }

    /// @notice Starts without programmes.
    /// @param authority who decides over roles
    /// @param won deposit tokens
    /// @param treasury account that pays budgets
    constructor(
        address authority,
        IKrwDepositToken won,
        address treasury
    ) AccessManaged(authority) EIP712("Busan Vouchers", "1") {
        WON = won;
        TREASURY = treasury;
    }

    /// @inheritdoc IVoucherProgram
    function propose(
        Policy calldata policy,
        uint80 budget,
        bytes32 docHash
    ) external restricted ordered(docHash) returns (uint256 id) {
        require(_isSound(policy), VoucherInvalidPolicy());
        id = ++programmeCount;
        VoucherBooks.Programme storage programme = _books.programmes[id];
        programme.policy = policy;
        programme.totals.budget = budget;
        programme.maker = msg.sender;
        programme.state = State.Proposed;
        emit Proposed(id, msg.sender, budget, docHash);
    }

    /// @inheritdoc IVoucherProgram
    function approve(uint256 id) external restricted {
        VoucherBooks.Programme storage programme = _inState(id, State.Proposed);
        require(msg.sender != programme.maker, VoucherMakerChecks(msg.sender));
        require(block.timestamp < programme.policy.expiry, VoucherWrongTime(id));
        uint80 budget = programme.totals.budget;
        programme.state = State.Open;
        programme.totals.unclaimed = budget;
        emit Opened(id, msg.sender);
        WON.transferFrom(TREASURY, address(this), budget);
    }

    /// @inheritdoc IVoucherProgram
    function extend(
        uint256 id,
        uint64 expiry,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        Policy storage policy = _inState(id, State.Open).policy;
        require(expiry > policy.expiry, VoucherWrongTime(id));
        policy.expiry = expiry;
        emit Extended(id, expiry, orderRef);
    }

    /// @inheritdoc IVoucherProgram
    function claim(uint256 id, address account, bytes calldata proof) external unlocked(account) {
        _requireFlow(FLOW_CLAIM);
        VoucherBooks.Programme storage programme = _current(id);
        Policy storage policy = programme.policy;
        uint80 amount = policy.claimAmount;
        Holding storage holding = _books.holdings[id][account];
        uint256 left = programme.totals.unclaimed.min(policy.perPerson.less(holding.claimed));
        bool isClaimable = address(policy.eligibility) != address(0) && amount <= left;
        require(isClaimable, VoucherNothingToClaim(id, left));
        bytes32 nullifier = policy.eligibility.nullifierOf(scopeOf(id), account, proof);
        bool isFresh = nullifier != 0 && !_isUsed[id][nullifier];
        require(isFresh, VoucherAlreadyClaimed(nullifier));
        _isUsed[id][nullifier] = true;
        holding.claimed += amount;
        _books.grant(id, account, amount);
        emit Claimed(id, account, amount, nullifier);
    }

    /// @inheritdoc IVoucherProgram
    function topUp(uint256 id, uint80 amount) external {
        _topUp(id, msg.sender, amount);
        WON.transferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IVoucherProgram
    function topUpWithAuthorization(
        uint256 id,
        address account,
        uint80 amount,
        uint64 validBefore,
        bytes32 salt,
        bytes calldata signature
    ) external {
        _topUp(id, account, amount);
        bytes32 nonce = keccak256(abi.encode(id, salt));
        address self = address(this);
        WON.receiveWithAuthorization(account, self, amount, 0, validBefore, nonce, signature);
    }

    /// @inheritdoc IVoucherProgram
    function cashOut(uint256 id) external {
        _cashOut(id, msg.sender);
    }

    /// @inheritdoc IVoucherProgram
    function cashOutWithSignature(
        uint256 id,
        address account,
        uint64 validBefore,
        uint256 nonce,
        bytes calldata signature
    ) external {
        require(block.timestamp < validBefore, VoucherWrongTime(0));
        _useCheckedNonce(account, nonce);
        bytes memory terms = abi.encode(CASH_OUT_TYPEHASH, id, account, validBefore, nonce);
        _requireSigned(account, _hashTypedDataV4(keccak256(terms)), signature);
        _cashOut(id, account);
    }

    /// @inheritdoc IVoucherProgram
    function sweep(uint256 id) external {
        VoucherBooks.Programme storage programme = _inState(id, State.Open);
        Policy storage policy = programme.policy;
        bool isOver = block.timestamp >= uint256(policy.expiry) + policy.graceSeconds;
        require(isOver, VoucherWrongTime(id));
        Totals storage totals = programme.totals;
        uint80 amount = totals.unclaimed + totals.heldCity;
        programme.state = State.Swept;
        (totals.unclaimed, totals.heldCity) = (0, 0);
        totals.swept = amount;
        emit Swept(id, amount);
        WON.transfer(TREASURY, amount);
    }

    /// @inheritdoc IVoucherProgram
    function follow(uint256 id, address account) external {
        _books.follow(id, account);
    }

    /// @inheritdoc IMigratable
    function lock(address account, uint64 until) external restricted {
        // A recovered account stays locked.
        require(_books.successorOf[account] == address(0), VoucherLocked(account));
        _lock(account, until);
    }

    /// @inheritdoc IMigratable
    function migrate(address from, address to) external restricted {
        address known = _books.successorOf[from];
        // The successor has none itself, so that following it comes to an end.
        bool isEnd = to != from && _books.successorOf[to] == address(0);
        require(known == to || (known == address(0) && isEnd), VoucherLocked(from));
        _books.successorOf[from] = to;
        _lock(from, type(uint64).max);
        emit Succeeded(from, to);
    }

    /// @inheritdoc IVoucherProgram
    function programmeOf(uint256 id) external view returns (Policy memory policy, State state) {
        return (_books.programmes[id].policy, _books.programmes[id].state);
    }

    /// @inheritdoc IVoucherProgram
    function totalsOf(uint256 id) external view returns (Totals memory) {
        return _books.programmes[id].totals;
    }

    /// @inheritdoc IVoucherProgram
    function holdingOf(uint256 id, address account) external view returns (Holding memory holding) {
        holding = _books.holdings[id][account];
        if (_books.programmes[id].state == State.Swept) holding.city = 0;
    }

    /// @inheritdoc IVoucherProgram
    function successorOf(address account) external view returns (address) {
        return _books.successorOf[account];
    }

    /// @inheritdoc IVoucherProgram
    function scopeOf(uint256 id) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), id));
    }

    function _requireSigned(address account, bytes32 hash, bytes calldata signature) internal view {
        bool isSigned = SignatureChecker.isValidSignatureNowCalldata(account, hash, signature);
        require(isSigned, VoucherInvalidSignature(account));
    }

    function _inState(
        uint256 id,
        State state
    ) internal view returns (VoucherBooks.Programme storage programme) {
        programme = _books.programmes[id];
        require(programme.state == state, VoucherWrongState(id, programme.state));
    }

    /// @dev An open programme that has started and not expired.
    function _current(uint256 id) internal view returns (VoucherBooks.Programme storage programme) {
        programme = _inState(id, State.Open);
        require(programme.isCurrent(), VoucherWrongTime(id));
    }

    function _topUp(uint256 id, address account, uint80 amount) private unlocked(account) {
        VoucherBooks.Programme storage programme = _current(id);
        programme.totals.heldOwn += amount;
        Holding storage holding = _books.holdings[id][account];
        holding.own += amount;
        holding.received += amount;
        emit ToppedUp(id, account, amount);
    }

    function _cashOut(uint256 id, address account) private unlocked(account) {
        (uint80 city, uint80 own) = VoucherMoves.cashOut(_books, id, account);
        emit CashedOut(id, account, city, own);
        WON.transfer(account, own + city);
    }

    function _lock(address account, uint64 until) private {
        lockedUntil[account] = until;
        emit AccountLocked(account, until);
    }

    function _isSound(Policy calldata policy) private view returns (bool) {
        bool isTimely = policy.start < policy.expiry && block.timestamp < policy.expiry;
        bool isClaimSound =
            address(policy.eligibility) == address(0) ||
                (policy.claimAmount > 0 && policy.claimAmount <= policy.perPerson);
        return
            isTimely &&
            isClaimSound &&
            policy.cashOutAfterBps <= VoucherBooks.BPS &&
            _areSharesSound(policy);
    }

    function _areSharesSound(Policy calldata policy) private view returns (bool) {
        for (uint256 i = 0; i < 3; ++i) if (policy.cashbackBps[i] > VoucherBooks.BPS) return false;
        // A programme that exists already, so that none pays its own cashback.
        return policy.cashbackProgramme <= programmeCount;
    }
}
