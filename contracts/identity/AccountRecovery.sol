// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {NoncesKeyed} from "@openzeppelin/contracts/utils/NoncesKeyed.sol";
import {IMigratable} from "./IMigratable.sol";

/// @title AccountRecovery
/// @author Busan Chain
/// @notice Moves what belongs to an account whose key was lost to a new one, by the word of enough
/// guardians whom its owner named, after a time in which the owner may object. Nobody else can: no
/// role starts a recovery. Who the guardians are stays a commitment until they act.
contract AccountRecovery is AccessManaged, EIP712, NoncesKeyed {
    /// @notice Who may recover an account together, as its owner committed to them.
    /// @param salt of 256 random bits, kept by owner and guardians
    /// @param threshold how many must sign
    /// @param signers keys as in ERC-7913: an account, or a verifier and a key such as a passkey
    struct Guardians {
        bytes32 salt;
        uint256 threshold;
        bytes[] signers;
    }

    /// @notice Where a recovery stands.
    /// @param successor the new account; zero when none was started
    /// @param readyAt seconds since the epoch, from which it can be finished
    /// @param isFinished whether it was
    struct Recovery {
        address successor;
        uint64 readyAt;
        bool isFinished;
    }

    /// @dev Guardians and those that follow them.
    struct Commitments {
        bytes32 current;
        bytes32 next;
        uint64 nextFrom;
    }

    /// @notice The account cannot be its own successor or none, or was recovered.
    /// @param account the account
    error RecoveryInvalid(address account);

    /// @notice The guardians are not whom the owner named, or signed too late, too few or wrongly.
    /// @param account the account
    error RecoveryNotByGuardians(address account);

    /// @notice The owner did not sign this, or signed for an earlier time.
    /// @param account the account
    error RecoveryNotByOwner(address account);

    /// @notice No recovery waits, or not at this time.
    /// @param account the account
    error RecoveryNotNow(address account);

    /// @notice The contract is not among those that follow a recovery, or there are too many.
    /// @param target the contract
    error RecoveryUnknownTarget(IMigratable target);

    /// @notice An owner named guardians.
    /// @param account the account
    /// @param commitment hash of the guardians; zero for none
    /// @param from seconds since the epoch, when they take over
    event GuardiansNamed(address indexed account, bytes32 commitment, uint64 from);

    /// @notice Guardians started a recovery; the account is locked.
    /// @param account the account
    /// @param successor the new account
    /// @param readyAt seconds since the epoch, from which it can be finished
    event RecoveryStarted(address indexed account, address indexed successor, uint64 readyAt);

    /// @notice The owner objected; the account is unlocked.
    /// @param account the account
    event RecoveryCancelled(address indexed account);

    /// @notice A recovery was finished.
    /// @param account the account
    /// @param successor the new account
    event RecoveryFinished(address indexed account, address indexed successor);

    /// @notice A contract did not follow; `follow` tries again.
    /// @param account the account
    /// @param target the contract
    event TargetFailed(address indexed account, IMigratable indexed target);

    /// @notice A contract follows recoveries from now on, or no more.
    /// @param target the contract
    /// @param isIn whether it follows
    event TargetSet(IMigratable indexed target, bool isIn);

    // solhint-disable gas-small-strings
    bytes32 private constant NAME_TYPEHASH = keccak256(
        "NameGuardians(address account,bytes32 commitment,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant RECOVER_TYPEHASH = keccak256(
        "Recover(address account,address successor,uint256 count,uint64 deadline)"
    );
    bytes32 private constant OBJECT_TYPEHASH = keccak256(
        "Object(address account,uint256 count,uint64 deadline)"
    );
    // solhint-enable gas-small-strings

    /// @notice Seconds after that in which a recovery can be finished.
    uint64 public constant WINDOW = 28 days;

    uint256 private constant MAX_GUARDIANS = 10;
    uint256 private constant MAX_TARGETS = 8;

    /// @notice Seconds in which an owner may object, and old guardians remain.
    uint64 public immutable DELAY;

    /// @notice How often a recovery of an account was started; part of what is signed.
    mapping(address account => uint256 count) public startCount;

    mapping(address account => Commitments commitments) private _guardians;
    mapping(address account => Recovery recovery) private _recoveries;
    IMigratable[] private _targets;

    /// @notice Starts without targets.
    /// @param authority who decides over roles
    /// @param delay seconds in which an owner may object; 48 hours in the city
    constructor(
        address authority,
        uint64 delay
    ) AccessManaged(authority) EIP712("Busan Recovery", "1") {
        require(delay > 0, RecoveryInvalid(address(0)));
        DELAY = delay;
    }

    /// @notice Names the caller's guardians. The first count at once, others after the delay.
    /// @param commitment hash of the guardians as `commitmentOf` makes it; zero for none
    function nameGuardians(bytes32 commitment) external {
        _nameGuardians(msg.sender, commitment);
    }

    /// @notice As `nameGuardians`, by a signature which anyone may bring.
    /// @param account the account
    /// @param commitment hash of the guardians; zero for none
    /// @param nonce the account's next for any key: the key in the upper 192 bits
    /// @param deadline seconds since the epoch, included
    /// @param signature the account's
    function nameGuardiansSigned(
        address account,
        bytes32 commitment,
        uint256 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        _useCheckedNonce(account, nonce);
        bytes memory terms = abi.encode(NAME_TYPEHASH, account, commitment, nonce, deadline);
        _requireOwner(account, terms, deadline, signature);
        _nameGuardians(account, commitment);
    }

    /// @notice Starts a recovery, or starts it again with another successor. Locks the account.
    /// @param account the account
    /// @param successor the new account
    /// @param guardians as the owner named them
    /// @param deadline seconds since the epoch, included
    /// @param signatures one for each signer in order; empty for who does not sign
    function start(
        address account,
        address successor,
        Guardians calldata guardians,
        uint64 deadline,
        bytes[] calldata signatures
    ) external {
        bool isSound = successor != address(0) && successor != account;
        require(isSound && !_recoveries[account].isFinished, RecoveryInvalid(account));
        bytes32 hash = hashOf(account, successor, deadline);
        bool isSigned =
            block.timestamp <= deadline &&
                commitmentOf(guardians) == guardiansOf(account) &&
                _isSigned(guardians, hash, signatures);
        require(isSigned, RecoveryNotByGuardians(account));
        ++startCount[account];
        uint64 readyAt = uint64(block.timestamp) + DELAY;
        _recoveries[account] = Recovery(successor, readyAt, false);
        emit RecoveryStarted(account, successor, readyAt);
        _followAll(account);
    }

    /// @notice Objects to the recovery of the caller's account.
    function object() external {
        _cancel(msg.sender);
    }

    /// @notice As `object`, by a signature which anyone may bring.
    /// @param account the account
    /// @param deadline seconds since the epoch, included
    /// @param signature the account's, for this start of a recovery
    function objectSigned(address account, uint64 deadline, bytes calldata signature) external {
        bytes memory terms = abi.encode(OBJECT_TYPEHASH, account, startCount[account], deadline);
        _requireOwner(account, terms, deadline, signature);
        _cancel(account);
    }

    /// @notice Finishes a recovery after the delay. Anyone may.
    /// @param account the account
    function finish(address account) external {
        require(_isPending(account), RecoveryNotNow(account));
        Recovery storage recovery = _recoveries[account];
        require(block.timestamp >= recovery.readyAt, RecoveryNotNow(account));
        recovery.isFinished = true;
        emit RecoveryFinished(account, recovery.successor);
        _followAll(account);
    }

    /// @notice Brings one contract to where a recovery stands, if it failed before. Anyone may.
    /// @param account the account
    /// @param target the contract
    function follow(address account, IMigratable target) external {
        require(_indexOf(target) < _targets.length, RecoveryUnknownTarget(target));
        require(_recoveries[account].successor != address(0), RecoveryNotNow(account));
        _follow(account, target);
    }

    /// @notice Sets whether a contract follows recoveries. Restricted to the admin.
    /// @param target the contract
    /// @param isIn whether it does
    function setTarget(IMigratable target, bool isIn) external restricted {
        uint256 index = _indexOf(target);
        bool isKnown = index < _targets.length;
        bool isSound = isKnown != isIn && address(target).code.length > 0;
        require(isSound && index < MAX_TARGETS, RecoveryUnknownTarget(target));
        if (isIn) {
            _targets.push(target);
        } else {
            _targets[index] = _targets[_targets.length - 1];
            _targets.pop();
        }
        emit TargetSet(target, isIn);
    }

    /// @notice Where the recovery of an account stands.
    /// @param account the account
    /// @return the recovery
    function recoveryOf(address account) external view returns (Recovery memory) {
        return _recoveries[account];
    }

    /// @notice Contracts that follow recoveries.
    /// @return the contracts
    function targets() external view returns (IMigratable[] memory) {
        return _targets;
    }

    /// @notice An account's guardians as they count now.
    /// @param account the account
    /// @return commitment their hash; zero for none
    function guardiansOf(address account) public view returns (bytes32 commitment) {
        Commitments storage named = _guardians[account];
        bool isNext = named.nextFrom != 0 && block.timestamp >= named.nextFrom;
        return isNext ? named.next : named.current;
    }

    /// @notice What guardians sign for the next start.
    /// @param account the account
    /// @param successor the new account
    /// @param deadline seconds since the epoch, included
    /// @return the EIP-712 digest
    function hashOf(
        address account,
        address successor,
        uint64 deadline
    ) public view returns (bytes32) {
        uint256 count = startCount[account];
        bytes memory terms = abi.encode(RECOVER_TYPEHASH, account, successor, count, deadline);
        return _hashTypedDataV4(keccak256(terms));
    }

    /// @notice The hash by which an owner names guardians.
    /// @param guardians who
    /// @return the hash
    function commitmentOf(Guardians calldata guardians) public pure returns (bytes32) {
        return keccak256(abi.encode(guardians));
    }

    function _nameGuardians(address account, bytes32 commitment) private {
        // Who took the key must not change who can take it back.
        require(!_isPending(account), RecoveryNotNow(account));
        require(!_recoveries[account].isFinished, RecoveryInvalid(account));
        bytes32 current = guardiansOf(account);
        uint64 from = uint64(block.timestamp) + (current == 0 ? 0 : DELAY);
        _guardians[account] = Commitments(current, commitment, from);
        emit GuardiansNamed(account, commitment, from);
    }

    function _cancel(address account) private {
        require(_isPending(account), RecoveryNotNow(account));
        _recoveries[account].readyAt = 0;
        emit RecoveryCancelled(account);
        _followAll(account);
    }

    function _followAll(address account) private {
        for (uint256 i = 0; i < _targets.length; ++i) _follow(account, _targets[i]);
    }

    /// @dev What fails in one contract, also by too little gas, keeps no other from following.
    function _follow(address account, IMigratable target) private {
        Recovery storage recovery = _recoveries[account];
        bool isDone =
            recovery.isFinished
                ? _migrate(account, recovery.successor, target)
                : _lock(account, recovery.readyAt == 0 ? 0 : recovery.readyAt + WINDOW, target);
        if (!isDone) emit TargetFailed(account, target);
    }

    function _migrate(address from, address to, IMigratable target) private returns (bool) {
        try target.migrate(from, to) {
            return true;
        } catch {
            return false;
        }
    }

    function _lock(address account, uint64 until, IMigratable target) private returns (bool) {
        try target.lock(account, until) {
            return true;
        } catch {
            return false;
        }
    }

    function _isPending(address account) private view returns (bool) {
        Recovery storage recovery = _recoveries[account];
        bool isOpen = recovery.readyAt != 0 && !recovery.isFinished;
        return isOpen && block.timestamp < recovery.readyAt + WINDOW;
    }

    function _requireOwner(
        address account,
        bytes memory terms,
        uint64 deadline,
        bytes calldata signature
    ) private view {
        bytes32 hash = _hashTypedDataV4(keccak256(terms));
        bool isSigned = SignatureChecker.isValidSignatureNowCalldata(account, hash, signature);
        require(isSigned && block.timestamp <= deadline, RecoveryNotByOwner(account));
    }

    function _isSigned(
        Guardians calldata guardians,
        bytes32 hash,
        bytes[] calldata signatures
    ) private view returns (bool) {
        uint256 size = guardians.signers.length;
        if (size > MAX_GUARDIANS || signatures.length != size) return false;
        uint256 count = 0;
        for (uint256 i = 0; i < size; ++i) if (signatures[i].length > 0) ++count;
        if (guardians.threshold == 0 || count < guardians.threshold) return false;
        bytes[] memory signers = new bytes[](count);
        bytes[] memory given = new bytes[](count);
        count = 0;
        for (uint256 i = 0; i < size; ++i) {
            if (signatures[i].length == 0) continue;
            (signers[count], given[count]) = (guardians.signers[i], signatures[i]);
            ++count;
        }
        // Each signer counts once, also when the owner named it twice.
        return SignatureChecker.areValidSignaturesNow(hash, signers, given);
    }

    function _indexOf(IMigratable target) private view returns (uint256 index) {
        address place = address(target);
        while (index < _targets.length && address(_targets[index]) != place) ++index;
    }
}
