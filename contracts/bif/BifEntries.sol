// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice One line of a journal.
/// @param account number of the account: its kind in the first digit (1 asset, 2 liability,
/// 3 equity, 4 income, 5 expense), the account in four, the member or grant in the last five
/// @param amount won; positive debits, negative credits
struct Line {
    uint32 account;
    int128 amount;
}

/// @title BifEntries
/// @author Busan Chain
/// @notice The fund's chart of accounts, and the lines of each thing that can happen to its money.
library BifEntries {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev Deposit tokens that the fund holds.
    uint32 internal constant CASH = 1000_00000;
    /// @dev Called and not paid yet, by member.
    uint32 internal constant RECEIVABLE = 1100_00000;
    /// @dev Distributed and not withdrawn yet, by member.
    uint32 internal constant PAYABLE = 2000_00000;
    /// @dev Awarded and not paid yet, by grant.
    uint32 internal constant GRANTS_PAYABLE = 2100_00000;
    /// @dev Called capital, by member.
    uint32 internal constant CAPITAL = 3000_00000;
    /// @dev Income that went to members, by member.
    uint32 internal constant DISTRIBUTED = 3100_00000;
    /// @dev What the fund earned.
    uint32 internal constant INCOME = 4000_00000;
    /// @dev Awards, by grant.
    uint32 internal constant GRANTS = 5000_00000;
    /// @dev Costs of managing the fund.
    uint32 internal constant FEES = 5100_00000;

    bytes32 internal constant CALL = "capital call";
    bytes32 internal constant PAYMENT = "payment";
    bytes32 internal constant DEFAULT = "default";
    bytes32 internal constant DISTRIBUTION = "distribution";
    bytes32 internal constant WITHDRAWAL = "withdrawal";
    bytes32 internal constant INCOME_RECEIVED = "income";
    bytes32 internal constant FEE = "fee";
    bytes32 internal constant AWARD = "award";
    bytes32 internal constant GRANT_PAYMENT = "grant payment";
    bytes32 internal constant GRANT_RETURN = "grant return";
    bytes32 internal constant ADJUSTMENT = "adjustment";
    bytes32 internal constant REVERSAL = "reversal";

    /// @notice An amount from one account to another.
    /// @param debit account that is debited
    /// @param credit account that is credited
    /// @param amount won
    /// @return lines both lines
    function pair(
        uint32 debit,
        uint32 credit,
        uint256 amount
    ) internal pure returns (Line[] memory lines) {
        lines = new Line[](2);
        _put(lines, 0, debit, credit, amount);
    }

    /// @notice For each member its share, from its account of one sort to its account of another.
    /// @param debit account that is debited, without the member's number
    /// @param credit account that is credited, without the member's number
    /// @param shares won of members 1, 2, ...; zero leaves a member out
    /// @return lines two for each share
    function byMember(
        uint32 debit,
        uint32 credit,
        uint256[] memory shares
    ) internal pure returns (Line[] memory lines) {
        lines = new Line[](2 * _countOf(shares));
        uint256 place = 0;
        for (uint32 i = 0; i < shares.length; ++i) {
            if (shares[i] == 0) continue;
            _put(lines, place, debit + i + 1, credit + i + 1, shares[i]);
            place += 2;
        }
    }

    /// @notice A member does not pay: the call on it is undone, and a part of its capital becomes
    /// the others'.
    /// @param member number of the member
    /// @param due won that it did not pay
    /// @param shares won of its capital that go to members 1, 2, ...
    /// @return lines of the journal
    function ofDefault(
        uint32 member,
        uint256 due,
        uint256[] memory shares
    ) internal pure returns (Line[] memory lines) {
        lines = new Line[](2 + 2 * _countOf(shares));
        _put(lines, 0, CAPITAL + member, RECEIVABLE + member, due);
        uint256 place = 2;
        for (uint32 i = 0; i < shares.length; ++i) {
            if (shares[i] == 0) continue;
            _put(lines, place, CAPITAL + member, CAPITAL + i + 1, shares[i]);
            place += 2;
        }
    }

    function _put(
        Line[] memory lines,
        uint256 place,
        uint32 debit,
        uint32 credit,
        uint256 amount
    ) private pure {
        int128 won = amount.toInt256().toInt128();
        lines[place] = Line(debit, won);
        lines[place + 1] = Line(credit, -won);
    }

    function _countOf(uint256[] memory shares) private pure returns (uint256 count) {
        for (uint256 i = 0; i < shares.length; ++i) if (shares[i] > 0) ++count;
    }
}
