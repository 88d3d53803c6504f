// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
// solhint-disable-next-line max-line-length
import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title CityTimelock
/// @author Busan Chain
/// @notice The only administrator of the city's authority: what it does was announced days before.
/// Who may announce and withdraw can be listed.
contract CityTimelock is TimelockController, AccessControlEnumerable {
    /// @notice Starts the timelock; anyone carries out what has waited long enough.
    /// @param minDelay seconds between announcement and execution
    /// @param proposers who announces and withdraws
    /// @param setUp who gives roles until it renounces; zero: nobody
    constructor(
        uint256 minDelay,
        address[] memory proposers,
        address setUp
    ) TimelockController(minDelay, proposers, new address[](1), setUp) {}

    /// @notice ERC-165.
    /// @param interfaceId the interface
    /// @return isSupported whether it is there
    function supportsInterface(
        bytes4 interfaceId
    ) public view override(TimelockController, AccessControlEnumerable) returns (bool isSupported) {
        return super.supportsInterface(interfaceId);
    }

    function _grantRole(
        bytes32 role,
        address account
    ) internal override(AccessControl, AccessControlEnumerable) returns (bool isNew) {
        return super._grantRole(role, account);
    }

    function _revokeRole(
        bytes32 role,
        address account
    ) internal override(AccessControl, AccessControlEnumerable) returns (bool wasHeld) {
        return super._revokeRole(role, account);
    }
}
