// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {BifEntries} from "../../../contracts/bif/BifEntries.sol";
import {BifFund} from "../../../contracts/bif/BifFund.sol";
import {BifLedger} from "../../../contracts/bif/BifLedger.sol";
import {FlowPause} from "../../../contracts/governance/FlowPause.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {Fund} from "./support/Fund.sol";

contract BifFundTest is Fund {
    address private constant CAROL = address(0xCA401);
    uint256 private constant MEMBER_KEY = 7;

    function setUp() public {
        openFund();
        join(ALICE, 50 * BILLION);
        join(BOB, 30 * BILLION);
        join(CAROL, 20 * BILLION);
    }

    function test_OnlyTheMemberBindsItselfAndWithinItsLimit() public {
        VM.prank(ALICE);
        refuse(BifFund.FundAboveLimit.selector);
        bif.commit(1);
        VM.prank(MANAGER);
        refuse(BifFund.FundNotAMember.selector);
        bif.commit(1);
        assertEq(bif.totalCommitted(), bif.CAP());
    }

    /// @dev Named after the attack: two members promise the last won of the cap at once.
    function test_Attack_CommitmentAboveTheCapByTwoConcurrentCalls() public {
        VM.startPrank(MANAGER);
        bif.admit(member(1), BifFund.Class.PublicFinance, 10, DOC);
        VM.stopPrank();
        uint256 cap = bif.CAP();
        VM.prank(member(1));
        VM.expectRevert(abi.encodeWithSelector(BifFund.FundAboveLimit.selector, cap + 10, cap));
        bif.commit(10);
    }

    function test_ACallIsInProportionToTheWon() public {
        uint32 callId = callCapital(1_000_000_001);
        assertEq(bif.dueOf(callId, 1), 500_000_001);
        assertEq(bif.dueOf(callId, 2), 300_000_000);
        assertEq(bif.dueOf(callId, 3), 200_000_000);
        require(booked(BifEntries.RECEIVABLE, 1) == 500_000_001, "no receivable");
        require(booked(BifEntries.CAPITAL, 1) == -500_000_001, "no capital");
        assertEq(bif.callOf(callId).amount, 1_000_000_001);
    }

    /// @dev What rounding gave one member in a call counts in the next.
    function test_CallsOfOddAmountsEndExactlyAtTheCommitments() public {
        for (uint256 i = 0; i < 9; ++i) callCapital(11_111_111_111);
        callCapital(1);
        assertEq(memberOf(ALICE).called, 50 * BILLION);
        assertEq(memberOf(BOB).called, 30 * BILLION);
        assertEq(memberOf(CAROL).called, 20 * BILLION);
        VM.prank(MANAGER);
        VM.expectRevert(abi.encodeWithSelector(BifFund.FundAboveLimit.selector, 1, 0));
        bif.call(1, uint64(block.timestamp) + NOTICE, DOC);
    }

    function test_ACallNeedsNoticePurposeAmountAndTheManager() public {
        uint64 dueAt = uint64(block.timestamp) + NOTICE;
        VM.startPrank(MANAGER);
        VM.expectRevert(abi.encodeWithSelector(BifFund.FundTooEarly.selector, dueAt));
        bif.call(10, dueAt - 1, DOC);
        refuse(FlowPause.OrderMissing.selector);
        bif.call(10, dueAt, 0);
        refuse(BifFund.FundNothingThere.selector);
        bif.call(0, dueAt, DOC);
        VM.stopPrank();
        VM.prank(AUDITOR);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        bif.call(10, dueAt, DOC);
    }

    function test_AMemberPaysItsShareOnce() public {
        uint32 callId = callCapital(10 * BILLION);
        pay(callId, ALICE);
        assertEq(won.balanceOf(address(bif)), 5 * BILLION);
        requireBooked(BifEntries.CASH, int256(uint256(5 * BILLION)));
        require(booked(BifEntries.RECEIVABLE, 1) == 0, "still receivable");
        assertEq(memberOf(ALICE).capital, 5 * BILLION);
        VM.prank(ALICE);
        refuse(BifFund.FundNothingThere.selector);
        bif.pay(callId);
    }

    function test_AMemberPaysBySignatureThatNamesTheCall() public {
        address signer = VM.addr(MEMBER_KEY);
        VM.prank(MANAGER);
        bif.admit(CAROL, BifFund.Class.Private, 0, DOC);
        // Carol's place under the cap is taken by nobody: a new fund has room.
        openFund();
        join(signer, BILLION);
        uint32 callId = callCapital(BILLION);
        uint64 until = uint64(block.timestamp + 1 days);
        bytes memory signature = authorize(callId, BILLION, until, "salt");
        VM.prank(BOB);
        refuse(BifFund.FundNothingThere.selector);
        bif.payWithAuthorization(callId + 1, signer, until, "salt", signature);
        VM.prank(BOB);
        bif.payWithAuthorization(callId, signer, until, "salt", signature);
        assertEq(won.balanceOf(signer), 0);
        assertEq(memberOf(signer).capital, BILLION);
    }

    function test_ASignatureForOneCallPaysNoOther() public {
        openFund();
        address signer = VM.addr(MEMBER_KEY);
        join(signer, BILLION);
        (uint32 first, uint32 second) = (callCapital(BILLION / 2), callCapital(BILLION / 2));
        uint64 until = uint64(block.timestamp + 1 days);
        bytes memory signature = authorize(first, BILLION / 2, until, "salt");
        refuse(ERC3009.ERC3009InvalidSignature.selector);
        bif.payWithAuthorization(second, signer, until, "salt", signature);
        bif.payWithAuthorization(first, signer, until, "salt", signature);
    }

    function test_DefaultComesAfterGraceAndOnlyForWhatIsUnpaid() public {
        uint32 callId = callCapital(10 * BILLION);
        pay(callId, ALICE);
        uint64 earliest = uint64(block.timestamp) + NOTICE + GRACE;
        VM.warp(earliest - 1);
        VM.startPrank(MANAGER);
        VM.expectRevert(abi.encodeWithSelector(BifFund.FundTooEarly.selector, earliest));
        bif.markDefault(callId, BOB, ORDER);
        VM.warp(earliest);
        refuse(BifFund.FundNothingThere.selector);
        bif.markDefault(callId, ALICE, ORDER);
        refuse(FlowPause.OrderMissing.selector);
        bif.markDefault(callId, BOB, 0);
        bif.markDefault(callId, BOB, ORDER);
        refuse(BifFund.FundNothingThere.selector);
        bif.markDefault(callId, BOB, ORDER);
        VM.stopPrank();
    }

    function test_ADefaulterLosesTheDeclaredPartToTheOthers() public {
        payAll(callCapital(10 * BILLION));
        uint32 callId = callCapital(10 * BILLION);
        pay(callId, ALICE);
        default_(callId, BOB);
        BifFund.Member memory bob = memberOf(BOB);
        assertEq(bob.capital, 1_500_000_000);
        assertEq(bob.committed, 3 * BILLION);
        // Alice has ten and Carol two billion: 1.5 billion goes to them as 5 to 1.
        assertEq(memberOf(ALICE).capital, 10 * BILLION + 1_250_000_000);
        assertEq(memberOf(CAROL).capital, 2 * BILLION + 250_000_000);
        require(booked(BifEntries.RECEIVABLE, 2) == 0, "still receivable");
        require(booked(BifEntries.CAPITAL, 2) == -1_500_000_000, "other capital booked");
        assertEq(bif.totalCommitted(), 73 * BILLION);
        VM.prank(BOB);
        VM.expectRevert(abi.encodeWithSelector(BifFund.FundInDefault.selector, BOB));
        bif.commit(1);
    }

    function test_TheLastDefaulterKeepsWhatNobodyIsThereToGet() public {
        pay(callCapital(10 * BILLION), ALICE);
        uint32 second = callCapital(10 * BILLION);
        default_(second, BOB);
        default_(second, CAROL);
        default_(second, ALICE);
        assertEq(memberOf(ALICE).capital, 5 * BILLION);
        requireBooked(BifEntries.CAPITAL + 1, -5 * int256(uint256(BILLION)));
        assertEq(bif.totalCapital(), 5 * BILLION);
    }

    function test_NothingMoreIsCalledFromADefaulterAndItForfeitsOnce() public {
        (uint32 first, uint32 second) = (callCapital(10 * BILLION), callCapital(10 * BILLION));
        pay(first, ALICE);
        pay(second, ALICE);
        pay(first, CAROL);
        isNotInDefault(first, CAROL);
        default_(first, BOB);
        uint32 third = callCapital(6 * BILLION);
        assertEq(bif.dueOf(third, 2), 0);
        uint256 capital = memberOf(BOB).capital;
        default_(second, BOB);
        assertEq(memberOf(BOB).capital, capital);
        assertEq(memberOf(BOB).committed, 0);
    }

    function test_IncomeIsDistributedByCapital() public {
        payAll(callCapital(10 * BILLION));
        fund(address(bif), 1_001);
        VM.prank(MANAGER);
        bif.recordIncome(DOC);
        requireBooked(BifEntries.INCOME, -1_001);
        assign(1_001, false);
        assertEq(memberOf(ALICE).owed, 501);
        assertEq(memberOf(BOB).owed, 300);
        assertEq(memberOf(CAROL).owed, 200);
        uint256 before = won.balanceOf(ALICE);
        VM.prank(ALICE);
        bif.withdraw();
        assertEq(won.balanceOf(ALICE), before + 501);
        requireBooked(BifEntries.PAYABLE + 1, 0);
        VM.prank(ALICE);
        refuse(BifFund.FundNothingThere.selector);
        bif.withdraw();
    }

    function test_WhatIsGivenBackCanBeCalledAgain() public {
        payAll(callCapital(100 * BILLION));
        assign(10 * BILLION, true);
        assertEq(memberOf(ALICE).called, 45 * BILLION);
        assertEq(memberOf(ALICE).capital, 45 * BILLION);
        uint32 callId = callCapital(10 * BILLION);
        assertEq(bif.dueOf(callId, 1), 5 * BILLION);
    }

    function test_IncomeAndCapitalNeverMix() public {
        payAll(callCapital(10 * BILLION));
        fund(address(bif), 1_000);
        VM.startPrank(MANAGER);
        bif.recordIncome(DOC);
        VM.expectRevert(abi.encodeWithSelector(BifFund.FundAboveLimit.selector, 1_001, 1_000));
        bif.distribute(1_001, false, DOC);
        refuse(BifFund.FundAboveLimit.selector);
        bif.distribute(10 * BILLION + 1, true, DOC);
        refuse(BifFund.FundNothingThere.selector);
        bif.distribute(0, true, DOC);
        VM.stopPrank();
        VM.prank(GRANTS);
        refuse(BifFund.FundAboveLimit.selector);
        bif.reserveGrant(1, 10 * BILLION + 1, DOC);
    }

    /// @dev A stranger's transfer cannot make books and money differ for good.
    function test_ADonationIsBookedAsIncome() public {
        VM.prank(MANAGER);
        refuse(BifFund.FundNothingThere.selector);
        bif.recordIncome(DOC);
        VM.prank(ALICE);
        won.transfer(address(bif), 5);
        VM.prank(MANAGER);
        bif.recordIncome(DOC);
        assertEq(bif.freeIncome(), 5);
        requireBooked(BifEntries.CASH, 5);
    }

    function test_FeesKeepToWhatWasDeclared() public {
        payAll(callCapital(10 * BILLION));
        uint128 most = 200_000_000;
        VM.startPrank(MANAGER);
        refuse(BifFund.FundAboveLimit.selector);
        bif.payFee(MANAGER, most + 1, ORDER);
        bif.payFee(MANAGER, most, ORDER);
        refuse(BifFund.FundAboveLimit.selector);
        bif.payFee(MANAGER, 1, ORDER);
        VM.stopPrank();
        requireBooked(BifEntries.FEES, 200_000_000);
        assertEq(bif.freeCapital(), 10 * BILLION - most);
    }

    function test_GrantsAreSetAsidePaidAndReturned() public {
        payAll(callCapital(10 * BILLION));
        reserve(3, 600);
        requireBooked(BifEntries.GRANTS + 3, 600);
        requireBooked(BifEntries.GRANTS_PAYABLE + 3, -600);
        VM.startPrank(GRANTS);
        bif.payGrant(3, address(0x57A), 400, DOC);
        assertEq(won.balanceOf(address(0x57A)), 400);
        VM.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        bif.payGrant(3, address(0x57A), 201, DOC);
        VM.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        bif.returnGrant(3, 201, DOC);
        bif.returnGrant(3, 200, DOC);
        refuse(BifFund.FundAboveLimit.selector);
        bif.reserveGrant(100_000, 1, DOC);
        VM.stopPrank();
        requireBooked(BifEntries.GRANTS_PAYABLE + 3, 0);
        assertEq(bif.totalGrants(), 400);
        assertEq(bif.unreleasedOf(3), 0);
    }

    function test_AStopHoldsSpendingAndNotTheMembersMoney() public {
        payAll(callCapital(10 * BILLION));
        reserve(1, 100);
        assign(100, true);
        permit(address(bif), FlowPause.pause.selector, Roles.GUARDIAN, GUARDIAN);
        VM.prank(GUARDIAN);
        bif.pause(0, ORDER);
        VM.prank(GRANTS);
        refuse(FlowPause.FlowPaused.selector);
        bif.payGrant(1, BOB, 1, DOC);
        VM.prank(MANAGER);
        refuse(FlowPause.FlowPaused.selector);
        bif.payFee(BOB, 1, ORDER);
        VM.prank(ALICE);
        bif.withdraw();
    }

    /// @dev Without a journal there is no movement: the fund that may not post cannot act.
    function test_MoneyDoesNotMoveWithoutItsJournal() public {
        uint32 callId = callCapital(10 * BILLION);
        authority.revokeRole(Roles.LEDGER_POSTER, address(bif));
        VM.prank(ALICE);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        bif.pay(callId);
        assertEq(won.balanceOf(address(bif)), 0);
    }

    function test_TermsAndMembersHaveBounds() public {
        refuse(BifFund.FundInvalidTerms.selector);
        new BifFund(address(authority), won, ledger, BifFund.Terms(0, 0, 10_001, 0));
        refuse(BifFund.FundInvalidTerms.selector);
        new BifFund(address(authority), won, ledger, BifFund.Terms(0, 0, 0, 10_001));
        VM.startPrank(MANAGER);
        refuse(BifFund.FundNotAMember.selector);
        bif.admit(address(0), BifFund.Class.City, 1, DOC);
        for (uint256 i = 3; i < 64; ++i) bif.admit(member(i), BifFund.Class.City, 1, DOC);
        refuse(BifFund.FundAboveLimit.selector);
        bif.admit(member(64), BifFund.Class.City, 1, DOC);
        VM.stopPrank();
        assertEq(bif.memberCount(), 64);
    }

    function test_ACallOnSixtyFourMembersFitsIntoABlock() public {
        openFund();
        for (uint256 i = 0; i < 64; ++i) join(member(i), 1_000);
        uint256 gas = gasleft();
        uint32 callId = callCapital(63_999);
        require(gas - gasleft() < 15_000_000, "too much gas");
        assertEq(bif.dueOf(callId, 64), 999);
    }

    function payAll(uint32 callId) private {
        pay(callId, ALICE);
        pay(callId, BOB);
        pay(callId, CAROL);
    }

    function default_(uint32 callId, address account) private {
        VM.warp(block.timestamp + NOTICE + GRACE);
        VM.prank(MANAGER);
        bif.markDefault(callId, account, ORDER);
    }

    function isNotInDefault(uint32 callId, address account) private {
        VM.warp(block.timestamp + NOTICE + GRACE);
        VM.prank(MANAGER);
        refuse(BifFund.FundNothingThere.selector);
        bif.markDefault(callId, account, ORDER);
    }

    function authorize(
        uint32 callId,
        uint256 amount,
        uint64 until,
        bytes32 salt
    ) private view returns (bytes memory) {
        bytes32 kind = keccak256(
            // solhint-disable-next-line max-line-length
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        address from = VM.addr(MEMBER_KEY);
        bytes32 nonce = keccak256(abi.encode(callId, salt));
        bytes memory terms = abi.encode(kind, from, address(bif), amount, 0, until, nonce);
        return signed(MEMBER_KEY, typedHash(won.DOMAIN_SEPARATOR(), terms));
    }
}
