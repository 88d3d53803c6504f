// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title CityTimelock
/// @author Busan Chain
/// @notice The only administrator of the city's authority: what it does was announced days before.
contract CityTimelock is TimelockController {
    /// @notice Starts the timelock; anyone carries out what has waited long enough.
    /// @param minDelay seconds between announcement and execution
    /// @param proposers who announces and withdraws
    /// @param setUp who gives roles until it renounces; zero: nobody
    constructor(
        uint256 minDelay,
        address[] memory proposers,
        address setUp
    ) TimelockController(minDelay, proposers, new address[](1), setUp) {}
}
