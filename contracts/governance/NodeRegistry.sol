// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title NodeRegistry
/// @author Busan Chain
/// @notice Which nodes may connect to one another, by libp2p peer id; addresses do not matter.
/// While nothing is listed, all may.
contract NodeRegistry is AccessManaged {
    /// @notice One node.
    /// @param peerId its peer id
    /// @param organisation who runs it
    struct Node {
        string peerId;
        bytes32 organisation;
    }

    /// @notice A peer id has 46 to 64 characters.
    /// @param peerId the text
    error NodeInvalidPeerId(string peerId);

    /// @notice The node is listed already, or is not.
    /// @param peerId its peer id
    error NodeUnchanged(string peerId);

    /// @notice The list is full.
    error NodeListFull();

    /// @notice A node was listed or struck off.
    /// @param organisation who runs it; zero when it is struck off
    /// @param peerId its peer id
    /// @param orderRef hash of the decision
    event NodeChanged(bytes32 indexed organisation, string peerId, bytes32 orderRef);

    /// @notice Most nodes, so that reading the list has a bounded price.
    uint256 public constant COUNT_MAX = 512;

    /// @notice Who runs a node, by the hash of its peer id; zero: it may not connect.
    mapping(bytes32 peerIdHash => bytes32 organisation) public organisationOf;

    string[] private _peerIds;
    mapping(bytes32 peerIdHash => uint256 index) private _indexOf;

    /// @notice Starts the registry.
    /// @param authority the city's access manager
    constructor(address authority) AccessManaged(authority) {}

    /// @notice Lists nodes. The first ones go in together: from then on nobody else may connect.
    /// @param nodes the nodes
    /// @param orderRef hash of the decision
    function add(Node[] calldata nodes, bytes32 orderRef) external restricted {
        for (uint256 i = 0; i < nodes.length; ++i) {
            _add(nodes[i].peerId, nodes[i].organisation, orderRef);
        }
    }

    /// @notice Strikes a node off.
    /// @param peerId its peer id
    /// @param orderRef hash of the decision
    function remove(string calldata peerId, bytes32 orderRef) external restricted {
        bytes32 hash = keccak256(bytes(peerId));
        require(organisationOf[hash] != bytes32(0), NodeUnchanged(peerId));
        uint256 index = _indexOf[hash];
        string memory last = _peerIds[_peerIds.length - 1];
        _peerIds[index] = last;
        _indexOf[keccak256(bytes(last))] = index;
        _peerIds.pop();
        delete organisationOf[hash];
        delete _indexOf[hash];
        emit NodeChanged(bytes32(0), peerId, orderRef);
    }

    /// @notice EEA's question. Host and port do not matter.
    /// @param peerId the node's peer id
    /// @return allowed whether it may connect
    function connectionAllowed(
        string calldata peerId,
        string calldata,
        uint16
    ) external view returns (bool allowed) {
        return organisationOf[keccak256(bytes(peerId))] != bytes32(0);
    }

    /// @notice How many nodes are listed.
    /// @return count the number
    function nodeCount() external view returns (uint256 count) {
        return _peerIds.length;
    }

    /// @notice A part of the list, in no order.
    /// @param from index of the first
    /// @param count how many at most
    /// @return peerIds those that there are
    function peerIdsFrom(
        uint256 from,
        uint256 count
    ) external view returns (string[] memory peerIds) {
        uint256 end = _peerIds.length;
        if (from >= end) return peerIds;
        if (count < end - from) end = from + count;
        peerIds = new string[](end - from);
        for (uint256 i = from; i < end; ++i) peerIds[i - from] = _peerIds[i];
    }

    function _add(string calldata peerId, bytes32 organisation, bytes32 orderRef) private {
        uint256 size = bytes(peerId).length;
        require(size >= 46 && size <= 64, NodeInvalidPeerId(peerId));
        bytes32 hash = keccak256(bytes(peerId));
        bool isNew = organisation != bytes32(0) && organisationOf[hash] == bytes32(0);
        require(isNew, NodeUnchanged(peerId));
        require(_peerIds.length < COUNT_MAX, NodeListFull());
        organisationOf[hash] = organisation;
        _indexOf[hash] = _peerIds.length;
        _peerIds.push(peerId);
        emit NodeChanged(organisation, peerId, orderRef);
    }
}
