// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AllianceRegistry} from "../../../contracts/governance/AllianceRegistry.sol";
import {CityAccessManager} from "../../../contracts/governance/CityAccessManager.sol";
import {NodeRegistry} from "../../../contracts/governance/NodeRegistry.sol";
import {TestCase} from "../support/TestCase.sol";

contract AllianceRegistryTest is TestCase {
    bytes32 private constant REF = "order";
    AllianceRegistry private alliance;

    function setUp() public {
        alliance = new AllianceRegistry(address(new CityAccessManager(address(this))));
    }

    function test_AMemberJoinsChangesAndGoes() public {
        bytes32 id = join("Busan Bank", ALICE);
        require(id == keccak256("Busan Bank") && alliance.memberOf(ALICE) == id);
        require(alliance.tierOf(id) == AllianceRegistry.Tier.Developer);
        alliance.change(id, AllianceRegistry.Tier.Validator, true, REF);
        require(alliance.tierOf(id) == AllianceRegistry.Tier.None);
        alliance.change(id, AllianceRegistry.Tier.Validator, false, REF);
        require(alliance.tierOf(id) == AllianceRegistry.Tier.Validator);
        alliance.setAccount(id, BOB, REF);
        require(alliance.memberOf(ALICE) == 0 && alliance.memberOf(BOB) == id);
        require(alliance.memberAt(id).account == BOB);
        alliance.remove(id, REF);
        require(alliance.memberOf(BOB) == 0 && alliance.tierOf(id) == AllianceRegistry.Tier.None);
        assertEq(alliance.memberCount(), 0);
        join("Busan Bank", BOB);
    }

    function test_NamesAndAccountsStandOnce() public {
        bytes32 id = join("A", ALICE);
        VM.expectRevert(abi.encodeWithSelector(AllianceRegistry.AllianceMemberExists.selector, id));
        join("A", BOB);
        VM.expectRevert(
            abi.encodeWithSelector(AllianceRegistry.AllianceAccountTaken.selector, ALICE, id)
        );
        join("B", ALICE);
        bytes memory invalid = abi.encodeWithSelector(
            AllianceRegistry.AllianceInvalidMember.selector
        );
        VM.expectRevert(invalid);
        join("", BOB);
        VM.expectRevert(invalid);
        join("B", address(0));
        VM.expectRevert(invalid);
        alliance.change(id, AllianceRegistry.Tier.None, false, REF);
        VM.expectRevert(abi.encodeWithSelector(AllianceRegistry.AllianceNoMember.selector, REF));
        alliance.remove(REF, REF);
    }

    function test_AMemberHasATierAndANameOfAtMost64Bytes() public {
        bytes memory invalid = abi.encodeWithSelector(
            AllianceRegistry.AllianceInvalidMember.selector
        );
        VM.expectRevert(invalid);
        join(string(new bytes(65)), ALICE);
        VM.expectRevert(invalid);
        alliance.join("A", ALICE, AllianceRegistry.Tier.None, REF);
        join(string(new bytes(64)), ALICE);
    }

    function test_OnlyTheAuthorityDecides(address stranger) public {
        VM.assume(stranger != address(this));
        VM.prank(stranger);
        (bool joined, ) = address(alliance).call(
            abi.encodeCall(alliance.join, ("A", ALICE, AllianceRegistry.Tier.Observer, REF))
        );
        require(!joined);
    }

    function join(string memory name, address account) private returns (bytes32) {
        return alliance.join(name, account, AllianceRegistry.Tier.Developer, REF);
    }
}

contract NodeRegistryTest is TestCase {
    bytes32 private constant REF = "order";
    NodeRegistry private nodes;

    function setUp() public {
        nodes = new NodeRegistry(address(new CityAccessManager(address(this))));
    }

    /// @dev The list against a plain set, after any order of additions and removals.
    function test_TheListHoldsWhatWasAddedAndNotRemoved(uint8[24] calldata acts) public {
        bool[8] memory isListed;
        for (uint256 i = 0; i < acts.length; ++i) {
            uint256 node = acts[i] % 8;
            if (isListed[node]) nodes.remove(peer(node), REF);
            else add(peer(node), "org");
            isListed[node] = !isListed[node];
        }
        uint256 count = 0;
        for (uint256 node = 0; node < 8; ++node) {
            if (isListed[node]) ++count;
            require(nodes.connectionAllowed(peer(node), "", 0) == isListed[node]);
        }
        assertEq(nodes.nodeCount(), count);
        assertEq(nodes.peerIdsFrom(0, 100).length, count);
        for (uint256 i = 0; i < count; ++i) {
            require(nodes.connectionAllowed(nodes.peerIdsFrom(i, 1)[0], "host", 1));
        }
        assertEq(nodes.peerIdsFrom(count, 1).length, 0);
    }

    function test_WrongAndRepeatedNodesAreRefused() public {
        VM.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeInvalidPeerId.selector, "short"));
        add("short", "org");
        bytes memory unchanged = abi.encodeWithSelector(
            NodeRegistry.NodeUnchanged.selector,
            peer(1)
        );
        VM.expectRevert(unchanged);
        nodes.remove(peer(1), REF);
        add(peer(1), "org");
        VM.expectRevert(unchanged);
        add(peer(1), "other");
        VM.prank(ALICE);
        (bool added, ) = address(nodes).call(
            abi.encodeCall(nodes.add, (new NodeRegistry.Node[](0), REF))
        );
        require(!added);
    }

    function test_TheListEndsAtItsLimit() public {
        uint256 most = nodes.COUNT_MAX();
        for (uint256 i = 0; i < most; ++i) add(numbered(i), "org");
        VM.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeListFull.selector));
        add(numbered(most), "org");
    }

    function test_ANodeHasAnOrganisationAndAnIdOfItsSize() public {
        VM.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeUnchanged.selector, peer(1)));
        add(peer(1), 0);
        string memory long = string(new bytes(65));
        VM.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeInvalidPeerId.selector, long));
        add(long, "org");
    }

    function numbered(uint256 node) private pure returns (string memory) {
        return string(abi.encodePacked(new bytes(32), bytes32(node)));
    }

    function add(string memory peerId, bytes32 organisation) private {
        NodeRegistry.Node[] memory listed = new NodeRegistry.Node[](1);
        listed[0] = NodeRegistry.Node(peerId, organisation);
        nodes.add(listed, REF);
    }

    function peer(uint256 node) private pure returns (string memory) {
        bytes memory id = bytes("12D3KooWAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        id[20] = bytes1(uint8(65 + node));
        return string(id);
    }
}
