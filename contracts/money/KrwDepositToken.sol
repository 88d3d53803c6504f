// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {ReserveOracle} from "../exchange/ReserveOracle.sol";
import {FlowPause} from "../governance/FlowPause.sol";
import {IMigratable} from "../identity/IMigratable.sol";
import {IKrwDepositToken} from "./IKrwDepositToken.sol";

/// @title KrwDepositToken
/// @author Busan Chain
/// @notice One bank's deposits in won. See IKrwDepositToken.
contract KrwDepositToken is ERC20Permit, ERC3009, FlowPause, IKrwDepositToken, IMigratable {
    using RateLimiter for RateLimiter.RefillingBucket;
    using SafeCast for uint256;

    /// @dev What keeps an account from spending; one slot.
    struct Hold {
        uint128 frozen;
        uint64 frozenUntil;
        uint64 lockedUntil;
    }

    /// @notice Flow that `mint` belongs to.
    uint8 public constant FLOW_MINT = 0;

    /// @notice Flow that transfers between accounts belong to.
    uint8 public constant FLOW_TRANSFER = 1;

    /// @notice Flow that `redeem` belongs to.
    uint8 public constant FLOW_REDEEM = 2;

    /// @notice Longest freeze, in seconds; a new order may follow.
    uint64 public constant MAX_FREEZE = 180 days;

    /// @notice What attestors say about the reserve.
    ReserveOracle public immutable ORACLE;

    mapping(address minter => uint256 left) private _allowances;
    mapping(address minter => RateLimiter.RefillingBucket bucket) private _rates;
    mapping(bytes32 bankRef => bool used) private _isUsed;
    mapping(address account => Hold hold) private _holds;

    /// @notice Starts without supply, with an oracle of its own that nothing is attested to yet.
    /// @param name name for people, at most 31 bytes
    /// @param symbol short name
    /// @param authority who decides over roles
    /// @param maxAge seconds for which an attestation of the reserve counts
    constructor(
        string memory name,
        string memory symbol,
        address authority,
        uint64 maxAge
    ) ERC20(name, symbol) ERC20Permit(name) AccessManaged(authority) {
        ORACLE = new ReserveOracle(authority, address(this), maxAge);
    }

    /// @inheritdoc IKrwDepositToken
    function mint(address to, uint256 amount, bytes32 bankRef) external restricted {
        _requireFlow(FLOW_MINT);
        require(bankRef != 0 && !_isUsed[bankRef], KrwInvalidReference(bankRef));
        _isUsed[bankRef] = true;
        uint256 left = _allowances[msg.sender];
        require(amount <= left, KrwMinterAllowance(msg.sender, left, amount));
        _allowances[msg.sender] = left - amount;
        _rates[msg.sender].consume(0, amount);
        uint256 supply = totalSupply() + amount;
        uint256 attested = ORACLE.freshUnits();
        require(supply <= attested, KrwUnbacked(supply, attested));
        _mint(to, amount);
        emit Minted(msg.sender, to, amount, bankRef);
    }

    /// @inheritdoc IKrwDepositToken
    function redeem(uint256 amount, bytes32 payoutRef) external {
        _requireFlow(FLOW_REDEEM);
        require(payoutRef != 0, KrwInvalidReference(payoutRef));
        _burn(msg.sender, amount);
        emit Redeemed(msg.sender, amount, payoutRef);
    }

    /// @inheritdoc IKrwDepositToken
    function configureMinter(
        address minter,
        uint256 allowance_,
        uint208 ratePerDay
    ) external restricted {
        _allowances[minter] = allowance_;
        // What the minter used by its old rate counts against the new one.
        _rates[minter].sync(0);
        _rates[minter].updateSettings(1 days, ratePerDay);
        emit MinterConfigured(minter, allowance_, ratePerDay);
    }

    /// @inheritdoc IKrwDepositToken
    function freeze(
        address account,
        uint256 amount,
        uint64 until,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        bool isTimely = until > block.timestamp && until <= block.timestamp + MAX_FREEZE;
        require(isTimely, KrwInvalidFreeze(until));
        _setFrozen(account, amount);
        _holds[account].frozenUntil = until;
        emit FreezeOrdered(account, amount, until, orderRef);
    }

    /// @inheritdoc IKrwDepositToken
    function forcedTransfer(
        address from,
        address to,
        uint256 amount,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        uint256 frozen = getFrozenTokens(from);
        require(amount <= frozen && from != to, KrwNotFrozen(from, frozen, amount));
        require(to != address(0), ERC20InvalidReceiver(to));
        _setFrozen(from, frozen - amount);
        super._update(from, to, amount);
        emit ForcedTransfer(from, to, amount);
        emit SeizureOrdered(from, to, amount, orderRef);
    }

    /// @inheritdoc IMigratable
    function lock(address account, uint64 until) external restricted {
        // A recovered account stays locked.
        bool isFinal = _holds[account].lockedUntil == type(uint64).max;
        require(!isFinal, ERC7943CannotSend(account));
        _lock(account, until);
    }

    /// @inheritdoc IMigratable
    function migrate(address from, address to) external restricted {
        _lock(from, type(uint64).max);
        _requireFlow(FLOW_TRANSFER);
        super._update(from, to, _unfrozenOf(from));
    }

    /// @inheritdoc IKrwDepositToken
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 kind = TRANSFER_WITH_AUTHORIZATION_TYPEHASH;
        bytes memory terms = abi.encode(kind, from, to, value, validAfter, validBefore, nonce);
        _requireSigned(from, terms, signature);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc IKrwDepositToken
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        require(to == msg.sender, ERC20InvalidReceiver(to));
        bytes32 kind = RECEIVE_WITH_AUTHORIZATION_TYPEHASH;
        bytes memory terms = abi.encode(kind, from, to, value, validAfter, validBefore, nonce);
        _requireSigned(from, terms, signature);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc IKrwDepositToken
    function cancelAuthorization(
        address authorizer,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes memory terms = abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce);
        _requireSigned(authorizer, terms, signature);
        _cancelAuthorization(authorizer, nonce);
    }

    /// @inheritdoc IKrwDepositToken
    function minterLimits(
        address minter
    ) external view returns (uint256 allowance, uint256 available) {
        return (_allowances[minter], _rates[minter].available(0));
    }

    /// @inheritdoc IKrwDepositToken
    function reserve()
        external
        view
        returns (uint256 attested, uint64 attestedAt, uint64 staleAfter)
    {
        (, int256 units, , uint256 updatedAt, ) = ORACLE.latestRoundData();
        attestedAt = updatedAt.toUint64();
        return (uint256(units), attestedAt, attestedAt + ORACLE.MAX_AGE());
    }

    /// @inheritdoc IKrwDepositToken
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        bool isOpen = block.timestamp >= pausedUntil[FLOW_TRANSFER];
        bool mayMove = canSend(from) && canReceive(from) && canReceive(to);
        return isOpen && mayMove && amount <= _unfrozenOf(from);
    }

    /// @inheritdoc IKrwDepositToken
    function canSend(address account) public view returns (bool) {
        return block.timestamp >= _holds[account].lockedUntil;
    }

    /// @inheritdoc IKrwDepositToken
    function canReceive(address account) public pure returns (bool) {
        return account != address(0);
    }

    /// @inheritdoc IKrwDepositToken
    function getFrozenTokens(address account) public view returns (uint256) {
        Hold storage hold = _holds[account];
        return block.timestamp < hold.frozenUntil ? hold.frozen : 0;
    }

    /// @notice Won have no smaller unit.
    /// @return zero
    function decimals() public pure override returns (uint8) {
        return 0;
    }

    function _setFrozen(address account, uint256 amount) private {
        _holds[account].frozen = amount.toUint128();
        emit Frozen(account, amount);
    }

    function _lock(address account, uint64 until) private {
        _holds[account].lockedUntil = until;
        emit AccountLocked(account, until);
    }

    /// @dev Every movement but those by order passes here.
    function _update(address from, address to, uint256 amount) internal override {
        if (from != address(0)) {
            if (to != address(0)) _requireFlow(FLOW_TRANSFER);
            require(canSend(from), ERC7943CannotSend(from));
            uint256 unfrozen = _unfrozenOf(from);
            // A balance that does not reach at all is reported by the token as such.
            bool isFree = amount <= unfrozen || amount > balanceOf(from);
            require(isFree, ERC7943InsufficientUnfrozenBalance(from, amount, unfrozen));
        }
        super._update(from, to, amount);
    }

    function _requireSigned(
        address account,
        bytes memory terms,
        bytes calldata signature
    ) private view {
        bytes32 hash = _hashTypedDataV4(keccak256(terms));
        bool isSigned = SignatureChecker.isValidSignatureNowCalldata(account, hash, signature);
        require(isSigned, ERC3009InvalidSignature());
    }

    function _unfrozenOf(address account) private view returns (uint256) {
        return Math.saturatingSub(balanceOf(account), getFrozenTokens(account));
    }
}
