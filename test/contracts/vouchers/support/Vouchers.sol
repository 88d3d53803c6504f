// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../../contracts/governance/Roles.sol";
import {IMigratable} from "../../../../contracts/identity/IMigratable.sol";
import {IEligibility} from "../../../../contracts/vouchers/IEligibility.sol";
import {IMerchantRegistry} from "../../../../contracts/vouchers/IMerchantRegistry.sol";
import {IVoucherHook} from "../../../../contracts/vouchers/IVoucherHook.sol";
import {IVoucherProgram} from "../../../../contracts/vouchers/IVoucherProgram.sol";
import {MerchantRegistry} from "../../../../contracts/vouchers/MerchantRegistry.sol";
import {VoucherLedger} from "../../../../contracts/vouchers/VoucherLedger.sol";
import {VoucherProgram} from "../../../../contracts/vouchers/VoucherProgram.sol";
import {City} from "../../money/support/City.sol";

/// @dev Stands at the port: a proof is the number of a right, and is worth something in one scope.
contract Rights is IEligibility {
    function nullifierOf(
        bytes32 scope,
        address account,
        bytes calldata proof
    ) external pure returns (bytes32) {
        (bytes32 provenScope, address provenAccount, uint256 right) = abi.decode(
            proof,
            (bytes32, address, uint256)
        );
        require(provenScope == scope && provenAccount == account, "another's right");
        return keccak256(abi.encode(right));
    }
}

