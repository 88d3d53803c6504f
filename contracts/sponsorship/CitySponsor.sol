// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
// solhint-disable-next-line max-line-length
import {PaymasterSigner} from "@openzeppelin/contracts/account/paymaster/extensions/PaymasterSigner.sol";
import {ERC4337Utils} from "@openzeppelin/contracts/account/utils/ERC4337Utils.sol";
import {Execution} from "@openzeppelin/contracts/interfaces/draft-IERC7579.sol";
import {IERC7821} from "@openzeppelin/contracts/interfaces/draft-IERC7821.sol";
import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {FlowPause} from "../governance/FlowPause.sol";
import {Roles} from "../governance/Roles.sol";
import {KoreanTime} from "../vouchers/KoreanTime.sol";

/// @title CitySponsor
/// @author Busan Chain
/// @notice Pays for citizens' user operations (ERC-4337 paymaster), so that nobody needs a coin of
/// the chain for the city's services. It pays for calls of listed services only, from accounts
/// whose code is known, within quotas of gas for each account and for all, and when a sponsor
/// signer has approved the very operation.
///
/// Quotas count the gas that an operation may cost at most, when it is validated. Nothing comes
/// back for gas that was not used: so there is no step after execution that could go wrong, run
/// out of gas or be told a cost without the entry point's penalties.
contract CitySponsor is PaymasterSigner, FlowPause {
    using ERC4337Utils for PackedUserOperation;

    /// @notice What services that share a budget may cost. A Korean day each.
    /// @param gasPerOperation most gas of one operation
    /// @param gasPerAccount most gas of one account in a day
    /// @param gasPerDay most gas of all accounts in a day
    /// @param maxFeePerGas most wei for a unit of gas
    struct Budget {
        uint32 gasPerOperation;
        uint32 gasPerAccount;
        uint64 gasPerDay;
        uint64 maxFeePerGas;
    }

    /// @dev Gas used on the last day that any was used.
    struct Usage {
        uint32 day;
        uint64 gas;
    }

    /// @notice The account's code is none that the city sponsors.
    /// @param account the sender
    error SponsorUnknownAccount(address account);

    /// @notice The operation is not: calls, without value, of services that share a budget.
    /// @param target called contract; zero when the operation is no batch of calls (ERC-7821)
    /// @param selector called function
    error SponsorNotAService(address target, bytes4 selector);

    /// @notice The operation may use more gas than is left.
    /// @param wanted gas that it may use at most
    /// @param available gas that is left to it
    error SponsorQuotaExceeded(uint256 wanted, uint256 available);

    /// @notice The operation offers more for a unit of gas than the budget allows.
    /// @param offered wei
    /// @param allowed wei
    error SponsorFeeTooHigh(uint256 offered, uint256 allowed);

    /// @notice The approval has no end, or a late one.
    /// @param validUntil seconds since the epoch
    error SponsorApprovalTooLong(uint256 validUntil);

    /// @notice The sponsor does nothing after an operation, so no gas can be set aside for it.
    error SponsorNothingAfter();

    /// @notice Such a budget cannot be: number zero, or an operation that exceeds a day.
    /// @param id number of the budget
    error SponsorInvalidBudget(uint32 id);

    /// @notice A budget was set.
    /// @param id number of the budget
    /// @param budget its terms
    /// @param orderRef hash of the decision
    event BudgetSet(uint32 indexed id, Budget budget, bytes32 indexed orderRef);

    /// @notice A function of a contract was listed as a service, or struck off.
    /// @param target the contract
    /// @param selector the function
    /// @param budget number of the budget that pays; zero for none
    /// @param orderRef hash of the decision
    event ServiceSet(
        address indexed target,
        bytes4 indexed selector,
        uint32 budget,
        bytes32 indexed orderRef
    );

    /// @notice A kind of account was admitted or turned away.
    /// @param codeHash hash of its code
    /// @param isAdmitted whether it is sponsored
    /// @param orderRef hash of the decision
    event AccountKindSet(bytes32 indexed codeHash, bool isAdmitted, bytes32 indexed orderRef);

    /// @notice An operation counts against the quotas.
    /// @param budget number of the budget
    /// @param account the sender
    /// @param userOpHash hash of the operation
    /// @param gas most gas that it may cost
    event Sponsored(
        uint32 indexed budget,
        address indexed account,
        bytes32 indexed userOpHash,
        uint256 gas
    );

    /// @notice Coins left the deposit.
    /// @param to who got them
    /// @param value wei
    /// @param orderRef hash of the decision
    event Withdrawn(address indexed to, uint256 value, bytes32 indexed orderRef);

    /// @notice Flow of all sponsoring.
    uint8 public constant FLOW_SPONSOR = 0;

    /// @notice Seconds for which a signer can approve an operation beforehand.
    uint256 public constant MAX_APPROVAL = 1 hours;

    /// @notice Whether accounts with this code are sponsored.
    mapping(bytes32 codeHash => bool isAdmitted) public isAccountKind;

    /// @notice Number of the budget that pays for a service; zero for none.
    mapping(address target => mapping(bytes4 selector => uint32 budget)) public budgetOf;

    mapping(uint32 id => Budget terms) private _budgets;
    mapping(uint32 id => Usage usage) private _usage;
    mapping(uint32 id => mapping(address account => Usage usage)) private _usageOf;

    /// @notice Starts without services, budgets and coins.
    /// @param authority who decides over roles
    constructor(address authority) EIP712("Busan Sponsor", "1") AccessManaged(authority) {}

    /// @notice Puts coins in. Anyone may.
    function deposit() external payable {
        _deposit(msg.value);
    }

    /// @notice Takes coins out. Restricted to the treasury.
    /// @param to who gets them
    /// @param value wei
    /// @param orderRef hash of the decision
    function withdraw(
        address payable to,
        uint256 value,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        emit Withdrawn(to, value, orderRef);
        _withdraw(to, value);
    }

    /// @notice Sets what services of a budget may cost. Restricted to city officers. What was used
    /// today still counts.
    /// @param id number of the budget, not zero
    /// @param budget its terms; all zero stops it
    /// @param orderRef hash of the decision
    function setBudget(
        uint32 id,
        Budget calldata budget,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        bool isOrdered =
            budget.gasPerOperation <= budget.gasPerAccount &&
                budget.gasPerAccount <= budget.gasPerDay;
        require(id != 0 && isOrdered, SponsorInvalidBudget(id));
        _budgets[id] = budget;
        emit BudgetSet(id, budget, orderRef);
    }

    /// @notice Lists a function as a service, or strikes it off. Restricted to city officers.
    /// @param target the contract
    /// @param selector the function
    /// @param budget number of the budget that pays; zero for none
    /// @param orderRef hash of the decision
    function setService(
        address target,
        bytes4 selector,
        uint32 budget,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        budgetOf[target][selector] = budget;
        emit ServiceSet(target, selector, budget, orderRef);
    }

    /// @notice Admits or turns away accounts by their code. Restricted to the administrator: code
    /// of accounts says what a signature of theirs means.
    /// @param codeHash hash of the account's code. That of an account under EIP-7702 names what it
    /// delegates to, so one that delegates elsewhere is another kind
    /// @param isAdmitted whether such accounts are sponsored
    /// @param orderRef hash of the decision
    function setAccountKind(
        bytes32 codeHash,
        bool isAdmitted,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        isAccountKind[codeHash] = isAdmitted;
        emit AccountKindSet(codeHash, isAdmitted, orderRef);
    }

    /// @notice Terms of a budget.
    /// @param id number of the budget
    /// @return its terms
    function budgetTerms(uint32 id) external view returns (Budget memory) {
        return _budgets[id];
    }

    /// @notice Gas that is left today.
    /// @param id number of the budget
    /// @param account whose
    /// @return ofAccount gas that the account may still use
    /// @return ofAll gas that all accounts together may still use
    function gasLeft(
        uint32 id,
        address account
    ) external view returns (uint256 ofAccount, uint256 ofAll) {
        Budget storage budget = _budgets[id];
        ofAccount = _left(_usageOf[id][account], budget.gasPerAccount);
        ofAll = _left(_usage[id], budget.gasPerDay);
    }

    /// @notice What a sponsor signer approves (EIP-712): the operation but for the account's
    /// signature and the approval itself.
    /// @param userOp the operation
    /// @param validAfter seconds since the epoch
    /// @param validUntil seconds since the epoch, at most an hour ahead
    /// @return the digest
    function approvalHash(
        PackedUserOperation calldata userOp,
        uint48 validAfter,
        uint48 validUntil
    ) external view returns (bytes32) {
        return _signableUserOpHash(userOp, validAfter, validUntil);
    }

    /// @notice Version 0.8, which every network of the city has at genesis.
    /// @return the contract that brings user operations
    function entryPoint() public pure override returns (IEntryPoint) {
        return ERC4337Utils.ENTRYPOINT_V08;
    }

    /// @dev Reverts for what the city does not pay for; a missing or wrong approval is an answer,
    /// as ERC-4337 asks, so that gas can be estimated before there is one.
    function _validatePaymasterUserOp(
        PackedUserOperation calldata userOp,
        bytes32 userOpHash,
        uint256 maxCost
    ) internal override returns (bytes memory context, uint256 validationData) {
        _requireFlow(FLOW_SPONSOR);
        bytes32 codeHash = userOp.sender.codehash;
        require(isAccountKind[codeHash], SponsorUnknownAccount(userOp.sender));
        require(userOp.paymasterPostOpGasLimit() == 0, SponsorNothingAfter());
        (, uint48 validUntil, ) = _decodePaymasterUserOp(userOp);
        bool isShort = validUntil != 0 && validUntil <= block.timestamp + MAX_APPROVAL;
        require(isShort, SponsorApprovalTooLong(validUntil));
        _charge(_budgetOfCalls(userOp.callData), userOp, userOpHash);
        return super._validatePaymasterUserOp(userOp, userOpHash, maxCost);
    }

    /// @dev Counts an operation against its budget's quotas.
    function _charge(uint32 id, PackedUserOperation calldata userOp, bytes32 userOpHash) private {
        Budget storage budget = _budgets[id];
        uint256 gas =
            userOp.preVerificationGas +
                userOp.verificationGasLimit() +
                userOp.callGasLimit() +
                userOp.paymasterVerificationGasLimit();
        require(gas <= budget.gasPerOperation, SponsorQuotaExceeded(gas, budget.gasPerOperation));
        (uint256 fee, uint256 maxFee) = (userOp.maxFeePerGas(), budget.maxFeePerGas);
        require(fee <= maxFee, SponsorFeeTooHigh(fee, maxFee));
        _use(_usageOf[id][userOp.sender], gas, budget.gasPerAccount);
        _use(_usage[id], gas, budget.gasPerDay);
        emit Sponsored(id, userOp.sender, userOpHash, gas);
    }

    function _use(Usage storage usage, uint256 gas, uint256 quota) private {
        uint256 left = _left(usage, quota);
        require(gas <= left, SponsorQuotaExceeded(gas, left));
        uint32 day = KoreanTime.dayOf(block.timestamp);
        // Within the quota, which has 64 bits.
        (usage.day, usage.gas) = (day, uint64(usage.day == day ? usage.gas + gas : gas));
    }

    function _left(Usage storage usage, uint256 quota) private view returns (uint256) {
        uint256 used = usage.day == KoreanTime.dayOf(block.timestamp) ? usage.gas : 0;
        return quota > used ? quota - used : 0;
    }

    /// @dev The one budget of all calls. Reads them as the account will (ERC-7821).
    function _budgetOfCalls(bytes calldata callData) private view returns (uint32 budget) {
        bool isBatch = callData.length > 4 && bytes4(callData) == IERC7821.execute.selector;
        require(isBatch, SponsorNotAService(address(0), 0));
        (, bytes memory batch) = abi.decode(callData[4:], (bytes32, bytes));
        Execution[] memory calls = abi.decode(batch, (Execution[]));
        require(calls.length > 0, SponsorNotAService(address(0), 0));
        for (uint256 i = 0; i < calls.length; ++i) {
            (address target, bytes4 selector) = (calls[i].target, bytes4(calls[i].callData));
            uint32 found = budgetOf[target][selector];
            bool isService =
                found != 0 &&
                    calls[i].value == 0 &&
                    calls[i].callData.length >= 4 &&
                    (i == 0 || found == budget);
            require(isService, SponsorNotAService(target, selector));
            budget = found;
        }
    }

    /// @dev Approvals count while their signer has the role.
    function _rawSignatureValidation(
        bytes32 hash,
        bytes calldata signature
    ) internal view override returns (bool) {
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecover(hash, signature);
        if (problem != ECDSA.RecoverError.NoError) return false;
        IAccessManager manager = IAccessManager(authority());
        (bool isSigner, ) = manager.hasRole(Roles.SPONSOR_SIGNER, signer);
        return isSigner;
    }
}
