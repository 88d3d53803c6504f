// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BifEntries, Line} from "../../../contracts/bif/BifEntries.sol";
import {BifFund} from "../../../contracts/bif/BifFund.sol";
import {BifLedger} from "../../../contracts/bif/BifLedger.sol";
import {Fund} from "./support/Fund.sol";

/// @dev The cheat codes for recorded events.
interface Recorder {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory logs);
}

/// @dev A fund of six members in which anything is tried, and books recomputed from its events.
contract Books is Fund {
    uint256 private constant MEMBERS = 6;
    Recorder private constant RECORDER = Recorder(address(VM));

    /// @dev Violations of L1, L2, F1 and F3, in this order.
    uint256[4] public violations;
    uint256 public journals;
    uint256 public defaults;
    uint256 public donated;
    mapping(uint32 account => int256 balance) public replayed;
    mapping(uint32 account => bool isKnown) private _isKnown;
    uint32[] private _accounts;
    bytes32 private _chainHash;
    uint32 private _lastClosed;
    uint64 private _adjusted;
    uint256 private _wasReleased;

    /// @dev After each act: what it told is replayed.
    modifier replays() {
        RECORDER.recordLogs();
        _;
        replay(RECORDER.getRecordedLogs());
    }

    constructor() {
        openFund();
        for (uint256 i = 0; i < MEMBERS; ++i) join(member(i), uint128(10_000 + 3_333 * i));
        _lastClosed = ledger.closedThrough();
    }

    function call(uint128 amount) external replays {
        amount = uint128(bound(amount, 1, 30_000));
        uint256 before = due();
        VM.prank(MANAGER);
        try bif.call(amount, uint64(block.timestamp) + NOTICE, DOC) {
            if (due() != before + amount) ++violations[2];
        } catch {}
    }

    function pay(uint256 callId, uint256 who) external replays {
        uint256 calls = bif.callCount();
        if (calls == 0) return;
        VM.prank(account(who));
        try bif.pay(uint32(bound(callId, 1, calls))) {} catch {}
    }

    function declareDefault(uint256 callId, uint256 who) external replays {
        uint256 calls = bif.callCount();
        if (calls == 0) return;
        VM.prank(MANAGER);
        try bif.markDefault(uint32(bound(callId, 1, calls)), account(who), ORDER) {
            ++defaults;
        } catch {}
    }

    function distribute(uint128 amount, bool isRecallable) external replays {
        uint256 before = owed();
        amount = uint128(bound(amount, 0, 5_000));
        VM.prank(MANAGER);
        try bif.distribute(amount, isRecallable, DOC) {
            if (owed() != before + amount) ++violations[2];
        } catch {}
    }

    function withdraw(uint256 who) external replays {
        VM.prank(account(who));
        try bif.withdraw() {} catch {}
    }

    function donate(uint256 amount, bool isBooked) external replays {
        amount = bound(amount, 0, 2_000);
        fund(address(bif), amount);
        donated += amount;
        if (!isBooked) return;
        VM.prank(MANAGER);
        try bif.recordIncome(DOC) {
            donated = 0;
        } catch {}
    }

    function payFee(uint128 amount) external replays {
        VM.prank(MANAGER);
        try bif.payFee(MANAGER, uint128(bound(amount, 0, 500)), ORDER) {} catch {}
    }

    function reserve(uint256 grant, uint128 amount) external replays {
        VM.prank(GRANTS);
        uint32 number = uint32(bound(grant, 1, 3));
        try bif.reserveGrant(number, uint128(bound(amount, 1, 8_000)), DOC) {} catch {}
    }

    function release(uint256 grant, uint128 amount, bool isPaid) external replays {
        uint32 number = uint32(bound(grant, 1, 3));
        amount = uint128(bound(amount, 1, 6_000));
        VM.prank(GRANTS);
        if (isPaid) try bif.payGrant(number, BOB, amount, DOC) {} catch {}
        else try bif.returnGrant(number, amount, DOC) {} catch {}
    }

    function adjust(uint32 back, uint128 amount, bool isReversal) external replays {
        BifLedger.Adjustment memory change;
        change.month = uint32(ledger.currentMonth() - bound(back, 0, 2));
        change.docHash = DOC;
        (uint32 debit, uint32 credit) = (BifEntries.INCOME, 4200_00000);
        change.lines = linesOf(debit, credit, bound(amount, 1, 3));
        if (isReversal && _adjusted > 0) {
            change.reverses = _adjusted;
            change.lines[0].amount *= -1;
            change.lines[1].amount *= -1;
        }
        bool isOpen = change.month > _lastClosed;
        VM.prank(MANAGER);
        ledger.proposeAdjustment(change);
        VM.prank(AUDITOR);
        try ledger.approveAdjustment(change) returns (uint64 journal) {
            if (!isOpen) ++violations[1];
            if (change.reverses == 0) _adjusted = journal;
            else _adjusted = 0;
        } catch {}
    }

    function close(uint256 back) external replays {
        uint32 month = uint32(ledger.currentMonth() - bound(back, 0, 2));
        VM.prank(MANAGER);
        ledger.proposeClose(month, DOC);
        VM.prank(AUDITOR);
        try ledger.closeMonth(month, DOC) {
            if (month >= ledger.currentMonth() || month <= _lastClosed) ++violations[1];
            _lastClosed = month;
        } catch {}
    }

    function wait(uint256 duration) external {
        VM.warp(block.timestamp + bound(duration, 1, 40 days));
    }

    /// @dev L1: all accounts that events named sum to zero, and are what the ledger says.
    function areBooksBalanced() external view returns (bool) {
        int256 sum;
        for (uint256 i = 0; i < _accounts.length; ++i) {
            int256 balance = replayed[_accounts[i]];
            if (balance != ledger.balanceOf(_accounts[i])) return false;
            sum += balance;
        }
        return sum == 0;
    }

    /// @dev L2: the chain of hashes is recomputed from events.
    function isChained() external view returns (bool) {
        return ledger.chainHash() == _chainHash && ledger.journalCount() == journals;
    }

    /// @dev F1: what is promised, called, and there.
    function areFundsRight() external view returns (bool) {
        uint256 committed;
        uint256 capital;
        for (uint32 i = 1; i <= MEMBERS; ++i) {
            BifFund.Member memory one = bif.memberAt(i);
            committed += one.committed;
            capital += one.capital;
            if (one.called > one.committed) return false;
            int256 paidIn = -booked(BifEntries.CAPITAL, i) - booked(BifEntries.RECEIVABLE, i);
            if (paidIn != int256(uint256(one.capital))) return false;
            if (booked(BifEntries.PAYABLE, i) != -int256(uint256(one.owed))) return false;
        }
        bool isWithin = committed == bif.totalCommitted() && committed <= bif.CAP();
        uint256 cash = uint256(ledger.balanceOf(BifEntries.CASH));
        bool isThere = won.balanceOf(address(bif)) == cash + donated;
        return isWithin && isThere && capital == bif.totalCapital() && cash == accountedFor();
    }

    /// @dev F3: paid ≤ approved ≤ called − fees.
    function areGrantsRight() external view returns (bool) {
        uint256 approved = bif.totalGrants();
        uint256 released = approved - unreleased();
        int256 expenses;
        for (uint32 i = 1; i <= 3; ++i) {
            expenses += booked(BifEntries.GRANTS, i);
            int256 open = -booked(BifEntries.GRANTS_PAYABLE, i);
            if (open != int256(uint256(bif.unreleasedOf(i)))) return false;
        }
        bool isWithin = approved + bif.totalFees() <= bif.totalCapital();
        return isWithin && released <= approved && won.balanceOf(BOB) == released &&
            expenses == int256(approved);
    }

    function replay(Recorder.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            bool isPosted = logs[i].topics[0] == BifLedger.Posted.selector;
            if (isPosted && logs[i].emitter == address(ledger)) replayPosted(logs[i]);
        }
    }

    function replayPosted(Recorder.Log memory log) private {
        (bytes32 hash, Line[] memory lines, bytes32 docHash, bytes32 ref) = abi.decode(
            log.data,
            (bytes32, Line[], bytes32, bytes32)
        );
        uint32 month = uint32(uint256(log.topics[3]));
        ++journals;
        if (uint256(log.topics[1]) != journals) ++violations[1];
        if (month <= _lastClosed || month > ledger.currentMonth()) ++violations[1];
        bytes32 kind = log.topics[2];
        _chainHash = keccak256(
            abi.encode(_chainHash, uint64(journals), kind, month, lines, docHash, ref)
        );
        if (hash != _chainHash) ++violations[1];
        int256 sum;
        for (uint256 i = 0; i < lines.length; ++i) {
            sum += lines[i].amount;
            replayed[lines[i].account] += lines[i].amount;
            if (!_isKnown[lines[i].account]) _accounts.push(lines[i].account);
            _isKnown[lines[i].account] = true;
        }
        if (sum != 0) ++violations[0];
    }

    /// @dev Every won in the fund is one of four things.
    function accountedFor() private view returns (uint256) {
        return bif.freeCapital() + unreleased() + bif.freeIncome() + owed();
    }

    function unreleased() private view returns (uint256 sum) {
        for (uint32 i = 1; i <= 3; ++i) sum += bif.unreleasedOf(i);
    }

    function owed() private view returns (uint256 sum) {
        for (uint32 i = 1; i <= MEMBERS; ++i) sum += bif.memberAt(i).owed;
    }

    function due() private view returns (uint256 sum) {
        uint32 calls = bif.callCount();
        for (uint32 callId = 1; callId <= calls; ++callId) {
            for (uint32 i = 1; i <= MEMBERS; ++i) sum += bif.dueOf(callId, i);
        }
    }

    function account(uint256 who) private pure returns (address) {
        return member(who % MEMBERS);
    }
}

