// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {FlowPause} from "../../../contracts/governance/FlowPause.sol";
import {IEligibility} from "../../../contracts/vouchers/IEligibility.sol";
import {IMerchantRegistry} from "../../../contracts/vouchers/IMerchantRegistry.sol";
import {IVoucherHook} from "../../../contracts/vouchers/IVoucherHook.sol";
import {IVoucherProgram} from "../../../contracts/vouchers/IVoucherProgram.sol";
import {Vouchers} from "./support/Vouchers.sol";

/// @dev Burns all the gas it gets, or refuses, or allows.
contract Hook is IVoucherHook {
    uint256 public mode;

    function set(uint256 value) external {
        mode = value;
    }

    function allows(uint256, address, bytes32, uint256) external view returns (bool) {
        if (mode == 2) while (true) {}
        if (mode == 3) revert("broken");
        // Asks for nearly all that it is promised, and says no rather than run out.
        if (mode == 4) return gasleft() > 97_000;
        return mode == 1;
    }
}

/// @dev A payer's contract that tries to pay again while its signature is asked for.
contract ReentrantWallet is IERC1271 {
    IVoucherProgram private immutable VOUCHERS;
    bool private immutable TRIES;

    constructor(IVoucherProgram vouchers, bool tries) {
        VOUCHERS = vouchers;
        TRIES = tries;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (TRIES) {
            bytes memory again = abi.encodeCall(IVoucherProgram.cashOut, (1));
            (bool isDone, ) = address(VOUCHERS).staticcall(again);
            require(!isDone, "re-entered");
        }
        return IERC1271.isValidSignature.selector;
    }
}

/// @dev Proves nothing to anyone.
contract NoRights is IEligibility {
    function nullifierOf(bytes32, address, bytes calldata) external pure returns (bytes32) {
        return 0;
    }
}

