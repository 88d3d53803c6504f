// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {NoncesKeyed} from "@openzeppelin/contracts/utils/NoncesKeyed.sol";
import {IDidRegistry} from "./IDidRegistry.sol";
import {IMigratable} from "./IMigratable.sol";

/// @title DidRegistry
/// @author Busan Chain
/// @notice See IDidRegistry.
contract DidRegistry is EIP712, NoncesKeyed, IDidRegistry {
    /// @dev An identity's last change. With the count, each change writes a new value: the gas of a
    /// change then does not depend on whether its estimate ran in the block of the one before.
    struct Last {
        uint128 blockNumber;
        uint128 count;
    }

    // solhint-disable gas-small-strings
    bytes32 private constant CHANGE_OWNER_TYPEHASH = keccak256(
        "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant ADD_DELEGATE_TYPEHASH = keccak256(
        "AddDelegate(address identity,bytes32 delegateType,address delegate,uint256 validity,"
        "uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant REVOKE_DELEGATE_TYPEHASH = keccak256(
        "RevokeDelegate(address identity,bytes32 delegateType,address delegate,"
        "uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant SET_ATTRIBUTE_TYPEHASH = keccak256(
        "SetAttribute(address identity,bytes32 name,bytes value,uint256 validity,"
        "uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant REVOKE_ATTRIBUTE_TYPEHASH = keccak256(
        "RevokeAttribute(address identity,bytes32 name,bytes value,uint256 nonce,uint256 deadline)"
    );
    // solhint-enable gas-small-strings

    /// @dev Stored as the owner of a deactivated identity, since zero means that it owns itself.
    address private constant NOBODY = address(1);

    /// @inheritdoc IDidRegistry
    bytes32 public constant RECOVERY = "recovery";

    /// @inheritdoc IDidRegistry
    mapping(address account => uint64 until) public lockedUntil;

    /// @inheritdoc IDidRegistry
    mapping(address account => address successor) public successorOf;

    mapping(address identity => Last change) private _last;
    mapping(address identity => address owner) private _owners;
    mapping(bytes32 delegation => uint256 validTo) private _delegations;

    /// @dev The caller owns the identity.
    modifier onlyOwner(address identity) {
        _requireOwner(identity, msg.sender);
        _;
    }

    /// @dev The caller may recover the account, which still owns itself or went to its successor.
    modifier onlyRecovery(address account) {
        bool isOwn = _owners[account] == address(0) || _owners[account] == account;
        bool isKnown = successorOf[account] != address(0);
        bool isAllowed = (isOwn || isKnown) && validDelegate(account, RECOVERY, msg.sender);
        require(isAllowed, DidNotRecoverable(account, msg.sender));
        _;
    }

    /// @notice Starts with every address as its own identity.
    constructor() EIP712("Busan DID", "1") {}

    /// @inheritdoc IDidRegistry
    function changeOwner(address identity, address newOwner) external onlyOwner(identity) {
        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IDidRegistry
    function changeOwnerSigned(
        address identity,
        address newOwner,
        Consent calldata consent
    ) external {
        _requireConsent(identity, consent, abi.encode(CHANGE_OWNER_TYPEHASH, identity, newOwner));
        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IDidRegistry
    function addDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity
    ) external onlyOwner(identity) {
        _setDelegate(identity, delegateType, delegate, block.timestamp + validity);
    }

    /// @inheritdoc IDidRegistry
    function addDelegateSigned(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        Consent calldata consent
    ) external {
        bytes32 hash = ADD_DELEGATE_TYPEHASH;
        bytes memory terms = abi.encode(hash, identity, delegateType, delegate, validity);
        _requireConsent(identity, consent, terms);
        _setDelegate(identity, delegateType, delegate, block.timestamp + validity);
    }

    /// @inheritdoc IDidRegistry
    function revokeDelegate(
        address identity,
        bytes32 delegateType,
        address delegate
    ) external onlyOwner(identity) {
        _setDelegate(identity, delegateType, delegate, block.timestamp);
    }

    /// @inheritdoc IDidRegistry
    function revokeDelegateSigned(
        address identity,
        bytes32 delegateType,
        address delegate,
        Consent calldata consent
    ) external {
        bytes memory terms = abi.encode(REVOKE_DELEGATE_TYPEHASH, identity, delegateType, delegate);
        _requireConsent(identity, consent, terms);
        _setDelegate(identity, delegateType, delegate, block.timestamp);
    }

    /// @inheritdoc IDidRegistry
    function setAttribute(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity
    ) external onlyOwner(identity) {
        _announce(identity, name, value, block.timestamp + validity);
    }

    /// @inheritdoc IDidRegistry
    function setAttributeSigned(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        Consent calldata consent
    ) external {
        bytes32 hash = SET_ATTRIBUTE_TYPEHASH;
        bytes memory terms = abi.encode(hash, identity, name, keccak256(value), validity);
        _requireConsent(identity, consent, terms);
        _announce(identity, name, value, block.timestamp + validity);
    }

    /// @inheritdoc IDidRegistry
    function revokeAttribute(
        address identity,
        bytes32 name,
        bytes calldata value
    ) external onlyOwner(identity) {
        _announce(identity, name, value, 0);
    }

    /// @inheritdoc IDidRegistry
    function revokeAttributeSigned(
        address identity,
        bytes32 name,
        bytes calldata value,
        Consent calldata consent
    ) external {
        bytes32 hash = REVOKE_ATTRIBUTE_TYPEHASH;
        _requireConsent(identity, consent, abi.encode(hash, identity, name, keccak256(value)));
        _announce(identity, name, value, 0);
    }

    /// @inheritdoc IMigratable
    function lock(address account, uint64 until) external onlyRecovery(account) {
        // A recovered account stays locked.
        require(successorOf[account] == address(0), DidLocked(account));
        lockedUntil[account] = until;
        emit AccountLocked(account, until);
    }

    /// @inheritdoc IMigratable
    function migrate(address from, address to) external onlyRecovery(from) {
        address known = successorOf[from];
        if (known == to) return;
        // The successor has none itself, so that following it comes to an end.
        bool isNew = known == address(0) && to != from && successorOf[to] == address(0);
        require(isNew && to != NOBODY, DidNotRecoverable(from, msg.sender));
        successorOf[from] = to;
        lockedUntil[from] = type(uint64).max;
        emit AccountLocked(from, type(uint64).max);
        _changeOwner(from, to);
    }

    /// @inheritdoc IDidRegistry
    function follow(address identity) external {
        address owner = identityOwner(identity);
        address successor = successorOf[owner];
        require(successor != address(0), DidNotRecoverable(owner, msg.sender));
        _changeOwner(identity, successor);
    }

    /// @inheritdoc IDidRegistry
    function changed(address identity) external view returns (uint256) {
        return _last[identity].blockNumber;
    }

    /// @inheritdoc IDidRegistry
    function activeOwner(address identity) external view returns (address owner) {
        owner = identityOwner(identity);
        if (block.timestamp < lockedUntil[owner]) return address(0);
    }

    /// @inheritdoc IDidRegistry
    function validDelegate(
        address identity,
        bytes32 delegateType,
        address delegate
    ) public view returns (bool) {
        bytes32 delegation = keccak256(abi.encode(identity, delegateType, delegate));
        return _delegations[delegation] > block.timestamp;
    }

    /// @inheritdoc IDidRegistry
    function identityOwner(address identity) public view returns (address) {
        address owner = _owners[identity];
        if (owner == NOBODY) return address(0);
        return owner == address(0) ? identity : owner;
    }

    function _requireConsent(
        address identity,
        Consent calldata consent,
        bytes memory terms
    ) private {
        require(block.timestamp <= consent.deadline, DidConsentExpired(consent.deadline));
        address owner = identityOwner(identity);
        _requireOwner(identity, owner);
        _useCheckedNonce(owner, consent.nonce);
        bytes memory signed = bytes.concat(terms, abi.encode(consent.nonce, consent.deadline));
        bytes32 hash = _hashTypedDataV4(keccak256(signed));
        bool isSigned = SignatureChecker.isValidSignatureNow(owner, hash, consent.signature);
        require(isSigned, DidInvalidSignature(identity, owner));
    }

    function _changeOwner(address identity, address newOwner) private {
        _owners[identity] = newOwner == address(0) ? NOBODY : newOwner;
        emit DIDOwnerChanged(identity, newOwner, _noteChange(identity));
    }

    function _setDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validTo
    ) private {
        _delegations[keccak256(abi.encode(identity, delegateType, delegate))] = validTo;
        emit DIDDelegateChanged(identity, delegateType, delegate, validTo, _noteChange(identity));
    }

    function _announce(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validTo
    ) private {
        emit DIDAttributeChanged(identity, name, value, validTo, _noteChange(identity));
    }

    function _noteChange(address identity) private returns (uint256 previousChange) {
        Last storage last = _last[identity];
        previousChange = last.blockNumber;
        (last.blockNumber, last.count) = (uint128(block.number), last.count + 1);
    }

    function _requireOwner(address identity, address account) private view {
        bool isOwner = account != address(0) && account == identityOwner(identity);
        require(isOwner, DidNotOwner(identity, account));
        require(block.timestamp >= lockedUntil[account], DidLocked(account));
    }
}
