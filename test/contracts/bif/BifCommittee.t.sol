// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {BifCommittee} from "../../../contracts/bif/BifCommittee.sol";
import {BifSeats} from "../../../contracts/bif/BifSeats.sol";
import {Committee} from "./support/Committee.sol";

contract BifCommitteeTest is Committee {
    function setUp() public {
        openCommittee();
        fill(4, 3);
    }

    function test_TheFirstSeatIsTheCitys() public {
        openCommittee();
        uint40 until = uint40(block.timestamp) + TERM;
        VM.prank(SECRETARY);
        refuse(BifSeats.CityMajorityLost.selector);
        committee.seat(1, PRIVATE, holder(1), until, ORDER);
        sit(1, CITY, until);
        VM.prank(SECRETARY);
        refuse(BifSeats.CityMajorityLost.selector);
        committee.seat(2, BifSeats.Nominator.PublicFinance, holder(2), until, ORDER);
    }

    function test_ASeatThatLosesTheMajorityIsRefused() public {
        uint40 until = uint40(block.timestamp) + TERM;
        VM.startPrank(SECRETARY);
        VM.expectRevert(
            abi.encodeWithSelector(BifSeats.CityMajorityLost.selector, block.timestamp, 4, 8)
        );
        committee.seat(8, BifSeats.Nominator.Expert, holder(8), until, ORDER);
        refuse(BifSeats.CityMajorityLost.selector);
        committee.vacate(1, ORDER);
        refuse(BifSeats.CityMajorityLost.selector);
        committee.seat(1, PRIVATE, BOB, until, ORDER);
        committee.seat(1, CITY, BOB, until, ORDER);
        committee.vacate(7, ORDER);
        refuse(BifSeats.SeatUnknown.selector);
        committee.vacate(7, ORDER);
        VM.stopPrank();
        require(committee.seatsAt(uint40(block.timestamp))[0].member == BOB, "not replaced");
    }

    /// @dev Named after the attack: a term of the city that ends first leaves the others in control.
    function test_Attack_SeatChangeThroughExpiryToBreakTheMajority() public {
        uint40 end = uint40(block.timestamp) + TERM;
        VM.startPrank(SECRETARY);
        VM.expectRevert(
            abi.encodeWithSelector(BifSeats.CityMajorityLost.selector, end - 1, 3, 6)
        );
        committee.seat(1, CITY, holder(1), end - 1, ORDER);
        VM.expectRevert(abi.encodeWithSelector(BifSeats.CityMajorityLost.selector, end, 0, 1));
        committee.seat(7, PRIVATE, holder(7), end + 1, ORDER);
        // The city's terms are lengthened first, then the other may be.
        committee.seat(1, CITY, holder(1), end + 1, ORDER);
        refuse(BifSeats.CityMajorityLost.selector);
        committee.seat(7, PRIVATE, holder(7), end + 2, ORDER);
        refuse(BifSeats.CityMajorityLost.selector);
        committee.seat(7, PRIVATE, holder(7), end + 1, ORDER);
        committee.seat(2, CITY, holder(2), end + 1, ORDER);
        committee.seat(7, PRIVATE, holder(7), end + 1, ORDER);
        VM.stopPrank();
    }

    function test_ATermEndsToTheSecond() public {
        uint40 end = uint40(block.timestamp) + TERM;
        VM.warp(end - 1);
        assertEq(committee.quorum(block.timestamp), 4);
        assertEq(committee.getVotes(holder(1), end - 1), 1);
        VM.warp(end);
        assertEq(committee.quorum(block.timestamp), 1);
        assertEq(committee.getVotes(holder(1), end), 0);
        VM.prank(SECRETARY);
        refuse(BifSeats.SeatUnknown.selector);
        committee.vacate(1, ORDER);
    }

    function test_AnAccountHasOneSeatForATermToComeWithAnOrder() public {
        uint40 until = uint40(block.timestamp) + TERM;
        VM.startPrank(SECRETARY);
        refuse(BifSeats.SeatRefused.selector);
        committee.seat(8, CITY, holder(7), until, ORDER);
        refuse(BifSeats.SeatRefused.selector);
        committee.seat(8, CITY, address(0), until, ORDER);
        refuse(BifSeats.SeatTermOver.selector);
        committee.seat(8, CITY, holder(8), uint40(block.timestamp), ORDER);
        refuse(BifSeats.SeatReasonMissing.selector);
        committee.seat(8, CITY, holder(8), until, 0);
        refuse(BifSeats.SeatUnknown.selector);
        committee.seat(0, CITY, holder(8), until, ORDER);
        uint16 last = committee.SEATS_MAX();
        refuse(BifSeats.SeatUnknown.selector);
        committee.seat(last + 1, CITY, holder(8), until, ORDER);
        refuse(BifSeats.SeatUnknown.selector);
        committee.vacate(last + 1, ORDER);
        refuse(BifSeats.SeatUnknown.selector);
        committee.vacate(0, ORDER);
        committee.seat(last, CITY, holder(8), until, ORDER);
        VM.stopPrank();
        VM.prank(holder(1));
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        committee.seat(9, CITY, holder(9), until, ORDER);
        VM.prank(AUDITOR);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        committee.vacate(8, ORDER);
    }

    function test_AMajorityDecidesAndTheCommitteeCarriesItOut() public {
        uint256 proposalId = propose(5, 77);
        requireState(proposalId, IGovernor.ProposalState.Pending);
        beginVote(proposalId);
        for (uint16 i = 1; i <= 4; ++i) vote(proposalId, i, FOR);
        vote(proposalId, 5, AGAINST);
        vote(proposalId, 6, ABSTAIN);
        BifCommittee.Tally memory votes = committee.tallyOf(proposalId);
        assertEq(votes.inFavour, 4);
        assertEq(votes.against, 1);
        assertEq(votes.abstained, 1);
        endVote(proposalId);
        requireState(proposalId, IGovernor.ProposalState.Succeeded);
        refuse(BifCommittee.CommitteeTooEarly.selector);
        execute(77);
        VM.warp(block.timestamp - 1 + REVIEW);
        execute(77);
        assertEq(memberOf(ALICE).limit, 77);
        requireState(proposalId, IGovernor.ProposalState.Executed);
    }

    function test_HalfOfTheVotersIsNotEnough() public {
        VM.prank(SECRETARY);
        committee.seat(8, CITY, holder(8), uint40(block.timestamp) + TERM, ORDER);
        uint256 proposalId = propose(1, 77);
        beginVote(proposalId);
        for (uint16 i = 1; i <= 4; ++i) vote(proposalId, i, FOR);
        vote(proposalId, 5, ABSTAIN);
        endVote(proposalId);
        assertEq(committee.quorum(committee.proposalSnapshot(proposalId)), 5);
        requireState(proposalId, IGovernor.ProposalState.Defeated);
    }

    function test_OnlyWhoSatWhenTheVoteBeganVotesAndOnce() public {
        uint256 proposalId = propose(1, 77);
        VM.startPrank(SECRETARY);
        committee.seat(1, CITY, BOB, uint40(block.timestamp) + TERM, ORDER);
        VM.stopPrank();
        beginVote(proposalId);
        VM.prank(SECRETARY);
        committee.seat(2, CITY, holder(9), uint40(block.timestamp) + TERM, ORDER);
        // Who had the seat then votes, also after leaving it; who came later does not.
        vote(proposalId, 2, FOR);
        VM.prank(holder(9));
        refuse(BifCommittee.CommitteeNotSeated.selector);
        committee.castVote(proposalId, FOR);
        VM.prank(holder(1));
        refuse(BifCommittee.CommitteeNotSeated.selector);
        committee.castVote(proposalId, FOR);
        VM.startPrank(BOB);
        refuse(IGovernor.GovernorInvalidVoteType.selector);
        committee.castVote(proposalId, 3);
        committee.castVote(proposalId, FOR);
        refuse(IGovernor.GovernorAlreadyCastVote.selector);
        committee.castVote(proposalId, FOR);
        VM.stopPrank();
    }

    function test_OnlyMembersPropose() public {
        bytes[] memory calls = callsFor(77);
        VM.warp(block.timestamp + 1);
        VM.prank(SECRETARY);
        refuse(IGovernor.GovernorInsufficientProposerVotes.selector);
        committee.propose(targets(), new uint256[](1), calls, "");
    }

    function test_ARecusedMemberDoesNotVote() public {
        uint256 proposalId = propose(1, 77);
        recuse(proposalId, 5);
        require(committee.isRecused(proposalId, holder(5)), "not recorded");
        VM.prank(holder(6));
        committee.recuse(proposalId, holder(6), DOC);
        VM.startPrank(SECRETARY);
        refuse(BifCommittee.CommitteeRecused.selector);
        committee.recuse(proposalId, holder(5), DOC);
        refuse(BifCommittee.CommitteeNotSeated.selector);
        committee.recuse(proposalId, BOB, DOC);
        refuse(BifSeats.SeatReasonMissing.selector);
        committee.recuse(proposalId, holder(7), 0);
        VM.stopPrank();
        VM.prank(holder(1));
        refuse(BifCommittee.CommitteeNotSeated.selector);
        committee.recuse(proposalId, holder(7), DOC);
        beginVote(proposalId);
        VM.prank(SECRETARY);
        refuse(IGovernor.GovernorUnexpectedProposalState.selector);
        committee.recuse(proposalId, holder(7), DOC);
        VM.prank(holder(5));
        refuse(BifCommittee.CommitteeRecused.selector);
        committee.castVote(proposalId, AGAINST);
        // Of five voters three are more than half; four of seven seats make the quorum.
        for (uint16 i = 1; i <= 3; ++i) vote(proposalId, i, FOR);
        vote(proposalId, 4, AGAINST);
        endVote(proposalId);
        requireState(proposalId, IGovernor.ProposalState.Succeeded);
    }

    /// @dev Named after the attack: opponents are recused until the few who are left suffice.
    function test_Attack_RecusalToReachQuorum() public {
        uint256 proposalId = propose(1, 77);
        for (uint16 i = 5; i <= 7; ++i) recuse(proposalId, i);
        recuse(proposalId, 4);
        beginVote(proposalId);
        for (uint16 i = 1; i <= 3; ++i) vote(proposalId, i, FOR);
        endVote(proposalId);
        assertEq(committee.quorum(committee.proposalSnapshot(proposalId)), 4);
        requireState(proposalId, IGovernor.ProposalState.Defeated);
    }

    function test_ARecusalThatLosesTheMajorityIsRefused() public {
        uint256 proposalId = propose(1, 77);
        VM.prank(SECRETARY);
        refuse(BifSeats.CityMajorityLost.selector);
        committee.recuse(proposalId, holder(1), DOC);
        // With a substitute there before the vote, it is accepted.
        sit(8, CITY, uint40(block.timestamp) + TERM);
        recuse(proposalId, 1);
    }

    /// @dev Recusals and seats, each fine by itself, together leave the city without majority.
    function test_AVoteInWhichTheCityHasNoMajorityDecidesNothing() public {
        sit(8, CITY, uint40(block.timestamp) + TERM);
        uint256 proposalId = propose(1, 77);
        recuse(proposalId, 1);
        VM.prank(SECRETARY);
        committee.vacate(8, ORDER);
        beginVote(proposalId);
        for (uint16 i = 2; i <= 7; ++i) vote(proposalId, i, FOR);
        endVote(proposalId);
        requireState(proposalId, IGovernor.ProposalState.Defeated);
    }

    function test_PrivateSeatsVetoWhatBenefitsARelatedParty() public {
        uint256 proposalId = propose(1, 77);
        mark(proposalId);
        require(committee.relatedPartyOf(proposalId) == BOB, "not marked");
        beginVote(proposalId);
        for (uint16 i = 1; i <= 4; ++i) vote(proposalId, i, FOR);
        for (uint16 i = 5; i <= 7; ++i) vote(proposalId, i, AGAINST);
        endVote(proposalId);
        requireState(proposalId, IGovernor.ProposalState.Defeated);
        refuse(IGovernor.GovernorUnexpectedProposalState.selector);
        execute(77);
    }

    function test_AThirdOfThePrivateSeatsLiftsTheVeto() public {
        uint256 proposalId = propose(1, 77);
        VM.prank(holder(7));
        committee.markRelated(proposalId, BOB, DOC);
        beginVote(proposalId);
        for (uint16 i = 1; i <= 5; ++i) vote(proposalId, i, FOR);
        assertEq(committee.tallyOf(proposalId).privateInFavour, 1);
        endVote(proposalId);
        requireState(proposalId, IGovernor.ProposalState.Succeeded);
    }

    /// @dev Named after the attack: those who would veto are recused.
    function test_RecusalDoesNotWeakenTheVeto() public {
        uint40 until = uint40(block.timestamp) + TERM;
        sit(8, CITY, until);
        sit(9, PRIVATE, until);
        uint256 proposalId = propose(1, 77);
        mark(proposalId);
        recuse(proposalId, 6);
        recuse(proposalId, 7);
        recuse(proposalId, 9);
        beginVote(proposalId);
        // One of the four private seats is less than a third, although it alone votes.
        for (uint16 i = 1; i <= 5; ++i) vote(proposalId, i, FOR);
        vote(proposalId, 8, FOR);
        endVote(proposalId);
        requireState(proposalId, IGovernor.ProposalState.Defeated);
    }

    function test_WhoMarksAndWhoClears() public {
        uint256 proposalId = propose(1, 77);
        VM.prank(BOB);
        refuse(BifCommittee.CommitteeMayNotMark.selector);
        committee.markRelated(proposalId, BOB, DOC);
        VM.prank(AUDITOR);
        refuse(BifCommittee.CommitteeMarked.selector);
        committee.clearRelated(proposalId, DOC);
        VM.startPrank(holder(5));
        refuse(BifCommittee.CommitteeMarked.selector);
        committee.markRelated(proposalId, address(0), DOC);
        refuse(BifSeats.SeatReasonMissing.selector);
        committee.markRelated(proposalId, BOB, 0);
        committee.markRelated(proposalId, BOB, DOC);
        refuse(BifCommittee.CommitteeMarked.selector);
        committee.markRelated(proposalId, ALICE, DOC);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        committee.clearRelated(proposalId, DOC);
        VM.stopPrank();
        VM.prank(AUDITOR);
        committee.clearRelated(proposalId, DOC);
        VM.prank(holder(5));
        refuse(BifCommittee.CommitteeMarked.selector);
        committee.markRelated(proposalId, BOB, DOC);
        beginVote(proposalId);
        VM.prank(SECRETARY);
        refuse(IGovernor.GovernorUnexpectedProposalState.selector);
        committee.markRelated(proposalId, BOB, DOC);
        for (uint16 i = 1; i <= 4; ++i) vote(proposalId, i, FOR);
        endVote(proposalId);
        requireState(proposalId, IGovernor.ProposalState.Succeeded);
    }

    function test_AMarkIsClearedUntilTheVoteIsOver() public {
        uint256 proposalId = propose(1, 77);
        mark(proposalId);
        endVote(proposalId);
        VM.prank(AUDITOR);
        refuse(IGovernor.GovernorUnexpectedProposalState.selector);
        committee.clearRelated(proposalId, DOC);
        VM.warp(committee.proposalDeadline(proposalId));
        VM.prank(AUDITOR);
        committee.clearRelated(proposalId, DOC);
        require(committee.relatedPartyOf(proposalId) == address(0), "still marked");
    }

    function test_TheAuditorStopsWhatWasDecided() public {
        uint256 proposalId = pass(77);
        bytes[] memory calls = callsFor(77);
        VM.prank(SECRETARY);
        refuse(IGovernor.GovernorUnableToCancel.selector);
        committee.cancel(targets(), new uint256[](1), calls, keccak256(""));
        VM.prank(AUDITOR);
        committee.cancel(targets(), new uint256[](1), calls, keccak256(""));
        requireState(proposalId, IGovernor.ProposalState.Canceled);
        VM.warp(block.timestamp + REVIEW);
        refuse(IGovernor.GovernorUnexpectedProposalState.selector);
        execute(77);
    }

    function test_AProposerWithdrawsBeforeTheVoteAlone() public {
        bytes[] memory calls = callsFor(77);
        uint256 proposalId = propose(1, 77);
        beginVote(proposalId);
        VM.prank(holder(1));
        refuse(IGovernor.GovernorUnableToCancel.selector);
        committee.cancel(targets(), new uint256[](1), calls, keccak256(""));
        VM.warp(block.timestamp - 1);
        VM.prank(holder(1));
        committee.cancel(targets(), new uint256[](1), calls, keccak256(""));
    }

    function test_ADecisionExpires() public {
        uint256 proposalId = pass(77);
        uint256 last = committee.proposalDeadline(proposalId) + REVIEW + EXECUTION;
        VM.warp(last);
        requireState(proposalId, IGovernor.ProposalState.Expired);
        refuse(IGovernor.GovernorUnexpectedProposalState.selector);
        execute(77);
        VM.warp(last - 1);
        execute(77);
    }

    /// @dev Named after the attack: whoever could replace the authority would need no vote.
    function test_Attack_BypassByAnotherAuthority() public {
        VM.prank(SECRETARY);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        committee.setAuthority(BOB);
        VM.prank(SECRETARY);
        refuse(IGovernor.GovernorOnlyExecutor.selector);
        committee.relay(address(bif), 0, "");
        bytes[] memory calls = callsFor(77);
        refuse(IGovernor.GovernorNonexistentProposal.selector);
        committee.execute(targets(), new uint256[](1), calls, keccak256(""));
    }

    function test_EveryStageLasts() public {
        for (uint256 i = 0; i < 4; ++i) {
            BifCommittee.Course memory course = BifCommittee.Course(1, 1, 1, 1);
            if (i == 0) course.openSeconds = 0;
            else if (i == 1) course.votingSeconds = 0;
            else if (i == 2) course.reviewSeconds = 0;
            else course.executionSeconds = 0;
            refuse(BifCommittee.CommitteeInvalidCourse.selector);
            new BifCommittee(address(authority), course);
        }
    }

    function test_ToolsReadHowVotesAreCounted() public view {
        assertEq(committee.COUNTING_MODE(), "support=bravo&quorum=against,for,abstain");
        assertEq(committee.CLOCK_MODE(), "mode=timestamp");
        assertEq(committee.clock(), block.timestamp);
        assertEq(committee.votingDelay(), OPEN);
        assertEq(committee.votingPeriod(), VOTING);
    }

    function pass(uint128 limit) private returns (uint256 proposalId) {
        proposalId = propose(1, limit);
        beginVote(proposalId);
        for (uint16 i = 1; i <= 4; ++i) vote(proposalId, i, FOR);
        endVote(proposalId);
    }
}