contract VoucherProgramTest is Vouchers {
    uint256 private constant KEY = 7;
    bytes32 private constant CASH_OUT_TYPEHASH = keccak256(
        "CashOut(uint256 id,address account,uint64 validBefore,uint256 nonce)"
    );
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    address private payer;
    uint256 private id;

    function setUp() public {
        openVouchers();
        payer = VM.addr(KEY);
        id = open();
    }

    function test_WhoProposesDoesNotApprove() public {
        authority.setTargetFunctionRole(address(vouchers), selectorsOf(), 99);
        authority.grantRole(99, ALICE, 0);
        VM.startPrank(ALICE);
        uint256 mine = vouchers.propose(openPolicy(), BUDGET, ORDER);
        VM.expectRevert(abi.encodeWithSelector(IVoucherProgram.VoucherMakerChecks.selector, ALICE));
        vouchers.approve(mine);
        VM.stopPrank();
    }

    function test_OpeningTakesTheBudgetOnce() public {
        assertEq(won.balanceOf(address(vouchers)), BUDGET);
        refuse(IVoucherProgram.VoucherWrongState.selector);
        VM.prank(CHECKER);
        vouchers.approve(id);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        VM.prank(MAKER);
        vouchers.approve(id);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        VM.prank(CHECKER);
        vouchers.propose(openPolicy(), 1, ORDER);
    }

    function test_APolicyThatContradictsItselfIsRefused() public {
        for (uint256 i = 0; i < 6; ++i) {
            IVoucherProgram.Policy memory policy = openPolicy();
            if (i == 0) policy.expiry = policy.start;
            if (i == 1) policy.claimAmount = 0;
            if (i == 2) policy.perPerson = policy.claimAmount - 1;
            if (i == 3) policy.cashOutAfterBps = 10_001;
            if (i == 4) policy.cashbackBps[2] = 10_001;
            if (i == 5) policy.cashbackProgramme = id + 1;
            refuse(IVoucherProgram.VoucherInvalidPolicy.selector);
            VM.prank(MAKER);
            vouchers.propose(policy, 1, ORDER);
        }
        refuse(FlowPause.OrderMissing.selector);
        VM.prank(MAKER);
        vouchers.propose(openPolicy(), 1, 0);
    }

    function test_AProgrammeThatHasExpiredIsNotOpened() public {
        VM.prank(MAKER);
        uint256 late = vouchers.propose(openPolicy(), 1, ORDER);
        VM.warp(block.timestamp + 100 days);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        VM.prank(CHECKER);
        vouchers.approve(late);
    }

    function test_ClaimsEndWithTheBudgetThePersonsLimitAndTheTime() public {
        for (uint256 i = 0; i < 3; ++i) claim(id, payer, i);
        bytes memory proof = proofOf(id, payer, 3);
        refuse(IVoucherProgram.VoucherNothingToClaim.selector);
        vouchers.claim(id, payer, proof);
        uint256 small = open(openPolicy(), 19_999);
        claim(small, payer, 0);
        proof = proofOf(small, payer, 1);
        VM.expectRevert(
            abi.encodeWithSelector(IVoucherProgram.VoucherNothingToClaim.selector, small, 9_999)
        );
        vouchers.claim(small, payer, proof);
        VM.warp(block.timestamp + 100 days);
        proof = proofOf(id, ALICE, 9);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.claim(id, ALICE, proof);
    }

    function test_NobodyClaimsWhereNoEligibilityIsSet() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.eligibility = IEligibility(address(0));
        uint256 pool = open(policy, BUDGET);
        refuse(IVoucherProgram.VoucherNothingToClaim.selector);
        vouchers.claim(pool, payer, "");
    }

    function test_Attack_NullifierReplay() public {
        claim(id, payer, 1);
        bytes memory proof = proofOf(id, ALICE, 1);
        refuse(IVoucherProgram.VoucherAlreadyClaimed.selector);
        vouchers.claim(id, ALICE, proof);
    }

    /// @dev The scope names chain, contract and programme.
    function test_Attack_ProofOfAnotherProgrammeOrChain() public {
        uint256 other = open();
        bytes memory proof = proofOf(id, payer, 1);
        VM.expectRevert(abi.encodeWithSignature("Error(string)", "another's right"));
        vouchers.claim(other, payer, proof);
        bytes32 scope = keccak256(abi.encode(block.chainid, address(vouchers), id));
        require(vouchers.scopeOf(id) == scope, "scope");
    }

    function test_CityMoneyGoesFirstAndTheMerchantGetsThePriceLessTheFee() public {
        claim(id, payer, 1);
        topUp(id, payer, 4_000);
        (, IVoucherProgram.Receipt memory receipt) = pay(KEY, SHOP, 12_345, one(id));
        assertEq(receipt.parts[0].city, 10_000);
        assertEq(receipt.parts[0].own, 2_345);
        uint256 fee = (uint256(12_345) * FEE_BPS) / 10_000;
        assertEq(won.balanceOf(SHOP_OWNER), 12_345 - fee);
        IVoucherProgram.Holding memory holding = vouchers.holdingOf(id, payer);
        assertEq(holding.city, 0);
        assertEq(holding.own, 4_000 - 2_345);
    }

    function test_TheEarliestExpiryGoesFirstInWhateverOrderTheyAreNamed() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.expiry -= 1;
        uint256 earlier = open(policy, BUDGET);
        claim(id, payer, 1);
        claim(earlier, payer, 1);
        (, IVoucherProgram.Receipt memory receipt) = pay(KEY, SHOP, 15_000, two(id, earlier));
        assertEq(receipt.parts[0].id, earlier);
        assertEq(receipt.parts[0].city, 10_000);
        assertEq(receipt.parts[1].city, 5_000);
    }

    function test_TheRestComesFromDepositTokensUpToWhatWasSigned() public {
        claim(id, payer, 1);
        fund(payer, 5_000);
        VM.prank(payer);
        won.approve(address(vouchers), 5_000);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 12_000, one(id));
        payment.maxRest = 1_999;
        bytes memory signature = signPayment(KEY, payment);
        VM.expectRevert(
            abi.encodeWithSelector(IVoucherProgram.VoucherRestTooHigh.selector, 2_000, 1_999)
        );
        vouchers.pay(payment, signature);
        payment.maxRest = 2_000;
        vouchers.pay(payment, signPayment(KEY, payment));
        assertEq(won.balanceOf(payer), 3_000);
    }

    function test_MasksTimeAndStateRefuseWithTheirReason() public {
        for (uint256 i = 0; i < 6; ++i) {
            IVoucherProgram.Policy memory policy = openPolicy();
            if (i == 0) policy.categoryMask = ~policy.categoryMask;
            if (i == 1) policy.zoneMask = ~policy.zoneMask;
            if (i == 2) policy.tierMask = 6;
            uint256 other = open(policy, BUDGET);
            claim(other, payer, i);
            if (i == 3) VM.warp(policy.expiry);
            uint256[] memory ids = one(i == 4 ? 999 : other);
            IVoucherProgram.Quote memory plan = vouchers.quote(payer, SHOP, 100, ids);
            IVoucherProgram.Refusal[6] memory reasons = [
                IVoucherProgram.Refusal.Category,
                IVoucherProgram.Refusal.Zone,
                IVoucherProgram.Refusal.Tier,
                IVoucherProgram.Refusal.Expired,
                IVoucherProgram.Refusal.NotOpen,
                IVoucherProgram.Refusal.None
            ];
            assertEq(uint256(plan.refusals[0]), uint256(reasons[i]));
            assertEq(plan.rest, i == 5 ? 0 : 100);
        }
        IVoucherProgram.Policy memory later = openPolicy();
        later.start += 1 days;
        uint256 early = open(later, BUDGET);
        IVoucherProgram.Refusal refusal = vouchers.quote(payer, SHOP, 1, one(early)).refusals[0];
        assertEq(uint256(refusal), uint256(IVoucherProgram.Refusal.NotStarted));
        refusal = vouchers.quote(ALICE, SHOP, 1, one(open())).refusals[0];
        assertEq(uint256(refusal), uint256(IVoucherProgram.Refusal.Empty));
    }

    function test_CapsOfTransactionDayAndMonthLimitAndRefundsMakeRoom() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        (policy.perTransaction, policy.perDay, policy.perMonth) = (3_000, 5_000, 7_000);
        uint256 capped = open(policy, BUDGET);
        claim(capped, payer, 1);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            SHOP,
            3_000,
            one(capped)
        );
        assertEq(vouchers.quote(payer, SHOP, 4_000, one(capped)).rest, 2_000);
        refund(receiptId, receipt, 1_000);
        assertEq(vouchers.quote(payer, SHOP, 4_000, one(capped)).rest, 1_000);
        VM.warp(block.timestamp + 1 days);
        pay(KEY, SHOP, 3_000, one(capped));
        IVoucherProgram.Quote memory plan = vouchers.quote(payer, SHOP, 4_000, one(capped));
        assertEq(plan.rest, 2_000);
        assertEq(uint256(plan.refusals[0]), uint256(IVoucherProgram.Refusal.Cap));
        VM.warp(block.timestamp + 31 days);
        assertEq(vouchers.quote(payer, SHOP, 3_000, one(capped)).rest, 0);
    }

    function test_Attack_DuplicateIds() public {
        claim(id, payer, 1);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 100, two(id, id));
        bytes memory signature = signPayment(KEY, payment);
        refuse(IVoucherProgram.VoucherInvalidIds.selector);
        vouchers.pay(payment, signature);
        uint256[] memory many = new uint256[](9);
        for (uint256 i = 0; i < 9; ++i) many[i] = i;
        refuse(IVoucherProgram.VoucherInvalidIds.selector);
        vouchers.quote(payer, SHOP, 100, many);
    }

    function test_Attack_PaymentReplayOtherSignerAndTime() public {
        claim(id, payer, 1);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 100, one(id));
        bytes memory signature = signPayment(KEY + 1, payment);
        refuse(IVoucherProgram.VoucherInvalidSignature.selector);
        vouchers.pay(payment, signature);
        signature = signPayment(KEY, payment);
        payment.amount = 99;
        refuse(IVoucherProgram.VoucherInvalidSignature.selector);
        vouchers.pay(payment, signature);
        payment.amount = 100;
        vouchers.pay(payment, signature);
        refuse(bytes4(keccak256("InvalidAccountNonce(address,uint256)")));
        vouchers.pay(payment, signature);
        payment = newPayment(KEY, SHOP, 100, one(id));
        signature = signPayment(KEY, payment);
        VM.warp(payment.validBefore);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.pay(payment, signature);
        payment.validBefore += 1 hours;
        payment.validAfter = uint64(block.timestamp);
        signature = signPayment(KEY, payment);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.pay(payment, signature);
    }

    function test_Attack_Reentrancy() public {
        ReentrantWallet wallet = new ReentrantWallet(vouchers, true);
        claim(id, address(wallet), 1);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 100, one(id));
        (payment.payer, payment.nonce) = (address(wallet), 0);
        vouchers.pay(payment, "");
        assertEq(vouchers.holdingOf(id, address(wallet)).city, 9_900);
    }

    function test_AHookMayOnlyRefuse() public {
        Hook hook = new Hook();
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.hook = hook;
        uint256 hooked = open(policy, BUDGET);
        claim(hooked, payer, 1);
        for (uint256 mode = 0; mode < 4; ++mode) {
            hook.set(mode);
            IVoucherProgram.Quote memory plan = vouchers.quote(payer, SHOP, 100, one(hooked));
            assertEq(plan.rest, mode == 1 ? 0 : 100);
            bool isHook = plan.refusals[0] == IVoucherProgram.Refusal.Hook;
            require(isHook == (mode != 1), "reason");
        }
        policy.hook = IVoucherHook(ALICE);
        uint256 hollow = open(policy, BUDGET);
        claim(hollow, payer, 1);
        assertEq(vouchers.quote(payer, SHOP, 100, one(hollow)).rest, 100);
    }

    function test_Attack_HookBypassedByAskingForMoreThanTheCap() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.hook = new Hook();
        policy.perTransaction = 50;
        uint256 hooked = open(policy, BUDGET);
        claim(hooked, payer, 1);
        IVoucherProgram.Quote memory plan = vouchers.quote(payer, SHOP, 100, one(hooked));
        assertEq(plan.rest, 100);
    }

    /// @dev Its voucher is left out, at the price of the gas that a hook gets; the others still pay.
    function test_Attack_HookEatsAllGas() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        Hook hook = new Hook();
        hook.set(2);
        policy.hook = hook;
        // So that it is asked first.
        --policy.expiry;
        uint256 hooked = open(policy, BUDGET);
        claim(hooked, payer, 1);
        claim(id, payer, 2);
        uint256[] memory both = new uint256[](2);
        (both[0], both[1]) = (hooked, id);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 100, both);
        bytes memory signature = signPayment(KEY, payment);
        uint256 used = gasleft();
        vouchers.pay(payment, signature);
        used -= gasleft();
        require(used < 500_000, "the hook ate more than its gas");
        assertEq(vouchers.holdingOf(hooked, payer).city, 10_000);
        assertEq(vouchers.holdingOf(id, payer).city, 9_900);
    }

    /// @dev A relayer cannot make a citizen pay with deposit tokens by bringing too little gas.
    function test_Attack_HookStarvedOfGas() public {
        Hook hook = new Hook();
        hook.set(4);
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.hook = hook;
        uint256 hooked = open(policy, BUDGET);
        claim(hooked, payer, 1);
        fund(payer, 100);
        VM.prank(payer);
        won.approve(address(vouchers), 100);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 100, one(hooked));
        bytes memory signature = signPayment(KEY, payment);
        for (uint256 gasLimit = 60_000; gasLimit < 500_000; gasLimit += 2_000) {
            bytes memory call = abi.encodeCall(vouchers.pay, (payment, signature));
            (bool isDone, ) = address(vouchers).call{gas: gasLimit}(call);
            if (isDone) break;
        }
        assertEq(won.balanceOf(payer), 100);
        assertEq(vouchers.holdingOf(hooked, payer).city, 9_900);
    }

    function test_ASuspendedMerchantSellsNothingAndItsWaitingMoneyCanBeReversed() public {
        claim(id, payer, 1);
        topUp(id, payer, 1_000);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            NEW_SHOP,
            10_500,
            one(id)
        );
        assertEq(won.balanceOf(NEW_OWNER), 0);
        assertEq(vouchers.totalWaiting(), 10_500);
        refuse(IVoucherProgram.VoucherNoRefund.selector);
        VM.prank(OFFICER);
        vouchers.reverse(receiptId, receipt, ORDER);
        VM.prank(OFFICER);
        merchants.setStatus(NEW_SHOP, IMerchantRegistry.Status.Suspended, ORDER);
        VM.warp(block.timestamp + HOLD);
        refuse(IVoucherProgram.VoucherMerchantRefused.selector);
        vouchers.collect(receiptId, receipt);
        IVoucherProgram.Payment memory payment = newPayment(KEY, NEW_SHOP, 1, one(id));
        bytes memory signature = signPayment(KEY, payment);
        refuse(IVoucherProgram.VoucherMerchantRefused.selector);
        vouchers.pay(payment, signature);
        refuse(FlowPause.OrderMissing.selector);
        VM.prank(OFFICER);
        vouchers.reverse(receiptId, receipt, 0);
        VM.prank(OFFICER);
        vouchers.reverse(receiptId, receipt, ORDER);
        assertEq(vouchers.totalWaiting(), 0);
        IVoucherProgram.Holding memory holding = vouchers.holdingOf(id, payer);
        assertEq(holding.city, 10_000);
        assertEq(holding.own, 1_000);
    }

    function test_WaitingMoneyIsPaidOutOnceItsTimeHasCome() public {
        claim(id, payer, 1);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            NEW_SHOP,
            10_000,
            one(id)
        );
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.collect(receiptId, receipt);
        VM.prank(NEW_OWNER);
        vouchers.refund(receiptId, receipt, 4_000);
        refuse(IVoucherProgram.VoucherUnknownReceipt.selector);
        vouchers.collect(receiptId, receipt);
        receipt = undone(receipt, 4_000);
        VM.warp(block.timestamp + HOLD);
        vouchers.collect(receiptId, receipt);
        assertEq(won.balanceOf(NEW_OWNER), 6_000 - 30);
        receipt.heldUntil = 0;
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.collect(receiptId, receipt);
    }

    function test_ARefundGivesBackTheLastMoneyFirstWithinItsWindow() public {
        claim(id, payer, 1);
        topUp(id, payer, 1_000);
        fund(payer, 500);
        VM.prank(payer);
        won.approve(address(vouchers), 500);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            SHOP,
            11_500,
            one(id)
        );
        fund(SHOP_OWNER, 1_000);
        receipt = refund(receiptId, receipt, 700);
        assertEq(won.balanceOf(payer), 500);
        assertEq(vouchers.holdingOf(id, payer).own, 200);
        receipt = refund(receiptId, receipt, 800);
        assertEq(vouchers.holdingOf(id, payer).own, 1_000);
        assertEq(vouchers.holdingOf(id, payer).city, 0);
        refuse(IVoucherProgram.VoucherMerchantRefused.selector);
        VM.prank(NEW_OWNER);
        vouchers.refund(receiptId, receipt, 1);
        VM.startPrank(SHOP_OWNER);
        refuse(IVoucherProgram.VoucherNoRefund.selector);
        vouchers.refund(receiptId, receipt, 10_001);
        refuse(IVoucherProgram.VoucherNoRefund.selector);
        vouchers.refund(receiptId, receipt, 0);
        VM.warp(receipt.paidAt + vouchers.REFUND_WINDOW());
        refuse(IVoucherProgram.VoucherNoRefund.selector);
        vouchers.refund(receiptId, receipt, 1);
        VM.stopPrank();
    }

    function test_CashbackComesFromItsBudgetForOwnMoneyAndGoesBackInProportion() public {
        (uint256 pool, uint256 paying) = openCashback(BUDGET);
        topUp(paying, payer, 10_000);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            SHOP,
            10_000,
            one(paying)
        );
        assertEq(vouchers.holdingOf(pool, payer).city, 700);
        fund(SHOP_OWNER, 10_000);
        receipt = refund(receiptId, receipt, 5_000);
        assertEq(vouchers.holdingOf(pool, payer).city, 350);
        refund(receiptId, receipt, 5_000);
        assertEq(vouchers.holdingOf(pool, payer).city, 0);
        assertEq(vouchers.totalsOf(pool).unclaimed, BUDGET);
    }

    function test_CashbackThatIsSpentIsTakenFromTheOwnMoneyRefunded() public {
        (uint256 pool, uint256 paying) = openCashback(BUDGET);
        topUp(paying, payer, 10_000);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            SHOP,
            10_000,
            one(paying)
        );
        pay(KEY, SHOP, 700, one(pool));
        fund(SHOP_OWNER, 10_000);
        refund(receiptId, receipt, 10_000);
        assertEq(vouchers.holdingOf(paying, payer).own, 9_300);
        assertEq(vouchers.totalsOf(pool).unclaimed, BUDGET);
        assertEq(vouchers.totalsOf(pool).recovered, 700);
    }

    function test_CashbackNeverExceedsItsBudgetOrTheMonthlyCap() public {
        (uint256 pool, uint256 paying) = openCashback(1_000);
        topUp(paying, payer, 50_000);
        pay(KEY, SHOP, 10_000, one(paying));
        IVoucherProgram.Quote memory plan = vouchers.quote(payer, SHOP, 10_000, one(paying));
        assertEq(plan.parts[0].cashback, 300);
        pay(KEY, SHOP, 10_000, one(paying));
        assertEq(vouchers.totalsOf(pool).unclaimed, 0);
        (, paying) = openCashback(BUDGET);
        topUp(paying, payer, 50_000);
        pay(KEY, SHOP, 20_000, one(paying));
        assertEq(vouchers.quote(payer, SHOP, 20_000, one(paying)).parts[0].cashback, 100);
    }

    function test_OwnMoneyComesOutAtAnyTimeCityMoneyAfterItsShareIsSpent() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.cashOutAfterBps = 6_000;
        uint256 gift = open(policy, BUDGET);
        claim(gift, payer, 1);
        pay(KEY, SHOP, 5_999, one(gift));
        VM.prank(payer);
        vouchers.cashOut(gift);
        assertEq(won.balanceOf(payer), 0);
        pay(KEY, SHOP, 1, one(gift));
        VM.prank(payer);
        vouchers.cashOut(gift);
        assertEq(won.balanceOf(payer), 4_000);
        topUp(gift, payer, 100);
        VM.warp(policy.expiry + 1_000 days);
        vouchers.sweep(gift);
        VM.prank(payer);
        vouchers.cashOut(gift);
        assertEq(won.balanceOf(payer), 4_100);
    }

    function test_OwnMoneyThatLeavesDoesNotDelayTheCitys() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.cashOutAfterBps = 6_000;
        uint256 gift = open(policy, BUDGET);
        claim(gift, payer, 1);
        pay(KEY, SHOP, 6_000, one(gift));
        topUp(gift, payer, 9_000);
        VM.prank(payer);
        vouchers.cashOut(gift);
        assertEq(won.balanceOf(payer), 13_000);
    }

    function test_ACashOutIsSignedOnceByTheHolder() public {
        topUp(id, payer, 100);
        uint64 until = uint64(block.timestamp + 1);
        bytes memory wording = abi.encode(CASH_OUT_TYPEHASH, id, payer, until, 0);
        bytes memory signature = signed(KEY, typedHash(domainOf(), wording));
        bytes memory foreign = signed(KEY + 1, typedHash(domainOf(), wording));
        refuse(IVoucherProgram.VoucherInvalidSignature.selector);
        vouchers.cashOutWithSignature(id, payer, until, 0, foreign);
        vouchers.cashOutWithSignature(id, payer, until, 0, signature);
        assertEq(won.balanceOf(payer), 100);
        refuse(bytes4(keccak256("InvalidAccountNonce(address,uint256)")));
        vouchers.cashOutWithSignature(id, payer, until, 0, signature);
        VM.warp(until);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.cashOutWithSignature(id, payer, until, 1, signature);
    }

    /// @dev The authorisation's nonce names the programme: nobody turns it into other vouchers.
    function test_ATopUpIsSignedForOneProgramme() public {
        fund(payer, 100);
        uint256 other = open();
        uint64 until = uint64(block.timestamp + 1);
        bytes32 nonce = keccak256(abi.encode(id, ORDER));
        bytes memory wording = abi.encode(RECEIVE_TYPEHASH, payer, vouchers, 100, 0, until, nonce);
        bytes memory signature = signed(KEY, typedHash(won.DOMAIN_SEPARATOR(), wording));
        refuse(bytes4(keccak256("ERC3009InvalidSignature()")));
        vouchers.topUpWithAuthorization(other, payer, 100, until, ORDER, signature);
        vouchers.topUpWithAuthorization(id, payer, 100, until, ORDER, signature);
        assertEq(vouchers.holdingOf(id, payer).own, 100);
    }

    function test_ExpiryOnlyMovesAwayAndSweepingWaitsForTheGrace() public {
        claim(id, payer, 1);
        (IVoucherProgram.Policy memory policy, ) = vouchers.programmeOf(id);
        VM.startPrank(OFFICER);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.extend(id, policy.expiry, ORDER);
        refuse(FlowPause.OrderMissing.selector);
        vouchers.extend(id, policy.expiry + 1, 0);
        vouchers.extend(id, policy.expiry + 1 days, ORDER);
        VM.stopPrank();
        VM.warp(policy.expiry + 1 days + 10 days - 1);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.sweep(id);
        VM.warp(block.timestamp + 1);
        uint256 before = won.balanceOf(TREASURY);
        vouchers.sweep(id);
        assertEq(won.balanceOf(TREASURY) - before, BUDGET);
        assertEq(vouchers.holdingOf(id, payer).city, 0);
        refuse(IVoucherProgram.VoucherWrongState.selector);
        vouchers.sweep(id);
    }

    function test_ARefundAfterTheSweepGoesToTheTreasury() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.expiry = policy.start + 1 days;
        policy.graceSeconds = 0;
        uint256 short = open(policy, BUDGET);
        claim(short, payer, 1);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            SHOP,
            6_000,
            one(short)
        );
        VM.warp(policy.expiry);
        vouchers.sweep(short);
        fund(SHOP_OWNER, 1_000);
        uint256 before = won.balanceOf(TREASURY);
        refund(receiptId, receipt, 6_000);
        assertEq(won.balanceOf(TREASURY) - before, 6_000);
        assertEq(vouchers.totalsOf(short).swept, BUDGET);
    }

    function test_APauseStopsPaymentsAndLeavesOwnMoneyFree() public {
        permit(address(vouchers), FlowPause.pause.selector, 70, GUARDIAN);
        claim(id, payer, 1);
        topUp(id, payer, 100);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 100, one(id));
        bytes memory signature = signPayment(KEY, payment);
        bytes memory proof = proofOf(id, payer, 2);
        VM.startPrank(GUARDIAN);
        vouchers.pause(0, ORDER);
        vouchers.pause(1, ORDER);
        VM.stopPrank();
        refuse(FlowPause.FlowPaused.selector);
        vouchers.pay(payment, signature);
        refuse(FlowPause.FlowPaused.selector);
        vouchers.claim(id, payer, proof);
        VM.prank(payer);
        vouchers.cashOut(id);
        assertEq(won.balanceOf(payer), 100);
    }

    function test_VouchersFollowARecoveredAccountAndSoDoRefunds() public {
        claim(id, payer, 1);
        topUp(id, payer, 1_000);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            SHOP,
            10_500,
            one(id)
        );
        VM.prank(RECOVERY);
        vouchers.lock(payer, uint64(block.timestamp + 2 days));
        VM.prank(payer);
        refuse(IVoucherProgram.VoucherLocked.selector);
        vouchers.cashOut(id);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 1, one(id));
        bytes memory signature = signPayment(KEY, payment);
        refuse(IVoucherProgram.VoucherLocked.selector);
        vouchers.pay(payment, signature);
        VM.startPrank(RECOVERY);
        vouchers.migrate(payer, ALICE);
        vouchers.migrate(ALICE, BOB);
        refuse(IVoucherProgram.VoucherLocked.selector);
        vouchers.migrate(BOB, payer);
        refuse(IVoucherProgram.VoucherLocked.selector);
        vouchers.lock(payer, 0);
        VM.stopPrank();
        fund(SHOP_OWNER, 1_000);
        refund(receiptId, receipt, 10_500);
        IVoucherProgram.Holding memory holding = vouchers.holdingOf(id, BOB);
        assertEq(holding.city, 10_000);
        assertEq(holding.own, 1_000);
        assertEq(holding.claimed, 10_000);
        assertEq(holding.spentDay, 0);
        bytes memory proof = proofOf(id, payer, 2);
        refuse(IVoucherProgram.VoucherLocked.selector);
        vouchers.claim(id, payer, proof);
    }

    function test_AMerchantDoesNotPayItself() public {
        claim(id, SHOP_OWNER, 1);
        require(!vouchers.quote(SHOP_OWNER, SHOP, 1, one(id)).acceptsVouchers, "self");
    }

    function test_CashbackOfASweptPoolGoesBackToTheTreasury() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.eligibility = IEligibility(address(0));
        policy.expiry = policy.start + 1 days;
        policy.graceSeconds = 0;
        uint256 pool = open(policy, BUDGET);
        uint256 paying = openPaying(pool);
        topUp(paying, payer, 10_000);
        (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) = pay(
            KEY,
            SHOP,
            10_000,
            one(paying)
        );
        VM.warp(policy.expiry);
        vouchers.sweep(pool);
        fund(SHOP_OWNER, 10_000);
        uint256 before = won.balanceOf(TREASURY);
        refund(receiptId, receipt, 10_000);
        IVoucherProgram.Totals memory totals = vouchers.totalsOf(pool);
        assertEq(vouchers.holdingOf(paying, payer).own, 10_000 - totals.recovered);
        assertEq(won.balanceOf(TREASURY) - before, totals.recovered);
        assertEq(totals.swept, BUDGET);
    }

    function test_EachPoolPaysTheCashbackOfItsOwnProgrammes() public {
        (uint256 pool, uint256 paying) = openCashback(BUDGET);
        (uint256 otherPool, uint256 other) = openCashback(BUDGET);
        topUp(paying, payer, 1_000);
        topUp(other, payer, 1_000);
        pay(KEY, SHOP, 2_000, two(paying, other));
        assertEq(vouchers.holdingOf(pool, payer).city, 70);
        assertEq(vouchers.holdingOf(otherPool, payer).city, 70);
    }

    function test_PartsOfOneSaleShareWhatTheirPoolHasLeft() public {
        (uint256 pool, uint256 paying) = openCashback(100);
        uint256 other = openPaying(pool);
        topUp(paying, payer, 1_000);
        topUp(other, payer, 1_000);
        uint256[] memory ids = two(paying, other);
        IVoucherProgram.Part[] memory parts = vouchers.quote(payer, SHOP, 2_000, ids).parts;
        assertEq(parts[0].cashback, 70);
        assertEq(parts[1].cashback, 30);
        pay(KEY, SHOP, 2_000, ids);
        assertEq(vouchers.holdingOf(pool, payer).city, 100);
        assertEq(vouchers.totalsOf(pool).unclaimed, 0);
    }

    function test_APoolThatIsNotOpenPaysNoCashback() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        VM.prank(MAKER);
        uint256 pool = vouchers.propose(policy, BUDGET, ORDER);
        uint256 paying = openPaying(pool);
        topUp(paying, payer, 1_000);
        assertEq(vouchers.quote(payer, SHOP, 1_000, one(paying)).parts[0].cashback, 0);
    }

    function test_NothingIsClaimedBeforeTheStartOrAfterExpiry() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.start += 1 days;
        policy.expiry = policy.start + 1 days;
        uint256 later = open(policy, BUDGET);
        bytes memory proof = proofOf(later, payer, 1);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.claim(later, payer, proof);
        VM.warp(policy.expiry);
        refuse(IVoucherProgram.VoucherWrongTime.selector);
        vouchers.claim(later, payer, proof);
        VM.prank(MAKER);
        refuse(IVoucherProgram.VoucherInvalidPolicy.selector);
        vouchers.propose(policy, BUDGET, ORDER);
    }

    function test_AnEligibilityThatProvesNothingGivesNothing() public {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.eligibility = new NoRights();
        uint256 none = open(policy, BUDGET);
        refuse(IVoucherProgram.VoucherAlreadyClaimed.selector);
        vouchers.claim(none, payer, "");
    }

    function test_AnAccountHasOneSuccessorAndFollowsItWhenAsked() public {
        claim(id, payer, 1);
        VM.startPrank(RECOVERY);
        refuse(IVoucherProgram.VoucherLocked.selector);
        vouchers.migrate(payer, payer);
        vouchers.migrate(payer, ALICE);
        vouchers.migrate(payer, ALICE);
        refuse(IVoucherProgram.VoucherLocked.selector);
        vouchers.migrate(payer, BOB);
        VM.stopPrank();
        require(vouchers.successorOf(payer) == ALICE, "Alice");
        vouchers.follow(id, payer);
        assertEq(vouchers.holdingOf(id, ALICE).city, 10_000);
        assertEq(vouchers.holdingOf(id, payer).city, 0);
    }

    function domainOf() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    DOMAIN_TYPEHASH,
                    keccak256("Busan Vouchers"),
                    keccak256("1"),
                    block.chainid,
                    vouchers
                )
            );
    }

    /// @dev A pool that nobody claims, and a programme that pays 7 % of own money from it.
    function openCashback(uint80 budget) private returns (uint256 pool, uint256 paying) {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.eligibility = IEligibility(address(0));
        pool = open(policy, budget);
        paying = openPaying(pool);
    }

    function openPaying(uint256 pool) private returns (uint256 paying) {
        IVoucherProgram.Policy memory policy = openPolicy();
        policy.cashbackBps = [uint16(700), 500, 0];
        policy.cashbackPerMonth = 1_500;
        policy.cashbackProgramme = pool;
        paying = open(policy, BUDGET);
    }

    function selectorsOf() private pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](2);
        selectors[0] = IVoucherProgram.propose.selector;
        selectors[1] = IVoucherProgram.approve.selector;
    }
}
