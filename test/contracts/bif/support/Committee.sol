// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {BifCommittee} from "../../../../contracts/bif/BifCommittee.sol";
import {BifFund} from "../../../../contracts/bif/BifFund.sol";
import {BifSeats} from "../../../../contracts/bif/BifSeats.sol";
import {Roles} from "../../../../contracts/governance/Roles.sol";
import {Fund} from "./Fund.sol";

/// @dev The committee over a fund: what it may do there is to admit members.
abstract contract Committee is Fund {
    address internal constant SECRETARY = address(0x53);
    uint40 internal constant TERM = 365 days;
    uint40 internal constant OPEN = 3 days;
    uint32 internal constant VOTING = 7 days;
    uint40 internal constant REVIEW = 2 days;
    uint40 internal constant EXECUTION = 30 days;

    uint8 internal constant AGAINST = 0;
    uint8 internal constant FOR = 1;
    uint8 internal constant ABSTAIN = 2;

    BifSeats.Nominator internal constant CITY = BifSeats.Nominator.City;
    BifSeats.Nominator internal constant PRIVATE = BifSeats.Nominator.Private;

    BifCommittee internal committee;

    function openCommittee() internal {
        openFund();
        BifCommittee.Course memory course = BifCommittee.Course(OPEN, VOTING, REVIEW, EXECUTION);
        committee = new BifCommittee(address(authority), course);
        address self = address(committee);
        permit(self, BifSeats.seat.selector, Roles.SECRETARIAT, SECRETARY);
        permit(self, BifSeats.vacate.selector, Roles.SECRETARIAT, SECRETARY);
        permit(self, BifCommittee.recuse.selector, Roles.SECRETARIAT, SECRETARY);
        permit(self, BifCommittee.markRelated.selector, Roles.SECRETARIAT, SECRETARY);
        permit(self, BifCommittee.clearRelated.selector, Roles.AUDITOR, AUDITOR);
        permit(self, IGovernor.cancel.selector, Roles.AUDITOR, AUDITOR);
        permit(address(bif), BifFund.admit.selector, Roles.COMMITTEE, self);
    }

    /// @dev Seats 1, 2, ... of the city, then private ones, all for one term.
    function fill(uint16 ofCity, uint16 ofOthers) internal {
        uint40 until = uint40(block.timestamp) + TERM;
        for (uint16 i = 1; i <= ofCity + ofOthers; ++i) {
            sit(i, i <= ofCity ? CITY : PRIVATE, until);
        }
    }

    function sit(uint16 id, BifSeats.Nominator nominator, uint40 until) internal {
        VM.prank(SECRETARY);
        committee.seat(id, nominator, holder(id), until, ORDER);
    }

    /// @dev To admit a member of the fund with this limit.
    function propose(uint16 by, uint128 limit) internal returns (uint256 proposalId) {
        bytes[] memory calls = callsFor(limit);
        VM.warp(block.timestamp + 1);
        VM.prank(holder(by));
        return committee.propose(targets(), new uint256[](1), calls, "");
    }

    function vote(uint256 proposalId, uint16 id, uint8 support) internal {
        VM.prank(holder(id));
        committee.castVote(proposalId, support);
    }

    function recuse(uint256 proposalId, uint16 id) internal {
        VM.prank(SECRETARY);
        committee.recuse(proposalId, holder(id), DOC);
    }

    function mark(uint256 proposalId) internal {
        VM.prank(SECRETARY);
        committee.markRelated(proposalId, BOB, DOC);
    }

    function beginVote(uint256 proposalId) internal {
        VM.warp(committee.proposalSnapshot(proposalId) + 1);
    }

    function endVote(uint256 proposalId) internal {
        VM.warp(committee.proposalDeadline(proposalId) + 1);
    }

    /// @dev Carries out what was proposed with this limit.
    function execute(uint128 limit) internal {
        bytes[] memory calls = callsFor(limit);
        committee.execute(targets(), new uint256[](1), calls, keccak256(""));
    }

    function stateOf(uint256 proposalId) internal view returns (uint256) {
        return uint256(committee.state(proposalId));
    }

    function requireState(uint256 proposalId, IGovernor.ProposalState wanted) internal view {
        assertEq(stateOf(proposalId), uint256(wanted));
    }

    function targets() internal view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(bif);
    }

    function holder(uint16 id) internal pure returns (address) {
        return address(uint160(0x5ea7_0000) + id);
    }

    function callsFor(uint128 limit) internal pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = abi.encodeCall(BifFund.admit, (ALICE, BifFund.Class.Private, limit, DOC));
    }
}
