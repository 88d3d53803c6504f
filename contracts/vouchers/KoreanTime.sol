// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title KoreanTime
/// @author Busan Chain
/// @notice Days and months as the people of Busan count them: UTC+9 all year.
library KoreanTime {
    /// @notice Number of the day.
    /// @param time seconds since the epoch
    /// @return day days since 1970-01-01 in Korea
    function dayOf(uint256 time) internal pure returns (uint32 day) {
        return uint32((time + 9 hours) / 1 days);
    }

    /// @notice Number of the month in the Gregorian calendar.
    /// @param time seconds since the epoch
    /// @return month months since year 0: year times 12 plus month from 0 to 11
    function monthOf(uint256 time) internal pure returns (uint32 month) {
        // Years run from March here, so that the day which some years lack is the last one. Days
        // are counted from 0000-03-01, in eras of 400 years, which all have 146,097 days.
        uint256 sinceMarch = dayOf(time) + 719_468;
        uint256 era = sinceMarch / 146_097;
        uint256 ofEra = sinceMarch % 146_097;
        uint256 year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365;
        uint256 ofYear = ofEra - (365 * year + year / 4 - year / 100);
        uint256 fromMarch = (5 * ofYear + 2) / 153;
        return uint32((era * 400 + year) * 12 + fromMarch + 2);
    }
}
