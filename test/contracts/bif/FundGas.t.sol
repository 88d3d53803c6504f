// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BifEntries} from "../../../contracts/bif/BifEntries.sol";
import {Granting} from "./support/Granting.sol";

/// @dev Twenty members that paid a call, and a grant whose first milestone was verified.
contract FundGasTest is Granting {
    uint256 private constant MEMBERS = 20;
    uint128 private constant FIRST = 300;

    uint32 private callId;
    uint32 private grant;

    function setUp() public {
        openGrants();
        for (uint256 i = 1; i <= MEMBERS; ++i) join(member(i), BILLION);
        callId = callCapital(1_000 * uint128(MEMBERS));
        for (uint256 i = 1; i <= MEMBERS; ++i) pay(callId, member(i));
        callId = callCapital(1_000 * uint128(MEMBERS));
        grant = award(applyFor(STARTUP, 2 * FIRST), plan(FIRST, FIRST));
        submit(grant, 0);
        verify(grant, 0, 0, true);
        verify(grant, 0, 1, true);
    }

    function test_PostsAJournalOfTwoLines() public {
        bytes32 kind = BifEntries.FEE;
        VM.prank(address(bif));
        ledger.post(kind, linesOf(BifEntries.FEES, BifEntries.CASH, 100), DOC, 0);
        VM.snapshotGasLastCall("bif", "post, 2 lines");
        requireBooked(BifEntries.FEES, 100);
    }

    function test_CallsCapitalOfTwentyMembers() public {
        callCapital(BILLION);
        VM.snapshotGasLastCall("bif", "call, 20 members");
        assertEq(memberOf(member(1)).called, 2_000 + BILLION / MEMBERS);
    }

    function test_PaysACall() public {
        pay(callId, member(3));
        VM.snapshotGasLastCall("bif", "pay");
        assertEq(won.balanceOf(address(bif)), 1_000 * MEMBERS + 1_000);
    }

    function test_DistributesToTwentyMembers() public {
        assign(1_000, true);
        VM.snapshotGasLastCall("bif", "distribute, 20 members");
        requireBooked(BifEntries.PAYABLE + 20, -50);
    }

    function test_ReleasesAMilestone() public {
        grants.release(grant, 0);
        VM.snapshotGasLastCall("bif", "release");
        assertEq(won.balanceOf(STARTUP), FIRST);
    }
}
