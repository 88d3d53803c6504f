// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {BifEntries} from "../../../contracts/bif/BifEntries.sol";
import {BifFund} from "../../../contracts/bif/BifFund.sol";
import {Grants} from "../../../contracts/bif/Grants.sol";
import {FlowPause} from "../../../contracts/governance/FlowPause.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {Granting} from "./support/Granting.sol";

contract GrantsTest is Granting {
    uint128 private constant FIRST = 300;
    uint128 private constant SECOND = 700;
    uint128 private constant RAISED = 10_000;

    uint32 private grant;

    function setUp() public {
        openGrants();
        raise(RAISED);
        grant = award(applyFor(STARTUP, FIRST + SECOND), plan(FIRST, SECOND));
    }

    function test_AnAwardSetsItsMoneyAsideAndBooksIt() public view {
        assertEq(bif.freeCapital(), RAISED - FIRST - SECOND);
        assertEq(bif.unreleasedOf(grant), FIRST + SECOND);
        require(booked(BifEntries.GRANTS, grant) == 1000, "no expense");
        require(booked(BifEntries.GRANTS_PAYABLE, grant) == -1000, "no debt");
        Grants.Grant memory terms = grants.grantAt(grant);
        require(terms.grantee == STARTUP, "another grantee");
        assertEq(terms.approved, FIRST + SECOND);
        assertEq(grants.milestonesOf(grant).length, 2);
        assertEq(grants.verifiersOf(grant).length, 3);
        require(grants.applicationAt(terms.application).isAwarded, "not awarded");
    }

    function test_AVerifiedMilestoneIsPaidOnceByAnyone() public {
        reach(0);
        grants.release(grant, 0);
        assertEq(won.balanceOf(STARTUP), FIRST);
        require(booked(BifEntries.GRANTS_PAYABLE, grant) == -700, "the debt stands");
        refuse(Grants.GrantWrongStage.selector);
        grants.release(grant, 0);
        assertEq(grants.grantAt(grant).paid, FIRST);
    }

    function test_NothingIsPaidThatTooFewVerified() public {
        submit(grant, 0);
        verify(grant, 0, 0, true);
        refuse(Grants.GrantWrongStage.selector);
        grants.release(grant, 0);
    }

    function test_AVerifierJudgesEvidenceOnce() public {
        submit(grant, 0);
        verify(grant, 0, 0, true);
        VM.prank(verifiers()[0]);
        refuse(Grants.GrantJudged.selector);
        grants.verify(grant, 0, EVIDENCE, true);
    }

    function test_OnlyNamedVerifiersJudge() public {
        submit(grant, 0);
        address[3] memory others = [STARTUP, DECIDING, BOB];
        for (uint256 i = 0; i < 3; ++i) {
            VM.prank(others[i]);
            refuse(Grants.GrantNotParty.selector);
            grants.verify(grant, 0, EVIDENCE, true);
        }
    }

    function test_NobodyJudgesEvidenceThatWasSwitched() public {
        submit(grant, 0);
        VM.prank(verifiers()[0]);
        refuse(Grants.GrantJudged.selector);
        grants.verify(grant, 0, keccak256("other evidence"), true);
    }

    function test_EvidenceFoundWrongMayBeSubmittedAnewAndIsJudgedAnew() public {
        submit(grant, 0);
        verify(grant, 0, 0, true);
        verify(grant, 0, 1, false);
        requireStage(grant, 0, Grants.Stage.Submitted);
        verify(grant, 0, 2, false);
        requireStage(grant, 0, Grants.Stage.Open);
        submit(grant, 0);
        assertEq(grants.progressOf(grant, 0).approvals, 0);
        verify(grant, 0, 1, true);
        verify(grant, 0, 2, true);
        requireStage(grant, 0, Grants.Stage.Verified);
    }

    function test_EvidenceIsTheGranteesAndInTime() public {
        VM.prank(BOB);
        refuse(Grants.GrantNotParty.selector);
        grants.submit(grant, 0, EVIDENCE);
        VM.warp(block.timestamp + MONTH);
        VM.prank(STARTUP);
        refuse(Grants.GrantDeadline.selector);
        grants.submit(grant, 0, EVIDENCE);
        submit(grant, 1);
    }

    function test_EvidenceSubmittedInTimeIsJudgedAfterwardsAndDoesNotLapse() public {
        submit(grant, 0);
        VM.warp(block.timestamp + 3 * MONTH);
        refuse(Grants.GrantWrongStage.selector);
        grants.lapse(grant, 0);
        verify(grant, 0, 0, true);
        verify(grant, 0, 1, true);
        grants.release(grant, 0);
        assertEq(won.balanceOf(STARTUP), FIRST);
    }

    function test_WhatIsNotReachedInTimeReturnsToTheFundOnce() public {
        refuse(Grants.GrantDeadline.selector);
        grants.lapse(grant, 0);
        VM.warp(block.timestamp + MONTH);
        grants.lapse(grant, 0);
        assertEq(bif.unreleasedOf(grant), SECOND);
        assertEq(bif.freeCapital(), RAISED - SECOND);
        require(booked(BifEntries.GRANTS, grant) == 700, "still an expense");
        refuse(Grants.GrantWrongStage.selector);
        grants.lapse(grant, 0);
    }

    function test_AnEndedGrantReturnsAllThatWasNotPaid() public {
        reach(0);
        grants.release(grant, 0);
        reach(1);
        VM.prank(DECIDING);
        grants.end(grant, ORDER);
        assertEq(bif.unreleasedOf(grant), 0);
        assertEq(bif.freeCapital(), RAISED - FIRST);
        requireStage(grant, 0, Grants.Stage.Paid);
        requireStage(grant, 1, Grants.Stage.Returned);
        refuse(Grants.GrantNotRunning.selector);
        grants.release(grant, 1);
        VM.prank(DECIDING);
        refuse(Grants.GrantNotRunning.selector);
        grants.end(grant, ORDER);
    }

    function test_WhatWasVerifiedAndNotPaidReturnsFromAnEndedGrant() public {
        reach(0);
        VM.prank(DECIDING);
        grants.end(grant, ORDER);
        assertEq(bif.unreleasedOf(grant), 0);
        assertEq(grants.grantAt(grant).returned, FIRST + SECOND);
        assertEq(bif.freeCapital(), RAISED);
    }

    function test_AGrantThatIsPaidOutEndsWithoutAJournal() public {
        reach(0);
        grants.release(grant, 0);
        reach(1);
        grants.release(grant, 1);
        uint64 journals = ledger.journalCount();
        VM.prank(DECIDING);
        grants.end(grant, ORDER);
        assertEq(ledger.journalCount(), journals);
    }

    /// @dev Named after the attack: more is awarded than the fund has free.
    function test_GrantsAboveTheFreeCapital() public {
        uint32 application = applyFor(BOB, RAISED);
        VM.prank(DECIDING);
        refuse(BifFund.FundAboveLimit.selector);
        grants.award(application, plan(RAISED - 1000, 1), verifiers(), DOC);
        VM.prank(MANAGER);
        refuse(BifFund.FundAboveLimit.selector);
        bif.distribute(RAISED - 999, true, DOC);
    }

    function test_AnApplicationBecomesOneGrantOfAtMostWhatItAsked() public {
        Grants.Milestone[] memory milestones = plan(FIRST, SECOND);
        VM.startPrank(DECIDING);
        refuse(Grants.GrantNotAppliedFor.selector);
        grants.award(1, milestones, verifiers(), DOC);
        refuse(Grants.GrantNotAppliedFor.selector);
        grants.award(2, milestones, verifiers(), DOC);
        VM.stopPrank();
        uint32 application = applyFor(BOB, FIRST + SECOND - 1);
        VM.prank(DECIDING);
        refuse(Grants.GrantNotAppliedFor.selector);
        grants.award(application, milestones, verifiers(), DOC);
    }

    function test_TheGranteeTheCommitteeAndNobodyTwiceVerify() public {
        address[4] memory wrong = [STARTUP, DECIDING, address(0), verifiers()[0]];
        for (uint256 i = 0; i < 4; ++i) {
            address[] memory list = verifiers();
            list[1] = wrong[i];
            refuseTerms(plan(FIRST, SECOND), list);
        }
        refuseTerms(plan(FIRST, SECOND), new address[](0));
        refuseTerms(plan(FIRST, SECOND), new address[](17));
    }

    function test_MilestonesThatCannotBeReachedAreRefused() public {
        for (uint256 i = 0; i < 5; ++i) {
            Grants.Milestone[] memory milestones = plan(FIRST, SECOND);
            if (i == 0) milestones[1].amount = 0;
            if (i == 1) milestones[1].criteria = 0;
            if (i == 2) milestones[1].deadline = uint64(block.timestamp);
            if (i == 3) milestones[1].verifiersNeeded = 0;
            if (i == 4) milestones[1].verifiersNeeded = 4;
            refuseTerms(milestones, verifiers());
        }
        refuseTerms(new Grants.Milestone[](0), verifiers());
        refuseTerms(new Grants.Milestone[](33), verifiers());
    }

    function test_DocumentsAreNamed() public {
        refuse(Grants.GrantDocumentMissing.selector);
        grants.applyFor(1, 0);
        VM.prank(DECIDING);
        refuse(Grants.GrantDocumentMissing.selector);
        grants.award(1, plan(FIRST, SECOND), verifiers(), 0);
        VM.prank(STARTUP);
        refuse(Grants.GrantDocumentMissing.selector);
        grants.submit(grant, 0, 0);
        VM.prank(DECIDING);
        refuse(Grants.GrantDocumentMissing.selector);
        grants.end(grant, 0);
    }

    function test_AnUnknownGrantOrMilestoneIsRefused() public {
        refuse(Grants.GrantNotRunning.selector);
        grants.release(2, 0);
        refuse(Grants.GrantInvalidTerms.selector);
        grants.release(grant, 2);
    }

    function test_OnlyTheCommitteeAwardsAndEnds() public {
        address[3] memory others = [MANAGER, AUDITOR, STARTUP];
        uint32 application = applyFor(BOB, FIRST + SECOND);
        for (uint256 i = 0; i < 3; ++i) {
            VM.startPrank(others[i]);
            refuse(IAccessManaged.AccessManagedUnauthorized.selector);
            grants.award(application, plan(FIRST, SECOND), verifiers(), DOC);
            refuse(IAccessManaged.AccessManagedUnauthorized.selector);
            grants.end(grant, ORDER);
            VM.stopPrank();
        }
    }

    function test_WhileSpendingIsStoppedAMilestoneWaitsVerified() public {
        permit(address(bif), FlowPause.setPause.selector, Roles.CITY_OFFICER, address(0x10));
        reach(0);
        VM.prank(address(0x10));
        bif.setPause(0, uint64(block.timestamp) + 1 days, ORDER);
        refuse(FlowPause.FlowPaused.selector);
        grants.release(grant, 0);
        VM.warp(block.timestamp + 1 days);
        grants.release(grant, 0);
        assertEq(won.balanceOf(STARTUP), FIRST);
    }

    function reach(uint8 milestone) private {
        submit(grant, milestone);
        verify(grant, milestone, 0, true);
        verify(grant, milestone, 1, true);
    }

    function refuseTerms(Grants.Milestone[] memory milestones, address[] memory list) private {
        uint32 application = applyFor(STARTUP, FIRST + SECOND);
        VM.prank(DECIDING);
        refuse(Grants.GrantInvalidTerms.selector);
        grants.award(application, milestones, list, DOC);
    }
}
