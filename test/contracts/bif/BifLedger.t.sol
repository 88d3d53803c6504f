// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {BifEntries, Line} from "../../../contracts/bif/BifEntries.sol";
import {BifLedger} from "../../../contracts/bif/BifLedger.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {Fund} from "./support/Fund.sol";

contract BifLedgerTest is Fund {
    address private constant POSTER = address(0x51);
    uint32 private constant OTHER_INCOME = 4100_00000;

    function setUp() public {
        openFund();
        authority.grantRole(Roles.LEDGER_POSTER, POSTER, 0);
    }

    function test_PostsAndBindsEachJournalToTheLast() public {
        Line[] memory lines = linesOf(BifEntries.CASH, BifEntries.INCOME, 700);
        bytes32 first = ledger.hashAfter(0, 1, "income", ledger.currentMonth(), lines, DOC, "r");
        VM.expectEmit(address(ledger));
        emit BifLedger.Posted(1, "income", ledger.currentMonth(), first, lines, DOC, "r");
        assertEq(post(lines), 1);
        require(ledger.chainHash() == first, "another hash");
        post(lines);
        bytes32 second = ledger.hashAfter(first, 2, "income", ledger.currentMonth(), lines, DOC, "r");
        require(ledger.chainHash() == second, "not chained");
        requireBooked(BifEntries.CASH, 1_400);
        requireBooked(BifEntries.INCOME, -1_400);
    }

    function test_RefusesWhatIsNotBalanced() public {
        Line[] memory lines = linesOf(BifEntries.CASH, BifEntries.INCOME, 700);
        lines[1].amount = -699;
        VM.prank(POSTER);
        VM.expectRevert(abi.encodeWithSelector(BifLedger.LedgerUnbalanced.selector, int256(1)));
        ledger.post("income", lines, DOC, "r");
        VM.prank(POSTER);
        refuse(BifLedger.LedgerUnbalanced.selector);
        ledger.post("income", new Line[](0), DOC, "r");
    }

    function test_RefusesEmptyLinesAndAccountsOfNoKind() public {
        Line[] memory lines = linesOf(BifEntries.CASH, BifEntries.INCOME, 0);
        VM.prank(POSTER);
        refuse(BifLedger.LedgerInvalidLine.selector);
        ledger.post("income", lines, DOC, "r");
        for (uint256 i = 0; i < 2; ++i) {
            lines = linesOf(i == 0 ? 9999_9999 : 6000_00000, BifEntries.INCOME, 1);
            VM.prank(POSTER);
            refuse(BifLedger.LedgerInvalidLine.selector);
            ledger.post("income", lines, DOC, "r");
        }
    }

    function test_OnlyPostersPost() public {
        Line[] memory lines = linesOf(BifEntries.CASH, BifEntries.INCOME, 700);
        VM.prank(MANAGER);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        ledger.post("income", lines, DOC, "r");
    }

    function test_AnAdjustmentNeedsTwoPeople() public {
        BifLedger.Adjustment memory change = adjustment(0, 0, 50);
        authority.grantRole(Roles.LEDGER_POSTER, AUDITOR, 0);
        VM.prank(AUDITOR);
        VM.expectRevert(
            abi.encodeWithSelector(BifLedger.LedgerNotProposed.selector, address(0))
        );
        ledger.approveAdjustment(change);
        // The administrator holds no role here; as maker and checker it is refused as well.
        permit(address(ledger), BifLedger.proposeAdjustment.selector, 0, address(this));
        permit(address(ledger), BifLedger.approveAdjustment.selector, 0, address(this));
        ledger.proposeAdjustment(change);
        VM.expectRevert(
            abi.encodeWithSelector(BifLedger.LedgerNotProposed.selector, address(this))
        );
        ledger.approveAdjustment(change);
    }

    function test_AnAdjustmentMovesBetweenIncomesAndExpensesOnce() public {
        BifLedger.Adjustment memory change = adjustment(0, 0, 50);
        assertEq(adjust(change), 1);
        requireBooked(OTHER_INCOME, -50);
        requireBooked(BifEntries.INCOME, 50);
        VM.prank(AUDITOR);
        refuse(BifLedger.LedgerNotProposed.selector);
        ledger.approveAdjustment(change);
    }

    function test_AnAdjustmentTouchesNoMoney() public {
        BifLedger.Adjustment memory change = adjustment(0, 0, 50);
        uint32[3] memory closed = [BifEntries.CASH, BifEntries.PAYABLE + 1, BifEntries.CAPITAL + 1];
        for (uint256 i = 0; i < 3; ++i) {
            change.lines[0].account = closed[i];
            VM.prank(MANAGER);
            ledger.proposeAdjustment(change);
            VM.prank(AUDITOR);
            refuse(BifLedger.LedgerInvalidLine.selector);
            ledger.approveAdjustment(change);
        }
    }

    function test_AReversalIsTheExactNegativeAndOnce() public {
        uint64 journal = adjust(adjustment(0, 0, 50));
        BifLedger.Adjustment memory back = adjustment(0, journal, 49);
        VM.prank(MANAGER);
        ledger.proposeAdjustment(back);
        VM.prank(AUDITOR);
        refuse(BifLedger.LedgerNotReversible.selector);
        ledger.approveAdjustment(back);
        back = adjustment(0, journal, 50);
        (back.lines[0].amount, back.lines[1].amount) = (-50, 50);
        adjust(back);
        requireBooked(BifEntries.INCOME, 0);
        VM.prank(MANAGER);
        ledger.proposeAdjustment(back);
        VM.prank(AUDITOR);
        refuse(BifLedger.LedgerNotReversible.selector);
        ledger.approveAdjustment(back);
    }

    function test_WhatMoneyDidCannotBeReversed() public {
        Line[] memory lines = linesOf(BifEntries.FEES, BifEntries.INCOME, 50);
        uint64 journal = post(lines);
        BifLedger.Adjustment memory back = adjustment(0, journal, 0);
        back.lines = linesOf(BifEntries.INCOME, BifEntries.FEES, 50);
        (back.lines[0], back.lines[1]) = (back.lines[1], back.lines[0]);
        VM.prank(MANAGER);
        ledger.proposeAdjustment(back);
        VM.prank(AUDITOR);
        refuse(BifLedger.LedgerNotReversible.selector);
        ledger.approveAdjustment(back);
    }

    function test_AClosedMonthTakesNothingMore() public {
        uint32 month = ledger.currentMonth();
        VM.warp(START + 31 days);
        assertEq(ledger.currentMonth(), month + 1);
        adjust(adjustment(month, 0, 10));
        close(month);
        assertEq(ledger.closedThrough(), month);
        BifLedger.Adjustment memory change = adjustment(month, 0, 20);
        VM.prank(MANAGER);
        ledger.proposeAdjustment(change);
        VM.prank(AUDITOR);
        VM.expectRevert(abi.encodeWithSelector(BifLedger.LedgerMonthNotOpen.selector, month));
        ledger.approveAdjustment(change);
        adjust(adjustment(month + 1, 0, 20));
    }

    function test_NoAdjustmentForTheFutureOrBeforeTheFirstMonth() public {
        uint32 month = ledger.currentMonth();
        uint32[2] memory wrong = [month + 1, month - 1];
        for (uint256 i = 0; i < 2; ++i) {
            BifLedger.Adjustment memory change = adjustment(wrong[i], 0, 20);
            VM.prank(MANAGER);
            ledger.proposeAdjustment(change);
            VM.prank(AUDITOR);
            refuse(BifLedger.LedgerMonthNotOpen.selector);
            ledger.approveAdjustment(change);
        }
    }

    function test_AMonthIsClosedByTwoOnceItIsOver() public {
        uint32 month = ledger.currentMonth();
        VM.prank(MANAGER);
        ledger.proposeClose(month, DOC);
        VM.prank(AUDITOR);
        refuse(BifLedger.LedgerMonthNotOpen.selector);
        ledger.closeMonth(month, DOC);
        VM.warp(START + 31 days);
        VM.prank(AUDITOR);
        refuse(BifLedger.LedgerNotProposed.selector);
        ledger.closeMonth(month, ORDER);
        VM.expectEmit(address(ledger));
        emit BifLedger.MonthClosed(month, 0, 0, DOC);
        VM.prank(AUDITOR);
        ledger.closeMonth(month, DOC);
        VM.prank(MANAGER);
        ledger.proposeClose(month, DOC);
        VM.prank(AUDITOR);
        refuse(BifLedger.LedgerMonthNotOpen.selector);
        ledger.closeMonth(month, DOC);
    }

    function post(Line[] memory lines) private returns (uint64) {
        VM.prank(POSTER);
        return ledger.post("income", lines, DOC, "r");
    }

    /// @dev From the fund's income to another one; month zero stands for the current one.
    function adjustment(
        uint32 month,
        uint64 reverses,
        uint256 amount
    ) private view returns (BifLedger.Adjustment memory change) {
        change.month = month == 0 ? ledger.currentMonth() : month;
        change.reverses = reverses;
        change.docHash = DOC;
        change.lines = linesOf(BifEntries.INCOME, OTHER_INCOME, amount);
    }

    function adjust(BifLedger.Adjustment memory change) private returns (uint64) {
        VM.prank(MANAGER);
        ledger.proposeAdjustment(change);
        VM.prank(AUDITOR);
        return ledger.approveAdjustment(change);
    }

    function close(uint32 month) private {
        VM.prank(MANAGER);
        ledger.proposeClose(month, DOC);
        VM.prank(AUDITOR);
        ledger.closeMonth(month, DOC);
    }
}
