// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";

/// @title ProRata
/// @author Busan Chain
/// @notice Divides whole won in proportion, to the last won: the method of the largest remainder.
library ProRata {
    /// @notice Each share is the exact one rounded down; what is left goes, one won each, to the
    /// largest fractions, and of equal fractions to the earlier. No share exceeds its weight when
    /// the amount does not exceed the weights' sum.
    /// @param amount won to divide, at most 128 bits
    /// @param weights at most 256, their sum at most 128 bits and not zero
    /// @return shares in the order of the weights; their sum is the amount
    function split(
        uint256 amount,
        uint256[] memory weights
    ) internal pure returns (uint256[] memory shares) {
        uint256 total = sumOf(weights);
        uint256 left = amount;
        shares = new uint256[](weights.length);
        // The larger the fraction, the smaller the key; the place decides between equals.
        uint256[] memory keys = new uint256[](weights.length);
        for (uint256 i = 0; i < weights.length; ++i) {
            uint256 product = amount * weights[i];
            shares[i] = product / total;
            left -= shares[i];
            keys[i] = ((total - (product % total)) << 8) | i;
        }
        Arrays.sort(keys);
        for (uint256 i = 0; i < left; ++i) ++shares[keys[i] & 0xff];
    }

    /// @notice Sum of numbers.
    /// @param numbers the numbers
    /// @return sum their sum
    function sumOf(uint256[] memory numbers) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < numbers.length; ++i) sum += numbers[i];
    }
}
