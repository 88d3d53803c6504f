// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KoreanTime} from "../../../contracts/vouchers/KoreanTime.sol";
import {TestCase} from "../support/TestCase.sol";

contract KoreanTimeTest is TestCase {
    function test_ADayBeginsAtThreeInTheAfternoonOfUniversalTime() public pure {
        // 2026-11-26 14:59:59 and 15:00:00 UTC.
        assertEq(KoreanTime.dayOf(1_795_705_199) + 1, KoreanTime.dayOf(1_795_705_200));
    }

    function test_MonthsEndWhereTheCalendarSays() public pure {
        // 2028-02-29, 2028-03-01, 2027-12-31 and 2028-01-01, at noon in Korea.
        assertEq(KoreanTime.monthOf(1_835_406_000), 2028 * 12 + 1);
        assertEq(KoreanTime.monthOf(1_835_406_000 + 1 days), 2028 * 12 + 2);
        assertEq(KoreanTime.monthOf(1_830_222_000), 2027 * 12 + 11);
        assertEq(KoreanTime.monthOf(1_830_222_000 + 1 days), 2028 * 12);
    }

    /// @dev Walks 400 years day by day with the lengths of months.
    function test_EveryDayOfFourCenturiesFallsIntoItsMonth() public pure {
        uint256 time = 0;
        for (uint256 year = 1970; year < 2370; ++year) {
            bool isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            for (uint256 month = 0; month < 12; ++month) {
                uint256 length =
                    month == 1
                        ? (isLeap ? 29 : 28)
                        : month == 3 || month == 5 || month == 8 || month == 10
                            ? 30
                            : 31;
                assertEq(KoreanTime.monthOf(time), year * 12 + month);
                time += (length - 1) * 1 days;
                assertEq(KoreanTime.monthOf(time), year * 12 + month);
                time += 1 days;
            }
        }
    }
}
