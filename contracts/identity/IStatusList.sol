// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IStatusList
/// @author Busan Chain
/// @notice Statuses of credentials as W3C bitstring status lists, one bit each. Lists are long and
/// issuers give out random indexes, so that a change tells nothing about a person.
/// @dev Words in order are the list's bitstring: index 0 is the highest bit of word 0.
interface IStatusList {
    /// @notice What a set bit means. A revocation is final, a suspension may be lifted.
    /// @param Revocation the credential counts no more, for ever
    /// @param Suspension the credential does not count until the bit is cleared
    enum Purpose {
        Revocation,
        Suspension
    }

    /// @notice A list of statuses.
    /// @param issuer whose credentials it speaks of
    /// @param sizeBits number of statuses
    /// @param purpose what a set bit means
    struct List {
        address issuer;
        uint32 sizeBits;
        Purpose purpose;
    }

    /// @notice New values for some bits of a word.
    /// @param wordIndex word of 256 statuses
    /// @param mask bits that change
    /// @param value their values, at their places
    struct Change {
        uint256 wordIndex;
        uint256 mask;
        uint256 value;
    }

    /// @notice The list is too short to hide in, no multiple of 256, or its address is long.
    error StatusInvalidList();

    /// @notice The caller does not act for the issuer, or the list does not exist.
    /// @param issuer whose list it is
    /// @param caller who tried
    error StatusNotIssuer(address issuer, address caller);

    /// @notice The list has no such word.
    /// @param listId the list
    /// @param wordIndex the word
    error StatusBeyondList(uint256 listId, uint256 wordIndex);

    /// @notice The change would take a revocation back.
    /// @param listId the list
    /// @param wordIndex the word
    error StatusRevocationIsFinal(uint256 listId, uint256 wordIndex);

    /// @notice A list was opened.
    /// @param listId the list
    /// @param issuer whose credentials it speaks of
    /// @param purpose what a set bit means
    /// @param sizeBits number of statuses
    /// @param uri where the issuer publishes it as a credential; may be empty
    event ListCreated(
        uint256 indexed listId,
        address indexed issuer,
        Purpose purpose,
        uint32 sizeBits,
        string uri
    );

    /// @notice A word of a list has a new value. The whole word is told, not which bit changed.
    /// @param listId the list
    /// @param wordIndex word of 256 statuses
    /// @param word its new value
    event StatusChanged(uint256 indexed listId, uint256 wordIndex, uint256 word);

    /// @notice Opens a list.
    /// @param issuer identity that the caller owns
    /// @param purpose what a set bit means
    /// @param sizeBits at least 131072, a multiple of 256
    /// @param uri where the issuer publishes it as a credential; may be empty, at most 256 bytes
    /// @return listId numbers from 1 on
    function create(
        address issuer,
        Purpose purpose,
        uint32 sizeBits,
        string calldata uri
    ) external returns (uint256 listId);

    /// @notice Changes statuses, in order. Only the list's issuer may.
    /// @param listId the list
    /// @param changes of its words
    function set(uint256 listId, Change[] calldata changes) external;

    /// @notice Whether a credential has the status that the list is for.
    /// @param listId the list
    /// @param index of the credential
    /// @return whether its bit is set
    function isSet(uint256 listId, uint32 index) external view returns (bool);

    /// @notice A list.
    /// @param listId the list
    /// @return what it is; all zero when it does not exist
    function listOf(uint256 listId) external view returns (List memory);

    /// @notice A word of a list.
    /// @param listId the list
    /// @param wordIndex word of 256 statuses
    /// @return its value
    function wordOf(uint256 listId, uint256 wordIndex) external view returns (uint256);

    /// @notice How many lists there are.
    /// @return the number, also of the last list
    function listCount() external view returns (uint256);
}
