// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProRata} from "../../../contracts/bif/ProRata.sol";
import {TestCase} from "../support/TestCase.sol";

contract ProRataTest is TestCase {
    /// @dev Named after the attack: rounding must not leave a won behind.
    function test_Attack_CapitalCallRoundingLeavesAWonBehind() public pure {
        uint256[] memory weights = new uint256[](3);
        (weights[0], weights[1], weights[2]) = (1, 1, 1);
        uint256[] memory shares = ProRata.split(2, weights);
        // Equal fractions: the earlier get the rest.
        (uint256 a, uint256 b, uint256 c) = (shares[0], shares[1], shares[2]);
        require(a == 1 && b == 1 && c == 0, "the rest goes elsewhere");
        (weights[0], weights[1], weights[2]) = (50, 30, 21);
        shares = ProRata.split(100, weights);
        // 49.50, 29.70, 20.79: the largest fractions get the two left.
        (a, b, c) = (shares[0], shares[1], shares[2]);
        require(a == 49 && b == 30 && c == 21, "not the largest remainders");
    }

    function test_SixtyFourEqualMembersFitTheStack() public pure {
        uint256[] memory weights = new uint256[](64);
        for (uint256 i = 0; i < 64; ++i) weights[i] = 7;
        uint256[] memory shares = ProRata.split(63, weights);
        assertEq(ProRata.sumOf(shares), 63);
        assertEq(shares[62], 1);
        assertEq(shares[63], 0);
    }

    function testFuzz_SharesAreExactAndWithinAWon(
        uint128[8] memory raw,
        uint128 amount
    ) public pure {
        uint256[] memory weights = new uint256[](8);
        for (uint256 i = 0; i < 8; ++i) weights[i] = raw[i] >> 3;
        uint256 total = ProRata.sumOf(weights);
        if (total == 0) return;
        uint256[] memory shares = ProRata.split(amount, weights);
        assertEq(ProRata.sumOf(shares), amount);
        for (uint256 i = 0; i < 8; ++i) {
            uint256 exact = uint256(amount) * weights[i];
            require(shares[i] >= exact / total, "less than the exact share");
            require(shares[i] <= (exact + total - 1) / total, "more than a won too much");
            if (amount <= total) require(shares[i] <= weights[i], "above the weight");
        }
    }
}
