// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVoucherProgram} from "./IVoucherProgram.sol";
import {KoreanTime} from "./KoreanTime.sol";

/// @title VoucherBooks
/// @author Busan Chain
/// @notice What the voucher contract stores, and the movements that several of its parts make.
library VoucherBooks {
    /// @notice A programme with its money.
    /// @param policy its rules
    /// @param totals where its money is
    /// @param maker who proposed it
    /// @param state how far it has come
    struct Programme {
        IVoucherProgram.Policy policy;
        IVoucherProgram.Totals totals;
        address maker;
        IVoucherProgram.State state;
    }

    /// @notice Everything about programmes and holdings.
    /// @param programmes by id
    /// @param holdings by programme and account
    /// @param successorOf who follows a recovered account; zero for others
    struct Books {
        mapping(uint256 id => Programme programme) programmes;
        mapping(uint256 id => mapping(address account => IVoucherProgram.Holding)) holdings;
        mapping(address account => address next) successorOf;
    }

    uint256 internal constant BPS = 10_000;

    /// @notice Moves city money from the budget to an account.
    /// @param books where
    /// @param id programme
    /// @param account who gets it
    /// @param amount won
    function grant(Books storage books, uint256 id, address account, uint80 amount) internal {
        IVoucherProgram.Totals storage totals = books.programmes[id].totals;
        totals.unclaimed -= amount;
        totals.heldCity += amount;
        IVoucherProgram.Holding storage holding = books.holdings[id][account];
        holding.city += amount;
        holding.received += amount;
    }

    /// @notice Brings an account's vouchers to whoever follows it, step by step.
    /// @param books where
    /// @param id programme
    /// @param account old account
    /// @return holding of the last one in the row
    function follow(
        Books storage books,
        uint256 id,
        address account
    ) internal returns (IVoucherProgram.Holding storage holding) {
        address next = books.successorOf[account];
        while (next != address(0)) {
            _move(books, id, account, next);
            (account, next) = (next, books.successorOf[next]);
        }
        return books.holdings[id][account];
    }

    /// @notice Starts a new day and month when they have come.
    /// @param holding whose
    function roll(IVoucherProgram.Holding storage holding) internal {
        (uint32 day, uint32 month) = today();
        if (holding.day != day) (holding.day, holding.spentDay) = (day, 0);
        if (holding.month != month) {
            (holding.month, holding.spentMonth, holding.cashbackMonth) = (month, 0, 0);
        }
    }

    /// @notice Whether a programme is open, has started and has not expired.
    /// @param programme which
    /// @return whether it is
    function isCurrent(Programme storage programme) internal view returns (bool) {
        bool isOpen = programme.state == IVoucherProgram.State.Open;
        bool hasStarted = block.timestamp >= programme.policy.start;
        return isOpen && hasStarted && block.timestamp < programme.policy.expiry;
    }

    /// @notice Korean day and month of this block.
    /// @return day number of the day
    /// @return month number of the month
    function today() internal view returns (uint32 day, uint32 month) {
        return (KoreanTime.dayOf(block.timestamp), KoreanTime.monthOf(block.timestamp));
    }

    /// @notice The smaller one.
    /// @param a one
    /// @param b another
    /// @return the smaller one
    function min(uint80 a, uint80 b) internal pure returns (uint80) {
        return a < b ? a : b;
    }

    /// @notice A difference that is never below zero.
    /// @param a from what
    /// @param b how much
    /// @return what is left
    function less(uint80 a, uint80 b) internal pure returns (uint80) {
        return a > b ? a - b : 0;
    }

    function _move(Books storage books, uint256 id, address from, address to) private {
        IVoucherProgram.Holding storage source = books.holdings[id][from];
        IVoucherProgram.Holding storage target = books.holdings[id][to];
        (uint80 city, uint80 own) = (source.city, source.own);
        roll(source);
        roll(target);
        target.city += city;
        target.own += own;
        target.spent += source.spent;
        target.spentDay += source.spentDay;
        target.spentMonth += source.spentMonth;
        target.claimed += source.claimed;
        target.received += source.received;
        target.cashbackMonth += source.cashbackMonth;
        delete books.holdings[id][from];
        emit IVoucherProgram.Followed(id, from, to, city, own);
    }
}
