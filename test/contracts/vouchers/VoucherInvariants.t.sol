// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEligibility} from "../../../contracts/vouchers/IEligibility.sol";
import {IMerchantRegistry} from "../../../contracts/vouchers/IMerchantRegistry.sol";
import {IVoucherProgram} from "../../../contracts/vouchers/IVoucherProgram.sol";
import {KoreanTime} from "../../../contracts/vouchers/KoreanTime.sol";
import {TestCase} from "../support/TestCase.sol";
import {Vouchers} from "./support/Vouchers.sol";

/// @dev Three citizens, two shops, a cashback pool and two programmes, and a record of its own of
/// what was used, claimed and refunded. Money of the town itself is never short.
contract Town is Vouchers {
    uint256 private constant CITIZENS = 3;
    uint256 public constant PROGRAMMES = 4;

    /// @dev Violations of V1 to V7.
    uint256[8] public violations;
    uint256 public paidCount;
    uint256 public refundedCount;
    uint256 public cashbackTotal;
    uint256 public sweptCount;
    uint256 public cashedOutCount;
    uint256 public reversedCount;
    mapping(uint256 id => mapping(bytes32 window => uint256 used)) private _used;
    mapping(uint256 id => mapping(uint256 right => bool claimed)) private _claimed;
    mapping(uint256 id => uint256 sum) private _cashback;
    bytes32[] private _receiptIds;
    /// @dev Encoded: the compiler does not copy nested arrays to storage.
    bytes[] private _receipts;

    constructor() {
        openVouchers();
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.eligibility = IEligibility(address(0));
        policy.expiry = uint64(block.timestamp + 200 days);
        open(policy, 5_000);
        for (uint256 i = 0; i < 3; ++i) {
            policy = openPolicy();
            policy.start = uint64(block.timestamp + i);
            policy.expiry = uint64(block.timestamp + 40 days + 40 days * i);
            policy.graceSeconds = 5 days;
            policy.claimAmount = 1_000;
            policy.perPerson = 5_000;
            (policy.perTransaction, policy.perDay, policy.perMonth) = (2_000, 3_000, 7_000);
            if (i == 1) policy.zoneMask = 0;
            policy.cashOutAfterBps = i == 0 ? 6_000 : 0;
            policy.cashbackBps = [uint16(700), 500, 0];
            policy.cashbackPerMonth = 300;
            policy.cashbackProgramme = 1;
            open(policy, 12_000);
        }
        fund(SHOP_OWNER, 1e9);
        fund(NEW_OWNER, 1e9);
        for (uint256 i = 1; i <= CITIZENS; ++i) fund(VM.addr(i), 1e9);
        allowAll();
    }

    function take(uint256 id, uint256 who, uint256 right) external {
        (id, who, right) = (anyProgramme(id), anyKey(who), right % 12);
        try vouchers.claim(id, VM.addr(who), proofOf(id, VM.addr(who), right)) {
            if (_claimed[id][right] || id == 1) ++violations[7];
            _claimed[id][right] = true;
            IVoucherProgram.Holding memory holding = vouchers.holdingOf(id, VM.addr(who));
            if (holding.claimed > 5_000) ++violations[7];
        } catch {}
    }

    function putIn(uint256 id, uint256 who, uint256 amount) external {
        VM.prank(VM.addr(anyKey(who)));
        try vouchers.topUp(anyProgramme(id), uint80(bound(amount, 1, 3_000))) {} catch {}
    }

    /// @dev Pays exactly what was quoted, or not at all.
    function buy(uint256 who, bool isNew, uint256 amount, uint256 first, uint256 second) external {
        uint256 key = anyKey(who);
        uint256[] memory ids = two(anyProgramme(first), anyProgramme(second));
        if (ids[0] == ids[1]) ids = one(ids[0]);
        IVoucherProgram.Payment memory payment = newPayment(
            key,
            isNew ? NEW_SHOP : SHOP,
            uint80(bound(amount, 1, 6_000)),
            ids
        );
        payment.nonce = vouchers.nonces(payment.payer, 0);
        uint256[3] memory before = moneyOf(payment);
        IVoucherProgram.Receipt memory receipt = expected(payment);
        bytes memory signature = signPayment(key, payment);
        try vouchers.pay(payment, signature) returns (bytes32 receiptId) {
            ++paidCount;
            checkPayment(payment, receipt, before);
            record(receipt, true, receipt);
            _receiptIds.push(receiptId);
            _receipts.push(abi.encode(receipt));
        } catch {}
    }

    function giveBack(uint256 which, uint256 amount) external {
        if (_receipts.length == 0) return;
        which %= _receipts.length;
        IVoucherProgram.Receipt memory receipt = receiptAt(which);
        amount = bound(amount, 1, uint256(receipt.amount) + 10);
        VM.prank(receipt.merchant == SHOP ? SHOP_OWNER : NEW_OWNER);
        try vouchers.refund(_receiptIds[which], receipt, uint80(amount)) {
            ++refundedCount;
            if (amount > receipt.amount) {
                ++violations[6];
                return;
            }
            settleUndone(which, uint80(amount));
        } catch {}
    }

    function payOut(uint256 which) external {
        if (_receipts.length == 0) return;
        which %= _receipts.length;
        uint256 before = won.balanceOf(NEW_OWNER);
        IVoucherProgram.Receipt memory receipt = receiptAt(which);
        try vouchers.collect(_receiptIds[which], receipt) {
            uint256 fee = (uint256(receipt.amount) * FEE_BPS) / 10_000;
            if (won.balanceOf(NEW_OWNER) - before != receipt.amount - fee) ++violations[5];
            receipt.heldUntil = 0;
            _receipts[which] = abi.encode(receipt);
        } catch {}
    }

    /// @dev Suspends, takes back what waits, and reinstates.
    function takeBack(uint256 which) external {
        if (_receipts.length == 0) return;
        which %= _receipts.length;
        VM.startPrank(OFFICER);
        merchants.setStatus(NEW_SHOP, IMerchantRegistry.Status.Suspended, ORDER);
        try vouchers.reverse(_receiptIds[which], receiptAt(which), ORDER) {
            ++reversedCount;
            settleUndone(which, receiptAt(which).amount);
        } catch {}
        merchants.setStatus(NEW_SHOP, IMerchantRegistry.Status.Active, ORDER);
        VM.stopPrank();
    }

    /// @dev The own part comes out whatever has happened.
    function takeOut(uint256 id, uint256 who) external {
        id = anyProgramme(id);
        address account = VM.addr(anyKey(who));
        IVoucherProgram.Holding memory holding = vouchers.holdingOf(id, account);
        uint256 before = won.balanceOf(account);
        VM.prank(account);
        try vouchers.cashOut(id) {
            uint256 got = won.balanceOf(account) - before;
            (IVoucherProgram.Policy memory policy, ) = vouchers.programmeOf(id);
            uint256 stayed = holding.received - holding.own;
            bool isDue =
                policy.cashOutAfterBps > 0 &&
                    block.timestamp < policy.expiry &&
                    holding.spent * uint256(10_000) >= stayed * policy.cashOutAfterBps;
            if (got != holding.own + (isDue ? holding.city : 0)) ++violations[4];
            if (got > 0) ++cashedOutCount;
        } catch {
            ++violations[4];
        }
    }

    function sweep(uint256 id) external {
        id = anyProgramme(id);
        (IVoucherProgram.Policy memory policy, ) = vouchers.programmeOf(id);
        IVoucherProgram.Totals memory before = vouchers.totalsOf(id);
        uint256 treasury = won.balanceOf(TREASURY);
        try vouchers.sweep(id) {
            ++sweptCount;
            if (block.timestamp < policy.expiry + policy.graceSeconds) ++violations[4];
            uint256 got = won.balanceOf(TREASURY) - treasury;
            if (got != before.unclaimed + before.heldCity) ++violations[4];
            if (vouchers.totalsOf(id).heldOwn != before.heldOwn) ++violations[4];
        } catch {}
    }

    function extend(uint256 id, uint256 duration) external {
        id = anyProgramme(id);
        (IVoucherProgram.Policy memory policy, ) = vouchers.programmeOf(id);
        uint64 expiry = policy.expiry + uint64(bound(duration, 0, 3 days)) - 1 days;
        VM.prank(OFFICER);
        try vouchers.extend(id, expiry, ORDER) {
            if (expiry <= policy.expiry) ++violations[3];
        } catch {}
    }

    function wait(uint256 duration) external {
        VM.warp(block.timestamp + bound(duration, 1, 3 days));
    }

    /// @dev V1: what is here is what is owed, to the won.
    function owes() external view returns (uint256 sum, uint256 held) {
        for (uint256 id = 1; id <= PROGRAMMES; ++id) {
            IVoucherProgram.Totals memory totals = vouchers.totalsOf(id);
            sum += totals.unclaimed;
            for (uint256 key = 1; key <= CITIZENS; ++key) {
                IVoucherProgram.Holding memory holding = vouchers.holdingOf(id, VM.addr(key));
                sum += holding.city + holding.own;
            }
        }
        for (uint256 i = 0; i < _receipts.length; ++i) {
            IVoucherProgram.Receipt memory receipt = receiptAt(i);
            if (receipt.heldUntil > 0) sum += receipt.amount;
        }
        return (sum, won.balanceOf(address(vouchers)));
    }

    /// @dev V2 for all programmes: the city's money is somewhere, once.
    function isCityMoneyAccountedFor() external view returns (bool) {
        for (uint256 id = 1; id <= PROGRAMMES; ++id) {
            IVoucherProgram.Totals memory totals = vouchers.totalsOf(id);
            uint256 placed = uint256(totals.unclaimed) + totals.heldCity + totals.spent;
            placed += uint256(totals.cashedOut) + totals.swept;
            if (uint256(totals.budget) + totals.recovered != placed) return false;
        }
        return true;
    }

    function allowAll() private {
        address[5] memory all = [SHOP_OWNER, NEW_OWNER, VM.addr(1), VM.addr(2), VM.addr(3)];
        for (uint256 i = 0; i < 5; ++i) {
            VM.prank(all[i]);
            won.approve(address(vouchers), type(uint256).max);
        }
    }

    function moneyOf(
        IVoucherProgram.Payment memory payment
    ) private view returns (uint256[3] memory) {
        address owner = payment.merchant == SHOP ? SHOP_OWNER : NEW_OWNER;
        return [won.balanceOf(payment.payer), won.balanceOf(owner), won.balanceOf(TREASURY)];
    }

    /// @dev V3 of where and when, and V5.
    function checkPayment(
        IVoucherProgram.Payment memory payment,
        IVoucherProgram.Receipt memory receipt,
        uint256[3] memory before
    ) private {
        uint256[3] memory afterwards = moneyOf(payment);
        uint256 fee = receipt.heldUntil > 0 ? 0 : (uint256(payment.amount) * FEE_BPS) / 10_000;
        uint256 price = receipt.heldUntil > 0 ? 0 : payment.amount;
        if (before[0] - afterwards[0] != receipt.rest) ++violations[5];
        if (afterwards[1] - before[1] != price - fee) ++violations[5];
        if (afterwards[2] - before[2] != fee) ++violations[5];
        uint256 sum = receipt.rest;
        uint64 last = 0;
        for (uint256 i = 0; i < receipt.parts.length; ++i) {
            IVoucherProgram.Part memory part = receipt.parts[i];
            (IVoucherProgram.Policy memory policy, ) = vouchers.programmeOf(part.id);
            uint256 used = part.city + part.own;
            sum += used;
            bool isLate = block.timestamp >= policy.expiry || block.timestamp < policy.start;
            if (used > 0 && (isLate || policy.zoneMask == 0)) ++violations[3];
            if (used > policy.perTransaction || policy.expiry < last) ++violations[3];
            last = policy.expiry;
            cashbackTotal += part.cashback;
        }
        if (sum != payment.amount) ++violations[5];
    }

    function settleUndone(uint256 which, uint80 amount) private {
        IVoucherProgram.Receipt memory current = undone(receiptAt(which), amount);
        record(receiptAt(which), false, current);
        _receipts[which] = abi.encode(current);
    }

    /// @dev Own sums of use for each day and month, and of cashback; against the caps.
    function record(
        IVoucherProgram.Receipt memory receipt,
        bool isPayment,
        IVoucherProgram.Receipt memory current
    ) private {
        for (uint256 i = 0; i < receipt.parts.length; ++i) {
            IVoucherProgram.Part memory part = receipt.parts[i];
            uint256 id = part.id;
            bytes32 day = windowOf(receipt, KoreanTime.dayOf(receipt.paidAt), 0);
            bytes32 month = windowOf(receipt, KoreanTime.monthOf(receipt.paidAt), 1);
            if (isPayment) {
                _used[id][day] += part.city + part.own;
                _used[id][month] += part.city + part.own;
                _cashback[id] += part.cashback;
            } else {
                IVoucherProgram.Part memory left = current.parts[i];
                uint256 back = part.city + part.own - left.city - left.own;
                _used[id][day] -= back;
                _used[id][month] -= back;
                _cashback[id] -= part.cashback - left.cashback;
            }
            if (id == 1) continue;
            if (_used[id][day] > 3_000 || _used[id][month] > 7_000) ++violations[3];
        }
        uint256 given = _cashback[2] + _cashback[3] + _cashback[4];
        if (given > 5_000 + vouchers.totalsOf(1).recovered) ++violations[6];
    }

    function receiptAt(
        uint256 index
    ) private view returns (IVoucherProgram.Receipt memory receipt) {
        return abi.decode(_receipts[index], (IVoucherProgram.Receipt));
    }

    function windowOf(
        IVoucherProgram.Receipt memory receipt,
        uint256 number,
        uint256 kind
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(receipt.payer, number, kind));
    }

    function anyProgramme(uint256 seed) private pure returns (uint256) {
        return 1 + (seed % PROGRAMMES);
    }

    function anyKey(uint256 seed) private pure returns (uint256) {
        return 1 + (seed % CITIZENS);
    }
}

