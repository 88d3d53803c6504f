// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDidRegistry} from "./IDidRegistry.sol";
import {IStatusList} from "./IStatusList.sol";

/// @title StatusList
/// @author Busan Chain
/// @notice See IStatusList.
contract StatusList is IStatusList {
    uint256 private constant MIN_SIZE_BITS = 131_072;
    uint256 private constant MAX_URI_BYTES = 256;

    /// @notice Who may act for issuers.
    IDidRegistry public immutable DIDS;

    /// @inheritdoc IStatusList
    uint256 public listCount;

    mapping(uint256 listId => List list) private _lists;
    mapping(uint256 listId => mapping(uint256 wordIndex => uint256 word)) private _words;

    /// @notice Starts without lists.
    /// @param dids who may act for issuers
    constructor(IDidRegistry dids) {
        DIDS = dids;
    }

    /// @inheritdoc IStatusList
    function create(
        address issuer,
        Purpose purpose,
        uint32 sizeBits,
        string calldata uri
    ) external returns (uint256 listId) {
        _requireIssuer(issuer);
        bool isSound = sizeBits >= MIN_SIZE_BITS && sizeBits % 256 == 0;
        require(isSound && bytes(uri).length <= MAX_URI_BYTES, StatusInvalidList());
        listId = ++listCount;
        _lists[listId] = List(issuer, sizeBits, purpose);
        emit ListCreated(listId, issuer, purpose, sizeBits, uri);
    }

    /// @inheritdoc IStatusList
    function set(uint256 listId, Change[] calldata changes) external {
        List storage list = _lists[listId];
        _requireIssuer(list.issuer);
        (uint256 wordCount, Purpose purpose) = (list.sizeBits / 256, list.purpose);
        for (uint256 i = 0; i < changes.length; ++i) {
            Change calldata change = changes[i];
            require(change.wordIndex < wordCount, StatusBeyondList(listId, change.wordIndex));
            uint256 old = _words[listId][change.wordIndex];
            uint256 word = (old & ~change.mask) | (change.value & change.mask);
            bool isKept = purpose == Purpose.Suspension || old & ~word == 0;
            require(isKept, StatusRevocationIsFinal(listId, change.wordIndex));
            _words[listId][change.wordIndex] = word;
            emit StatusChanged(listId, change.wordIndex, word);
        }
    }

    /// @inheritdoc IStatusList
    function isSet(uint256 listId, uint32 index) external view returns (bool) {
        require(index < _lists[listId].sizeBits, StatusBeyondList(listId, index / 256));
        return (_words[listId][index / 256] >> (255 - (index % 256))) & 1 == 1;
    }

    /// @inheritdoc IStatusList
    function listOf(uint256 listId) external view returns (List memory) {
        return _lists[listId];
    }

    /// @inheritdoc IStatusList
    function wordOf(uint256 listId, uint256 wordIndex) external view returns (uint256) {
        return _words[listId][wordIndex];
    }

    function _requireIssuer(address issuer) private view {
        bool isIssuer = issuer != address(0) && msg.sender == DIDS.activeOwner(issuer);
        require(isIssuer, StatusNotIssuer(issuer, msg.sender));
    }
}