contract BifInvariantsTest is Fund {
    Books private books;

    function setUp() public {
        books = new Books();
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(books);
    }

    function invariant_L1_JournalsSumToZeroAndBalancesAreTheirReplay() public view {
        require(books.areBooksBalanced(), "L1: the books differ from their events");
        assertEq(books.violations(0), 0);
    }

    function invariant_L2_TheChainOfHashesRecomputesAndClosedMonthsStay() public view {
        require(books.isChained(), "L2: another chain of hashes");
        assertEq(books.violations(1), 0);
    }

    function invariant_F1_CommitmentsCallsAndCashAreExact() public view {
        require(books.areFundsRight(), "F1: members, books and money differ");
        assertEq(books.violations(2), 0);
    }

    function invariant_F3_ReleasedIsWithinApprovedWithinCalledLessFees() public view {
        require(books.areGrantsRight(), "F3: grants exceed what they may");
    }

    /// @dev The actions reach what the invariants speak of. Each round is judged at once: the trace
    /// of a failure grows with what ran before it.
    function test_TheModelCallsDefaultsAndDistributes() public {
        for (uint256 i = 0; i < 100; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            books.call(uint128((seed >> 8) % 2_000));
            books.pay(seed >> 16, seed >> 24);
            books.pay(seed >> 32, seed >> 40);
            if (i > 30) books.declareDefault(seed >> 48, seed % 3);
            books.donate(seed >> 56, seed & 1 == 1);
            books.distribute(uint128(seed >> 64) % 400, seed & 2 == 2);
            books.withdraw(seed >> 72);
            books.payFee(uint128(seed >> 80) % 20);
            books.reserve(seed >> 88, uint128(seed >> 96) % 500);
            books.release(seed >> 104, uint128(seed >> 112) % 500, seed & 4 == 4);
            books.adjust(uint32(seed >> 120), uint128(seed >> 128), seed & 8 == 8);
            books.close(seed >> 136);
            books.wait(seed % 8 days);
            require(books.areBooksBalanced() && books.isChained(), "L");
            require(books.areFundsRight() && books.areGrantsRight(), "F");
            for (uint256 j = 0; j < 4; ++j) assertEq(books.violations(j), 0);
        }
        require(books.defaults() > 1 && books.journals() > 150, "few actions succeed");
    }
}
