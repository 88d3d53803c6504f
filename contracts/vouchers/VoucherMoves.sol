// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVoucherProgram} from "./IVoucherProgram.sol";
import {KoreanTime} from "./KoreanTime.sol";
import {VoucherBooks} from "./VoucherBooks.sol";

/// @title VoucherMoves
/// @author Busan Chain
/// @notice Enters sales, refunds and cash-outs in the books. Linked, not inlined, for the size
/// limit of contracts.
library VoucherMoves {
    using VoucherBooks for VoucherBooks.Books;
    using VoucherBooks for IVoucherProgram.Holding;
    using VoucherBooks for uint80;

    /// @notice What is to be paid now.
    /// @param payer who paid, or follows who paid
    /// @param toPayer deposit tokens back
    /// @param toTreasury city money of programmes that were swept
    struct Result {
        address payer;
        uint80 toPayer;
        uint80 toTreasury;
    }

    /// @notice Takes out what vouchers pay in a sale, and gives cashback.
    /// @param books programmes and holdings
    /// @param payer who pays
    /// @param parts as planned in the same transaction
    function spend(
        VoucherBooks.Books storage books,
        address payer,
        IVoucherProgram.Part[] calldata parts
    ) external {
        for (uint256 i = 0; i < parts.length; ++i) {
            if (parts[i].city + parts[i].own > 0) _spend(books, payer, parts[i]);
        }
    }

    /// @notice Takes out the own part, and the city part where the programme allows.
    /// @param books programmes and holdings
    /// @param id programme
    /// @param account holder
    /// @return city won of the city part
    /// @return own won of the own part
    function cashOut(
        VoucherBooks.Books storage books,
        uint256 id,
        address account
    ) external returns (uint80 city, uint80 own) {
        VoucherBooks.Programme storage programme = books.programmes[id];
        IVoucherProgram.Totals storage totals = programme.totals;
        IVoucherProgram.Holding storage holding = books.holdings[id][account];
        own = holding.own;
        holding.own = 0;
        // Own money that leaves does not count as received: one call gives what two would.
        holding.received -= own;
        if (_mayCashOutCity(programme, holding)) city = holding.city;
        holding.city -= city;
        totals.heldOwn -= own;
        totals.heldCity -= city;
        totals.cashedOut += city;
    }

    /// @notice Undoes part of a sale.
    /// @param books programmes and holdings
    /// @param kept receipt as it stands, with at least the amount
    /// @param amount won
    /// @return receipt as it stands from now on
    /// @return result what is to be paid
    function undo(
        VoucherBooks.Books storage books,
        IVoucherProgram.Receipt calldata kept,
        uint80 amount
    ) external returns (IVoucherProgram.Receipt memory receipt, Result memory result) {
        receipt = kept;
        result.payer = _lastOf(books, receipt.payer);
        result.toPayer = amount.min(receipt.rest);
        receipt.amount -= amount;
        receipt.rest -= result.toPayer;
        uint80 left = amount - result.toPayer;
        for (uint256 i = receipt.parts.length; i > 0 && left > 0; --i) {
            (uint80 undone, uint80 due) = _undoPart(books, receipt, receipt.parts[i - 1], left);
            left -= undone;
            result.toTreasury += due;
        }
    }

    function _spend(
        VoucherBooks.Books storage books,
        address payer,
        IVoucherProgram.Part calldata part
    ) private {
        VoucherBooks.Programme storage programme = books.programmes[part.id];
        IVoucherProgram.Holding storage holding = books.holdings[part.id][payer];
        uint80 used = part.city + part.own;
        holding.roll();
        holding.city -= part.city;
        holding.own -= part.own;
        holding.spent += used;
        holding.spentDay += used;
        holding.spentMonth += used;
        programme.totals.heldCity -= part.city;
        programme.totals.heldOwn -= part.own;
        programme.totals.spent += part.city;
        if (part.cashback == 0) return;
        holding.cashbackMonth += part.cashback;
        books.grant(programme.policy.cashbackProgramme, payer, part.cashback);
    }

    /// @dev Undoes up to `left` of one part. Returns what it undid, and what of it goes to the
    /// treasury because a programme is swept.
    function _undoPart(
        VoucherBooks.Books storage books,
        IVoucherProgram.Receipt memory receipt,
        IVoucherProgram.Part memory part,
        uint80 left
    ) private returns (uint80 undone, uint80 toTreasury) {
        uint80 own = left.min(part.own);
        uint80 city = (left - own).min(part.city);
        uint80 cashback = own == 0 ? 0 : uint80((uint256(part.cashback) * own) / part.own);
        part.own -= own;
        part.city -= city;
        part.cashback -= cashback;
        undone = own + city;
        _unwind(books.follow(part.id, receipt.payer), receipt, undone, cashback);
        uint80 short = 0;
        if (cashback > 0) (short, toTreasury) = _takeBack(books, part.id, receipt.payer, cashback);
        toTreasury += _giveBack(books, part.id, receipt.payer, [city, own], short);
    }

    /// @dev Puts city and own money back into the holding, less what cashback takes of the own
    /// money. Returns what goes to the treasury because the programme is swept.
    function _giveBack(
        VoucherBooks.Books storage books,
        uint256 id,
        address payer,
        uint80[2] memory parts,
        uint80 short
    ) private returns (uint80 toTreasury) {
        VoucherBooks.Programme storage programme = books.programmes[id];
        IVoucherProgram.Totals storage totals = programme.totals;
        IVoucherProgram.Holding storage holding = books.follow(id, payer);
        (uint80 city, uint80 own) = (parts[0], parts[1] - short);
        holding.own += own;
        holding.received -= short;
        totals.heldOwn += own;
        totals.spent -= city;
        if (programme.state == IVoucherProgram.State.Swept) {
            holding.received -= city;
            totals.swept += city;
            return city;
        }
        holding.city += city;
        totals.heldCity += city;
    }

    /// @dev Takes cashback back into its budget: from the holding, then from the own money that is
    /// being refunded. Returns what is taken from there, and what of that goes to the treasury.
    function _takeBack(
        VoucherBooks.Books storage books,
        uint256 id,
        address payer,
        uint80 cashback
    ) private returns (uint80 short, uint80 toTreasury) {
        uint256 source = books.programmes[id].policy.cashbackProgramme;
        VoucherBooks.Programme storage programme = books.programmes[source];
        IVoucherProgram.Totals storage totals = programme.totals;
        IVoucherProgram.Holding storage holding = books.follow(source, payer);
        uint80 there = holding.city.min(cashback);
        short = cashback - there;
        holding.city -= there;
        holding.received -= there;
        totals.recovered += short;
        if (programme.state == IVoucherProgram.State.Swept) {
            // What was not spent went back with the sweep.
            totals.swept += short;
            toTreasury = short;
        } else {
            totals.heldCity -= there;
            totals.unclaimed += cashback;
        }
    }

    /// @dev Takes a refund off what counts against the caps, if they are still of the same time.
    function _unwind(
        IVoucherProgram.Holding storage holding,
        IVoucherProgram.Receipt memory receipt,
        uint80 amount,
        uint80 cashback
    ) private {
        holding.spent -= amount;
        uint64 paidAt = receipt.paidAt;
        if (holding.day == KoreanTime.dayOf(paidAt)) holding.spentDay -= amount;
        if (holding.month == KoreanTime.monthOf(paidAt)) {
            holding.spentMonth -= amount;
            holding.cashbackMonth -= cashback;
        }
    }

    function _mayCashOutCity(
        VoucherBooks.Programme storage programme,
        IVoucherProgram.Holding storage holding
    ) private view returns (bool) {
        uint256 bps = programme.policy.cashOutAfterBps;
        bool isOpen =
            programme.state == IVoucherProgram.State.Open &&
                block.timestamp < programme.policy.expiry;
        return isOpen && bps > 0 && holding.spent * VoucherBooks.BPS >= holding.received * bps;
    }

    function _lastOf(
        VoucherBooks.Books storage books,
        address account
    ) private view returns (address) {
        address next = books.successorOf[account];
        while (next != address(0)) (account, next) = (next, books.successorOf[next]);
        return account;
    }
}
