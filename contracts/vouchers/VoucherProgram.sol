// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKrwDepositToken} from "../money/IKrwDepositToken.sol";
import {IMerchantRegistry} from "./IMerchantRegistry.sol";
import {IVoucherProgram} from "./IVoucherProgram.sol";
import {VoucherBooks} from "./VoucherBooks.sol";
import {VoucherLedger} from "./VoucherLedger.sol";
import {VoucherMoves} from "./VoucherMoves.sol";
import {VoucherPlan} from "./VoucherPlan.sol";

/// @title VoucherProgram
/// @author Busan Chain
/// @notice Sales with vouchers: quote, pay, refund, collect. See IVoucherProgram.
contract VoucherProgram is VoucherLedger {
    /// @notice Seconds within which a merchant refunds.
    uint64 public constant REFUND_WINDOW = 30 days;

    // solhint-disable gas-small-strings, max-line-length
    bytes32 private constant PAYMENT_TYPEHASH = keccak256(
        "Payment(address payer,uint80 amount,uint80 maxRest,uint64 validAfter,uint64 validBefore,bytes32 merchant,bytes32 invoice,uint256 nonce,uint256[] ids)"
    );
    // solhint-enable gas-small-strings, max-line-length

    /// @notice Merchants that take vouchers.
    IMerchantRegistry public immutable MERCHANTS;

    /// @notice Won that wait to be paid out to merchants.
    uint256 public totalWaiting;

    mapping(bytes32 receiptId => bytes32 hash) private _receipts;

    /// @notice Starts without programmes.
    /// @param authority who decides over roles
    /// @param won deposit tokens
    /// @param treasury account that pays budgets and gets fees
    /// @param merchants who takes vouchers
    constructor(
        address authority,
        IKrwDepositToken won,
        address treasury,
        IMerchantRegistry merchants
    ) VoucherLedger(authority, won, treasury) {
        MERCHANTS = merchants;
    }

    /// @inheritdoc IVoucherProgram
    function pay(
        Payment calldata payment,
        bytes calldata signature
    ) external unlocked(payment.payer) returns (bytes32 receiptId) {
        receiptId = _authorise(payment, signature);
        (VoucherPlan.Sale memory sale, Quote memory plan) = _plan(
            payment.payer,
            payment.merchant,
            payment.amount,
            payment.ids
        );
        require(plan.acceptsVouchers, VoucherMerchantRefused(payment.merchant));
        require(plan.rest <= payment.maxRest, VoucherRestTooHigh(plan.rest, payment.maxRest));
        VoucherMoves.spend(_books, payment.payer, plan.parts);
        Receipt memory receipt = _receiptOf(payment.invoice, sale, plan);
        _keep(receiptId, receipt);
        emit Paid(receiptId, payment.merchant, payment.payer, receipt);
        if (plan.rest > 0) WON.transferFrom(payment.payer, address(this), plan.rest);
        if (receipt.heldUntil > 0) totalWaiting += payment.amount;
        else _payOut(receipt, sale.shop.payout);
    }

    // In memory, so that one encoder serves all receipts: the contract is near the size limit.
    // solhint-disable gas-calldata-parameters

    /// @inheritdoc IVoucherProgram
    function refund(bytes32 receiptId, Receipt memory receipt, uint80 amount) external {
        _requireKept(receiptId, receipt);
        (IMerchantRegistry.Merchant memory shop, ) = MERCHANTS.merchantOf(receipt.merchant);
        require(msg.sender == shop.payout, VoucherMerchantRefused(receipt.merchant));
        require(block.timestamp < receipt.paidAt + REFUND_WINDOW, VoucherNoRefund(receiptId));
        _undo(receiptId, receipt, amount, 0);
    }

    /// @inheritdoc IVoucherProgram
    function reverse(
        bytes32 receiptId,
        Receipt memory receipt,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        _requireKept(receiptId, receipt);
        (IMerchantRegistry.Merchant memory shop, ) = MERCHANTS.merchantOf(receipt.merchant);
        bool isActive = shop.status == IMerchantRegistry.Status.Active;
        require(receipt.heldUntil > 0 && !isActive, VoucherNoRefund(receiptId));
        _undo(receiptId, receipt, receipt.amount, orderRef);
    }

    /// @inheritdoc IVoucherProgram
    function collect(bytes32 receiptId, Receipt memory receipt) external {
        _requireKept(receiptId, receipt);
        (IMerchantRegistry.Merchant memory shop, ) = MERCHANTS.merchantOf(receipt.merchant);
        bool isActive = shop.status == IMerchantRegistry.Status.Active;
        require(isActive, VoucherMerchantRefused(receipt.merchant));
        bool isDue = receipt.heldUntil > 0 && block.timestamp >= receipt.heldUntil;
        require(isDue, VoucherWrongTime(0));
        receipt.heldUntil = 0;
        totalWaiting -= receipt.amount;
        _keep(receiptId, receipt);
        emit Collected(receiptId, receipt);
        _payOut(receipt, shop.payout);
    }

    // solhint-enable gas-calldata-parameters

    /// @inheritdoc IVoucherProgram
    function quote(
        address payer,
        bytes32 merchant,
        uint80 amount,
        uint256[] calldata ids
    ) external view returns (Quote memory plan) {
        (, plan) = _plan(payer, merchant, amount, ids);
    }

    /// @inheritdoc IVoucherProgram
    function hashOf(Payment calldata payment) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        PAYMENT_TYPEHASH,
                        payment.payer,
                        payment.amount,
                        payment.maxRest,
                        payment.validAfter,
                        payment.validBefore,
                        payment.merchant,
                        payment.invoice,
                        payment.nonce,
                        keccak256(abi.encodePacked(payment.ids))
                    )
                )
            );
    }

    function _authorise(
        Payment calldata payment,
        bytes calldata signature
    ) private returns (bytes32 hash) {
        _requireFlow(FLOW_PAY);
        bool isTimely =
            block.timestamp > payment.validAfter && block.timestamp < payment.validBefore;
        require(isTimely, VoucherWrongTime(0));
        _useCheckedNonce(payment.payer, payment.nonce);
        hash = hashOf(payment);
        _requireSigned(payment.payer, hash, signature);
    }

    /// @dev The receipt is the one kept.
    function _undo(
        bytes32 receiptId,
        Receipt memory kept,
        uint80 amount,
        bytes32 orderRef
    ) private {
        require(amount > 0 && amount <= kept.amount, VoucherNoRefund(receiptId));
        (Receipt memory receipt, VoucherMoves.Result memory result) = VoucherMoves.undo(
            _books,
            kept,
            amount
        );
        _keep(receiptId, receipt);
        emit Refunded(receiptId, amount, orderRef, receipt);
        if (receipt.heldUntil > 0) totalWaiting -= amount;
        else WON.transferFrom(msg.sender, address(this), amount);
        if (result.toPayer > 0) WON.transfer(result.payer, result.toPayer);
        if (result.toTreasury > 0) WON.transfer(TREASURY, result.toTreasury);
    }

    function _payOut(Receipt memory receipt, address payout) private {
        uint80 fee = _feeOf(receipt.amount, receipt.feeBps);
        WON.transfer(payout, receipt.amount - fee);
        if (fee > 0) WON.transfer(TREASURY, fee);
    }

    function _keep(bytes32 receiptId, Receipt memory receipt) private {
        _receipts[receiptId] = keccak256(abi.encode(receipt));
    }

    function _requireKept(bytes32 receiptId, Receipt memory receipt) private view {
        bool isKept = _receipts[receiptId] == keccak256(abi.encode(receipt));
        require(isKept, VoucherUnknownReceipt(receiptId));
    }

    function _plan(
        address payer,
        bytes32 merchant,
        uint80 amount,
        uint256[] calldata ids
    ) private view returns (VoucherPlan.Sale memory sale, Quote memory plan) {
        (sale.payer, sale.merchant, sale.amount) = (payer, merchant, amount);
        (sale.shop, sale.feeBps) = MERCHANTS.merchantOf(merchant);
        plan = VoucherPlan.plan(_books, sale, ids);
        bool isActive = sale.shop.status == IMerchantRegistry.Status.Active;
        plan.acceptsVouchers = isActive && sale.shop.payout != payer;
        plan.fee = _feeOf(amount, sale.feeBps);
    }

    function _receiptOf(
        bytes32 invoice,
        VoucherPlan.Sale memory sale,
        Quote memory plan
    ) private view returns (Receipt memory receipt) {
        uint64 time = uint64(block.timestamp);
        uint32 hold = sale.shop.holdSeconds;
        receipt.payer = sale.payer;
        receipt.merchant = sale.merchant;
        receipt.invoice = invoice;
        receipt.paidAt = time;
        receipt.heldUntil = hold > 0 ? time + hold : 0;
        receipt.feeBps = sale.feeBps;
        receipt.amount = sale.amount;
        receipt.rest = plan.rest;
        receipt.parts = plan.parts;
    }

    function _feeOf(uint80 amount, uint16 feeBps) private pure returns (uint80) {
        return uint80((uint256(amount) * feeBps) / VoucherBooks.BPS);
    }
}
