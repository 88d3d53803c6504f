// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMigratable} from "./IMigratable.sol";

/// @title IDidRegistry
/// @author Busan Chain
/// @notice Keys of identities, with the ABI and events of ERC-1056, so that resolvers of
/// `did:ethr` read them as they are. Every address is an identity and owns itself until it says
/// otherwise.
/// @dev Deviation: signed changes take EIP-712 data with a chain, a nonce and a deadline, and
/// accept contract accounts; those of ERC-1056 could be repeated on another chain. An identity
/// that went to the zero address is deactivated for good.
interface IDidRegistry is IMigratable {
    /// @notice An owner's signature for one change, which anyone may bring.
    /// @param nonce the owner's next for any key: the key in the upper 192 bits
    /// @param deadline seconds since the epoch, included
    /// @param signature of the owner's key or, by ERC-1271, of its contract
    struct Consent {
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    /// @notice The account does not own the identity.
    /// @param identity the identity
    /// @param account who tried
    error DidNotOwner(address identity, address account);

    /// @notice The owner did not sign this change for this chain.
    /// @param identity the identity
    /// @param owner who should have signed
    error DidInvalidSignature(address identity, address owner);

    /// @notice The consent came too late.
    /// @param deadline seconds since the epoch
    error DidConsentExpired(uint256 deadline);

    /// @notice The account's key may be in wrong hands: its recovery waits or is over.
    /// @param account the account
    error DidLocked(address account);

    /// @notice The account did not name the caller for its recovery, or has gone another way.
    /// @param account the account
    /// @param caller who tried
    error DidNotRecoverable(address account, address caller);

    /// @notice An identity has a new owner; the zero address means that it is deactivated.
    /// @param identity the identity
    /// @param owner the new owner
    /// @param previousChange block of the change before; zero for none
    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);

    /// @notice A delegate was added or revoked.
    /// @param identity the identity
    /// @param delegateType what it may do
    /// @param delegate who
    /// @param validTo seconds since the epoch, excluded
    /// @param previousChange block of the change before; zero for none
    event DIDDelegateChanged(
        address indexed identity,
        bytes32 delegateType,
        address delegate,
        uint256 validTo,
        uint256 previousChange
    );

    /// @notice An attribute was set or revoked. Attributes live in events alone.
    /// @param identity the identity
    /// @param name of the attribute
    /// @param value of the attribute; nothing personal
    /// @param validTo seconds since the epoch, excluded
    /// @param previousChange block of the change before; zero for none
    event DIDAttributeChanged(
        address indexed identity,
        bytes32 name,
        bytes value,
        uint256 validTo,
        uint256 previousChange
    );

    /// @notice An account can change nothing for a while.
    /// @param account the account
    /// @param until seconds since the epoch; zero when it was unlocked
    event AccountLocked(address indexed account, uint64 until);

    /// @notice Gives an identity to another owner, or deactivates it for good.
    /// @param identity owned by the caller
    /// @param newOwner the new owner; zero deactivates
    function changeOwner(address identity, address newOwner) external;

    /// @notice As `changeOwner`, with the owner's consent.
    /// @param identity the identity
    /// @param newOwner the new owner; zero deactivates
    /// @param consent the owner's
    function changeOwnerSigned(
        address identity,
        address newOwner,
        Consent calldata consent
    ) external;

    /// @notice Lets another key act for an identity.
    /// @param identity owned by the caller
    /// @param delegateType what it may do
    /// @param delegate who
    /// @param validity seconds from now on
    function addDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity
    ) external;

    /// @notice As `addDelegate`, with the owner's consent.
    /// @param identity the identity
    /// @param delegateType what it may do
    /// @param delegate who
    /// @param validity seconds from now on
    /// @param consent the owner's
    function addDelegateSigned(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        Consent calldata consent
    ) external;

    /// @notice Ends a delegation.
    /// @param identity owned by the caller
    /// @param delegateType what it might do
    /// @param delegate who
    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external;

    /// @notice As `revokeDelegate`, with the owner's consent.
    /// @param identity the identity
    /// @param delegateType what it might do
    /// @param delegate who
    /// @param consent the owner's
    function revokeDelegateSigned(
        address identity,
        bytes32 delegateType,
        address delegate,
        Consent calldata consent
    ) external;

    /// @notice Publishes an attribute, such as a service or a public key.
    /// @param identity owned by the caller
    /// @param name of the attribute
    /// @param value of the attribute; public for ever
    /// @param validity seconds from now on
    function setAttribute(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity
    ) external;

    /// @notice As `setAttribute`, with the owner's consent.
    /// @param identity the identity
    /// @param name of the attribute
    /// @param value of the attribute; public for ever
    /// @param validity seconds from now on
    /// @param consent the owner's
    function setAttributeSigned(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        Consent calldata consent
    ) external;

    /// @notice Ends an attribute.
    /// @param identity owned by the caller
    /// @param name of the attribute
    /// @param value that it had
    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external;

    /// @notice As `revokeAttribute`, with the owner's consent.
    /// @param identity the identity
    /// @param name of the attribute
    /// @param value that it had
    /// @param consent the owner's
    function revokeAttributeSigned(
        address identity,
        bytes32 name,
        bytes calldata value,
        Consent calldata consent
    ) external;

    /// @notice Moves an identity on from an owner that was recovered. Anyone may call it.
    /// @param identity owned by an account that has a successor
    function follow(address identity) external;

    /// @notice Who may change an identity.
    /// @param identity the identity
    /// @return the owner; zero for a deactivated identity
    function identityOwner(address identity) external view returns (address);

    /// @notice Who may sign and act for an identity now.
    /// @param identity the identity
    /// @return owner the owner; zero when the identity is deactivated or its owner is locked
    function activeOwner(address identity) external view returns (address owner);

    /// @notice Whether a delegation holds now.
    /// @param identity the identity
    /// @param delegateType what for
    /// @param delegate who
    /// @return whether it holds
    function validDelegate(
        address identity,
        bytes32 delegateType,
        address delegate
    ) external view returns (bool);

    /// @notice Block of an identity's last change, where its events begin.
    /// @param identity the identity
    /// @return the block's number; zero for none
    function changed(address identity) external view returns (uint256);

    /// @notice Until when an account can change nothing.
    /// @param account the account
    /// @return seconds since the epoch
    function lockedUntil(address account) external view returns (uint64);

    /// @notice Where an account's identities went in its recovery.
    /// @param account the account
    /// @return the successor; zero for none
    function successorOf(address account) external view returns (address);

    /// @notice Kind of delegate that may lock and recover an account which owns itself.
    /// @return the type of the delegation
    function RECOVERY() external view returns (bytes32);
}