/// @dev A merchant registry and a voucher contract with roles, a funded treasury and two shops.
abstract contract Vouchers is City {
    address internal constant MAKER = address(0x11);
    address internal constant CHECKER = address(0x12);
    address internal constant OFFICER = address(0x10);
    address internal constant TREASURY = address(0x13);
    address internal constant SHOP_OWNER = address(0x5401);
    address internal constant NEW_OWNER = address(0x5402);
    bytes32 internal constant SHOP = keccak256("shop");
    bytes32 internal constant NEW_SHOP = keccak256("new shop");
    uint8 internal constant CATEGORY = 3;
    uint8 internal constant ZONE = 17;
    uint16 internal constant FEE_BPS = 50;
    uint32 internal constant HOLD = 2 days;
    uint80 internal constant BUDGET = 1_000_000;

    MerchantRegistry internal merchants;
    VoucherProgram internal vouchers;
    Rights internal rights;
    mapping(address payer => uint64 nonce) private _nonces;

    function openVouchers() internal {
        openBank();
        merchants = new MerchantRegistry(address(authority));
        vouchers = new VoucherProgram(address(authority), won, TREASURY, merchants);
        rights = new Rights();
        address target = address(vouchers);
        permit(target, IVoucherProgram.propose.selector, Roles.PROGRAM_MAKER, MAKER);
        permit(target, IVoucherProgram.approve.selector, Roles.PROGRAM_CHECKER, CHECKER);
        permit(target, IVoucherProgram.extend.selector, Roles.CITY_OFFICER, OFFICER);
        permit(target, IVoucherProgram.reverse.selector, Roles.CITY_OFFICER, OFFICER);
        permit(target, IMigratable.lock.selector, Roles.RECOVERY, RECOVERY);
        permit(target, IMigratable.migrate.selector, Roles.RECOVERY, RECOVERY);
        target = address(merchants);
        permit(target, IMerchantRegistry.register.selector, Roles.CITY_OFFICER, OFFICER);
        permit(target, IMerchantRegistry.setTerms.selector, Roles.CITY_OFFICER, OFFICER);
        permit(target, IMerchantRegistry.setStatus.selector, Roles.CITY_OFFICER, OFFICER);
        permit(target, IMerchantRegistry.setFee.selector, Roles.CITY_OFFICER, OFFICER);
        fund(TREASURY, 1e12);
        VM.prank(TREASURY);
        won.approve(address(vouchers), 1e12);
        VM.startPrank(OFFICER);
        merchants.register(SHOP, terms(SHOP_OWNER, 0), ORDER);
        merchants.register(NEW_SHOP, terms(NEW_OWNER, HOLD), ORDER);
        merchants.setFee(0, FEE_BPS, ORDER);
        VM.stopPrank();
    }

    function terms(
        address payout,
        uint32 hold
    ) internal pure returns (IMerchantRegistry.Merchant memory) {
        return
            IMerchantRegistry.Merchant(
                payout,
                hold,
                CATEGORY,
                ZONE,
                0,
                IMerchantRegistry.Status.Unknown
            );
    }

    /// @dev Rules that refuse nothing, for 100 days.
    function openPolicy() internal view returns (IVoucherProgram.Policy memory policy) {
        policy.start = uint64(block.timestamp);
        policy.expiry = uint64(block.timestamp + 100 days);
        policy.graceSeconds = 10 days;
        policy.categoryMask = uint32(1) << CATEGORY;
        policy.zoneMask = uint64(1) << ZONE;
        policy.tierMask = 3;
        policy.claimAmount = 10_000;
        policy.perPerson = 30_000;
        policy.perTransaction = type(uint80).max;
        policy.perDay = type(uint80).max;
        policy.perMonth = type(uint80).max;
        policy.eligibility = rights;
        policy.cashbackPerMonth = type(uint80).max;
    }

    function open(
        IVoucherProgram.Policy memory policy,
        uint80 budget
    ) internal returns (uint256 id) {
        VM.prank(MAKER);
        id = vouchers.propose(policy, budget, ORDER);
        VM.prank(CHECKER);
        vouchers.approve(id);
    }

    function open() internal returns (uint256 id) {
        return open(openPolicy(), BUDGET);
    }

    function claim(uint256 id, address account, uint256 right) internal {
        vouchers.claim(id, account, proofOf(id, account, right));
    }

    function proofOf(
        uint256 id,
        address account,
        uint256 right
    ) internal view returns (bytes memory) {
        return abi.encode(vouchers.scopeOf(id), account, right);
    }

    function topUp(uint256 id, address account, uint80 amount) internal {
        fund(account, amount);
        VM.startPrank(account);
        won.approve(address(vouchers), amount);
        vouchers.topUp(id, amount);
        VM.stopPrank();
    }

    function newPayment(
        uint256 key,
        bytes32 merchant,
        uint80 amount,
        uint256[] memory ids
    ) internal returns (IVoucherProgram.Payment memory payment) {
        payment.payer = VM.addr(key);
        payment.amount = amount;
        payment.maxRest = amount;
        payment.validBefore = uint64(block.timestamp + 1 hours);
        payment.merchant = merchant;
        payment.invoice = keccak256(abi.encode(merchant, _nonces[payment.payer]));
        payment.nonce = _nonces[payment.payer]++;
        payment.ids = ids;
    }

    function signPayment(
        uint256 key,
        IVoucherProgram.Payment memory payment
    ) internal view returns (bytes memory) {
        return signed(key, vouchers.hashOf(payment));
    }

    /// @dev Pays, and returns the receipt as the quote before says that it will be.
    function pay(
        uint256 key,
        bytes32 merchant,
        uint80 amount,
        uint256[] memory ids
    ) internal returns (bytes32 receiptId, IVoucherProgram.Receipt memory receipt) {
        IVoucherProgram.Payment memory payment = newPayment(key, merchant, amount, ids);
        receipt = expected(payment);
        receiptId = vouchers.pay(payment, signPayment(key, payment));
    }

    function expected(
        IVoucherProgram.Payment memory payment
    ) internal view returns (IVoucherProgram.Receipt memory receipt) {
        IVoucherProgram.Quote memory plan = vouchers.quote(
            payment.payer,
            payment.merchant,
            payment.amount,
            payment.ids
        );
        (IMerchantRegistry.Merchant memory shop, uint16 feeBps) = merchants.merchantOf(
            payment.merchant
        );
        receipt.payer = payment.payer;
        receipt.rest = plan.rest;
        receipt.amount = payment.amount;
        receipt.paidAt = uint64(block.timestamp);
        if (shop.holdSeconds > 0) receipt.heldUntil = receipt.paidAt + shop.holdSeconds;
        receipt.feeBps = feeBps;
        receipt.merchant = payment.merchant;
        receipt.invoice = payment.invoice;
        receipt.parts = plan.parts;
    }

    /// @dev Refunds from the shop's own money, and returns the receipt as it stands then.
    function refund(
        bytes32 receiptId,
        IVoucherProgram.Receipt memory receipt,
        uint80 amount
    ) internal returns (IVoucherProgram.Receipt memory) {
        address owner = receipt.merchant == SHOP ? SHOP_OWNER : NEW_OWNER;
        VM.startPrank(owner);
        won.approve(address(vouchers), amount);
        vouchers.refund(receiptId, receipt, amount);
        VM.stopPrank();
        return undone(receipt, amount);
    }

    /// @dev The receipt after a refund, by a second reading of the rule: last money first.
    function undone(
        IVoucherProgram.Receipt memory receipt,
        uint80 amount
    ) internal pure returns (IVoucherProgram.Receipt memory) {
        receipt.amount -= amount;
        uint80 take = amount < receipt.rest ? amount : receipt.rest;
        receipt.rest -= take;
        amount -= take;
        for (uint256 i = receipt.parts.length; i > 0; --i) {
            IVoucherProgram.Part memory part = receipt.parts[i - 1];
            take = amount < part.own ? amount : part.own;
            if (take > 0) part.cashback -= uint80((uint256(part.cashback) * take) / part.own);
            part.own -= take;
            amount -= take;
            take = amount < part.city ? amount : part.city;
            part.city -= take;
            amount -= take;
        }
        return receipt;
    }

    function one(uint256 id) internal pure returns (uint256[] memory ids) {
        ids = new uint256[](1);
        ids[0] = id;
    }

    function two(uint256 a, uint256 b) internal pure returns (uint256[] memory ids) {
        ids = new uint256[](2);
        (ids[0], ids[1]) = (a, b);
    }
}
