// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/IAccessControlEnumerable.sol";
import {AllianceRegistry} from "../../../contracts/governance/AllianceRegistry.sol";
import {CityAccessManager} from "../../../contracts/governance/CityAccessManager.sol";
import {CityGenesis} from "../../../contracts/governance/CityGenesis.sol";
import {CityTimelock} from "../../../contracts/governance/CityTimelock.sol";
import {GuardianCouncil} from "../../../contracts/governance/GuardianCouncil.sol";
import {NodeRegistry} from "../../../contracts/governance/NodeRegistry.sol";
import {PermissionRegistry} from "../../../contracts/governance/PermissionRegistry.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {ValidatorRegistry} from "../../../contracts/governance/ValidatorRegistry.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev Cheat codes for addresses of contracts to come.
interface VmCreate {
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function getNonce(address account) external view returns (uint64);
}

/// @dev The genesis builder does the same in the node's EVM; there the addresses are fixed.
contract CityGenesisTest is TestCase {
    VmCreate private constant CREATE_VM = VmCreate(address(VM));
    address private constant COMMITTEE = address(0xC0);
    uint32 private constant DELAY = 7 days;
    uint32 private constant CONSENSUS_DELAY = 14 days;

    CityGenesis.Plan private plan;
    address private genesis;

    function setUp() public {
        VM.warp(1_800_000_000);
        // Seven contracts come first.
        uint256 nonce = CREATE_VM.getNonce(address(this));
        genesis = CREATE_VM.computeCreateAddress(address(this), nonce + 7);
        address[] memory committee = new address[](1);
        committee[0] = COMMITTEE;
        plan.authority = new CityAccessManager(genesis);
        plan.timelock = new CityTimelock(DELAY, committee, genesis);
        plan.guardians = newCouncil(address(plan.authority));
        plan.permissions = new PermissionRegistry(
            address(plan.authority),
            PermissionRegistry.Mode.DeployListed,
            new address[](0),
            committee
        );
        plan.alliance = new AllianceRegistry(address(plan.authority));
        ValidatorRegistry.Seat[] memory seats = new ValidatorRegistry.Seat[](4);
        for (uint256 i = 0; i < 4; ++i) {
            seats[i] = ValidatorRegistry.Seat(VM.addr(i + 1), keccak256(abi.encode(i)));
        }
        plan.validators = new ValidatorRegistry(address(plan.authority), plan.alliance, 10, seats);
        plan.nodes = new NodeRegistry(address(plan.authority));
        (plan.committee, plan.adminDelay, plan.consensusDelay) = (
            COMMITTEE,
            DELAY,
            CONSENSUS_DELAY
        );
        plan.members.push(CityGenesis.Member("Busan Bank", ALICE));
        require(address(new CityGenesis(plan)) == genesis, "another address");
    }

    function test_TheTimelockAloneAdministers() public view {
        uint64 admin = plan.authority.ADMIN_ROLE();
        address[] memory admins = plan.authority.membersOf(admin);
        require(admins.length == 1 && admins[0] == address(plan.timelock), "admins");
        bytes32 role = plan.timelock.DEFAULT_ADMIN_ROLE();
        require(!plan.timelock.hasRole(role, genesis), "the genesis kept a right");
        bytes32 canceller = plan.timelock.CANCELLER_ROLE();
        require(plan.timelock.hasRole(canceller, address(plan.guardians)), "canceller");
        require(
            plan.timelock.supportsInterface(type(IAccessControlEnumerable).interfaceId),
            "not listed"
        );
    }

    function test_TheCommitteeAndTheGuardiansHaveTheirRoles() public view {
        uint64[3] memory roles = [
            Roles.CITY_OFFICER,
            Roles.PERMISSION_ADMIN,
            Roles.VALIDATOR_ADMIN
        ];
        for (uint256 i = 0; i < 3; ++i) {
            address[] memory members = plan.authority.membersOf(roles[i]);
            require(members.length == 1 && members[0] == COMMITTEE, "committee");
        }
        require(plan.authority.membersOf(Roles.GUARDIAN)[0] == address(plan.guardians), "council");
        assertEq(plan.authority.getRoleGuardian(Roles.VALIDATOR_ADMIN), Roles.GUARDIAN);
        assertEq(plan.authority.getRoleGuardian(Roles.PERMISSION_ADMIN), Roles.GUARDIAN);
    }

    function test_FunctionsBelongToTheirRoles() public view {
        address target = address(plan.permissions);
        expectRole(target, PermissionRegistry.setMode.selector, Roles.PERMISSION_ADMIN);
        expectRole(target, PermissionRegistry.setAccount.selector, Roles.PERMISSION_ADMIN);
        expectRole(target, PermissionRegistry.setFactory.selector, Roles.PERMISSION_ADMIN);
        expectRole(target, PermissionRegistry.extendEmergency.selector, Roles.PERMISSION_ADMIN);
        expectRole(target, PermissionRegistry.declareEmergency.selector, Roles.GUARDIAN);
        target = address(plan.validators);
        expectRole(target, ValidatorRegistry.admit.selector, Roles.VALIDATOR_ADMIN);
        expectRole(target, ValidatorRegistry.retire.selector, Roles.VALIDATOR_ADMIN);
        expectRole(target, ValidatorRegistry.rotate.selector, Roles.VALIDATOR_ADMIN);
        expectRole(address(plan.nodes), NodeRegistry.add.selector, Roles.VALIDATOR_ADMIN);
        expectRole(address(plan.nodes), NodeRegistry.remove.selector, Roles.VALIDATOR_ADMIN);
        target = address(plan.alliance);
        expectRole(target, AllianceRegistry.join.selector, Roles.CITY_OFFICER);
        expectRole(target, AllianceRegistry.change.selector, Roles.CITY_OFFICER);
        expectRole(target, AllianceRegistry.setAccount.selector, Roles.CITY_OFFICER);
        expectRole(target, AllianceRegistry.remove.selector, Roles.CITY_OFFICER);
    }

    function test_ChangesOfRightsWaitForTheirDelays() public {
        VM.warp(block.timestamp + 30 days);
        assertEq(plan.authority.getTargetAdminDelay(address(plan.permissions)), CONSENSUS_DELAY);
        assertEq(plan.authority.getTargetAdminDelay(address(plan.validators)), CONSENSUS_DELAY);
        assertEq(plan.authority.getTargetAdminDelay(address(plan.nodes)), CONSENSUS_DELAY);
        assertEq(plan.authority.getTargetAdminDelay(address(plan.alliance)), DELAY);
        assertEq(plan.authority.getTargetAdminDelay(address(plan.guardians)), DELAY);
    }

    function test_FoundersAreMembersAndTheFirstDeployersDeploy() public view {
        bytes32 id = plan.alliance.memberOf(ALICE);
        require(plan.alliance.tierOf(id) == AllianceRegistry.Tier.Validator, "tier");
        require(
            plan.permissions.transactionAllowed(COMMITTEE, address(0), 0, 0, 0, ""),
            "committee"
        );
        require(!plan.permissions.transactionAllowed(ALICE, address(0), 0, 0, 0, ""), "anyone");
    }

    function expectRole(address target, bytes4 selector, uint64 role) private view {
        assertEq(plan.authority.getTargetFunctionRole(target, selector), role);
    }

    function newCouncil(address authority) private returns (GuardianCouncil) {
        address[] memory signers = new address[](2);
        (signers[0], signers[1]) = (VM.addr(1), VM.addr(2));
        uint64[] memory weights = new uint64[](2);
        (weights[0], weights[1]) = (1, 1);
        return new GuardianCouncil(authority, signers, weights, 2, new bytes4[](0));
    }
}
