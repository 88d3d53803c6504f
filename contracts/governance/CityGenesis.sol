// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AllianceRegistry} from "./AllianceRegistry.sol";
import {CityAccessManager} from "./CityAccessManager.sol";
import {CityTimelock} from "./CityTimelock.sol";
import {GuardianCouncil} from "./GuardianCouncil.sol";
import {NodeRegistry} from "./NodeRegistry.sol";
import {PermissionRegistry} from "./PermissionRegistry.sol";
import {Roles} from "./Roles.sol";
import {ValidatorRegistry} from "./ValidatorRegistry.sol";

/// @title CityGenesis
/// @author Busan Chain
/// @notice Gives the contracts of the genesis block to those who will govern, and itself nothing:
/// it runs once, while the genesis is made, and leaves no code.
contract CityGenesis {
    /// @notice A founding member of the alliance.
    /// @param name name of the institution
    /// @param account who acts for it
    struct Member {
        string name;
        address account;
    }

    /// @notice The contracts, and who gets them.
    /// @param authority gives all roles; its first administrator is this contract
    /// @param timelock administrator from now on
    /// @param guardians may stop and cancel
    /// @param permissions who may send and deploy
    /// @param validators who validates
    /// @param nodes which nodes may connect
    /// @param alliance members
    /// @param committee announces to the timelock, administers registries
    /// @param adminDelay seconds until a change of rights takes effect
    /// @param consensusDelay the same for what decides about blocks
    /// @param members founding members, all of the validator tier
    struct Plan {
        CityAccessManager authority;
        CityTimelock timelock;
        GuardianCouncil guardians;
        PermissionRegistry permissions;
        ValidatorRegistry validators;
        NodeRegistry nodes;
        AllianceRegistry alliance;
        address committee;
        uint32 adminDelay;
        uint32 consensusDelay;
        Member[] members;
    }

    /// @notice Does all of it.
    /// @param plan the contracts, and who gets them
    constructor(Plan memory plan) {
        for (uint256 i = 0; i < plan.members.length; ++i) {
            Member memory member = plan.members[i];
            plan.alliance.join(
                member.name,
                member.account,
                AllianceRegistry.Tier.Validator,
                bytes32(0)
            );
        }
        _assignFunctions(plan);
        _delayChanges(plan);
        _grantRoles(plan);
    }

    function _assignFunctions(Plan memory plan) private {
        (CityAccessManager authority, address target) = (plan.authority, address(plan.permissions));
        bytes4[] memory four = new bytes4[](4);
        four[0] = PermissionRegistry.setMode.selector;
        four[1] = PermissionRegistry.setAccount.selector;
        four[2] = PermissionRegistry.setFactory.selector;
        four[3] = PermissionRegistry.extendEmergency.selector;
        authority.setTargetFunctionRole(target, four, Roles.PERMISSION_ADMIN);
        bytes4[] memory one = new bytes4[](1);
        one[0] = PermissionRegistry.declareEmergency.selector;
        authority.setTargetFunctionRole(target, one, Roles.GUARDIAN);
        bytes4[] memory three = new bytes4[](3);
        three[0] = ValidatorRegistry.admit.selector;
        three[1] = ValidatorRegistry.retire.selector;
        three[2] = ValidatorRegistry.rotate.selector;
        target = address(plan.validators);
        authority.setTargetFunctionRole(target, three, Roles.VALIDATOR_ADMIN);
        bytes4[] memory two = new bytes4[](2);
        two[0] = NodeRegistry.add.selector;
        two[1] = NodeRegistry.remove.selector;
        authority.setTargetFunctionRole(address(plan.nodes), two, Roles.VALIDATOR_ADMIN);
        four[0] = AllianceRegistry.join.selector;
        four[1] = AllianceRegistry.change.selector;
        four[2] = AllianceRegistry.setAccount.selector;
        four[3] = AllianceRegistry.remove.selector;
        authority.setTargetFunctionRole(address(plan.alliance), four, Roles.CITY_OFFICER);
    }

    /// @dev Without them the administrator could change who may call what at once.
    function _delayChanges(Plan memory plan) private {
        CityAccessManager authority = plan.authority;
        authority.setTargetAdminDelay(address(plan.permissions), plan.consensusDelay);
        authority.setTargetAdminDelay(address(plan.validators), plan.consensusDelay);
        authority.setTargetAdminDelay(address(plan.nodes), plan.consensusDelay);
        authority.setTargetAdminDelay(address(plan.alliance), plan.adminDelay);
        authority.setTargetAdminDelay(address(plan.guardians), plan.adminDelay);
        authority.setRoleGuardian(Roles.VALIDATOR_ADMIN, Roles.GUARDIAN);
        authority.setRoleGuardian(Roles.PERMISSION_ADMIN, Roles.GUARDIAN);
    }

    function _grantRoles(Plan memory plan) private {
        CityAccessManager authority = plan.authority;
        authority.grantRole(Roles.CITY_OFFICER, plan.committee, 0);
        authority.grantRole(Roles.PERMISSION_ADMIN, plan.committee, 0);
        authority.grantRole(Roles.VALIDATOR_ADMIN, plan.committee, 0);
        authority.grantRole(Roles.GUARDIAN, address(plan.guardians), 0);
        uint64 admin = authority.ADMIN_ROLE();
        authority.grantRole(admin, address(plan.timelock), 0);
        authority.renounceRole(admin, address(this));
        CityTimelock timelock = plan.timelock;
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(plan.guardians));
        timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), address(this));
    }
}