contract VoucherInvariantsTest is TestCase {
    Town private town;

    function setUp() public {
        town = new Town();
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(town);
    }

    function invariant_V1_TheContractHoldsWhatItOwes() public view {
        (uint256 owed, uint256 held) = town.owes();
        assertEq(held, owed);
    }

    function invariant_V2_EveryWonOfTheCityIsInOnePlace() public view {
        require(town.isCityMoneyAccountedFor(), "V2");
    }

    function invariant_V3_NoUseBeyondTimePlaceAndCaps() public view {
        assertEq(town.violations(3), 0);
    }

    function invariant_V4_OwnMoneyComesOutAndSweepsTakeTheCitysAlone() public view {
        assertEq(town.violations(4), 0);
    }

    function invariant_V5_PayersAndMerchantsGetWhatWasQuoted() public view {
        assertEq(town.violations(5), 0);
    }

    function invariant_V6_RefundsAndCashbackStayWithinWhatWasPaid() public view {
        assertEq(town.violations(6), 0);
    }

    function invariant_V7_ARightIsClaimedOnce() public view {
        assertEq(town.violations(7), 0);
    }

    /// @dev The actions reach what the invariants speak of. Few rounds: the trace of a failure grows
    /// with what ran before it.
    function test_TheModelPaysRefundsAndSweeps() public {
        for (uint256 i = 0; i < 100; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            town.take(seed, seed >> 8, seed >> 16);
            town.putIn(seed >> 24, seed >> 32, seed >> 40);
            town.buy(seed >> 48, seed & 1 == 1, seed >> 56, seed >> 64, seed >> 72);
            town.giveBack(seed >> 80, seed >> 88);
            if (i % 3 == 0) town.payOut(seed >> 96);
            if (i % 5 == 0) town.takeBack(seed >> 104);
            if (i % 8 == 0) town.takeOut(seed >> 112, seed >> 120);
            if (i % 9 == 0) town.extend(seed >> 128, seed >> 136);
            if (i > 40) town.sweep(seed >> 128);
            if (i % 2 == 0) town.wait((seed >> 144) % 14 hours);
            if (i > 40) town.wait(seed >> 144);
            for (uint256 id = 3; id <= 7; ++id) assertEq(town.violations(id), 0);
        }
        invariant_V1_TheContractHoldsWhatItOwes();
        invariant_V2_EveryWonOfTheCityIsInOnePlace();
        require(town.paidCount() > 20 && town.refundedCount() > 10, "few payments and refunds");
        require(town.cashbackTotal() > 100 && town.sweptCount() > 1, "few cashbacks and sweeps");
        require(town.cashedOutCount() > 3 && town.reversedCount() > 3, "few cash-outs");
    }
}
