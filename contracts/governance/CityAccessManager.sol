// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {Roles} from "./Roles.sol";

/// @title CityAccessManager
/// @author Busan Chain
/// @notice The one authority of the city's contracts. Also its admin cannot give one account two
/// roles that must check each other.
contract CityAccessManager is AccessManager {
    using EnumerableSet for EnumerableSet.AddressSet;

    /// @notice The account holds a role, or will after its delay, which excludes the new one.
    /// @param account who was to get the role
    /// @param held role to revoke first
    /// @param wanted role that was refused
    error RoleConflict(address account, uint64 held, uint64 wanted);

    mapping(uint64 roleId => EnumerableSet.AddressSet members) private _members;

    /// @notice Starts the authority.
    /// @param admin first holder of the admin role
    constructor(address admin) AccessManager(admin) {}

    /// @notice Who holds a role, or will after its delay: auditors need no log to see it.
    /// @param roleId the role
    /// @return members in no order
    function membersOf(uint64 roleId) external view returns (address[] memory members) {
        return _members[roleId].values();
    }

    /// @notice Grants a role unless the account has a rival of it.
    /// @param roleId the role
    /// @param account who gets it
    /// @param grantDelay seconds until it takes effect
    /// @param executionDelay seconds that the account's calls wait
    /// @return isNew whether the account did not hold it before
    function _grantRole(
        uint64 roleId,
        address account,
        uint32 grantDelay,
        uint32 executionDelay
    ) internal override returns (bool isNew) {
        uint256 rivals = Roles.rivalsOf(roleId);
        for (uint64 id = 0; rivals >> id != 0; ++id) {
            if ((rivals >> id) & 1 == 0) continue;
            // A grant that has not taken effect counts: it needs no further act to do so.
            (uint48 since, , , ) = getAccess(id, account);
            require(since == 0, RoleConflict(account, id, roleId));
        }
        _members[roleId].add(account);
        return super._grantRole(roleId, account, grantDelay, executionDelay);
    }

    /// @notice Takes a role away.
    /// @param roleId the role
    /// @param account who loses it
    /// @return wasHeld whether the account held it
    function _revokeRole(uint64 roleId, address account) internal override returns (bool wasHeld) {
        _members[roleId].remove(account);
        return super._revokeRole(roleId, account);
    }
}
