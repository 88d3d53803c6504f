// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AllianceRegistry} from "../../../contracts/governance/AllianceRegistry.sol";
import {CityAccessManager} from "../../../contracts/governance/CityAccessManager.sol";
import {ValidatorRegistry} from "../../../contracts/governance/ValidatorRegistry.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev Eight members, the first four of which validate.
abstract contract Alliance is TestCase {
    bytes32 internal constant REF = "order";
    uint256 internal constant INTERVAL = 100;

    AllianceRegistry internal alliance;
    ValidatorRegistry internal registry;
    bytes32[8] internal members;

    function found() internal {
        VM.warp(1_800_000_000);
        VM.roll(1_000);
        CityAccessManager authority = new CityAccessManager(address(this));
        alliance = new AllianceRegistry(address(authority));
        string[8] memory names = ["A", "B", "C", "D", "E", "F", "G", "H"];
        ValidatorRegistry.Seat[] memory seats = new ValidatorRegistry.Seat[](4);
        for (uint256 i = 0; i < 8; ++i) {
            members[i] = alliance.join(names[i], account(i), AllianceRegistry.Tier.Validator, REF);
            if (i < 4) seats[i] = ValidatorRegistry.Seat(key(i * 7 + 5), members[i]);
        }
        registry = new ValidatorRegistry(address(authority), alliance, INTERVAL, seats);
        authority.grantRole(Roles.VALIDATOR_ADMIN, address(this), 0);
        bytes4[] memory decisions = new bytes4[](3);
        decisions[0] = registry.admit.selector;
        decisions[1] = registry.retire.selector;
        decisions[2] = registry.rotate.selector;
        authority.setTargetFunctionRole(address(registry), decisions, Roles.VALIDATOR_ADMIN);
    }

    function account(uint256 member) internal pure returns (address) {
        return address(uint160(0xACC00 + member));
    }

    /// @dev Keys in no order.
    function key(uint256 i) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(i % 64)))));
    }
}

/// @dev Members that nominate and an administrator who decides, both at random.
contract Decisions is Alliance {
    uint256 public changeCount;
    uint256 public violationCount;

    constructor() {
        found();
    }

    function nominate(uint256 member, uint256 candidate) external {
        VM.prank(account(member % 8));
        registry.nominate(key(candidate));
    }

    function admit(uint256 member, uint256 candidate) external {
        VM.prank(account(member % 8));
        registry.nominate(key(candidate));
        change(abi.encodeCall(registry.admit, (key(candidate), REF)));
    }

    function retire(uint256 index) external {
        address[] memory validators = registry.getValidators();
        change(abi.encodeCall(registry.retire, (validators[index % validators.length], REF)));
    }

    function rotate(uint256 index, uint256 successor) external {
        address[] memory validators = registry.getValidators();
        address validator = validators[index % validators.length];
        uint256 member = 0;
        while (members[member] != registry.organisationOf(validator)) ++member;
        VM.prank(account(member));
        registry.nominate(key(successor));
        change(abi.encodeCall(registry.rotate, (validator, key(successor), REF)));
    }

    function suspend(uint256 member, bool isSuspended) external {
        alliance.change(members[member % 8], AllianceRegistry.Tier.Validator, isSuspended, REF);
    }

    function wait(uint256 blocks) external {
        VM.roll(block.number + bound(blocks, 1, 2 * INTERVAL));
    }

    function change(bytes memory decision) private {
        uint256 last = registry.lastChange();
        (bool succeeded, ) = address(registry).call(decision);
        if (!succeeded) return;
        ++changeCount;
        if (block.number < last + INTERVAL) ++violationCount;
    }

    function target() external view returns (ValidatorRegistry) {
        return registry;
    }
}

contract ValidatorRegistryInvariants is TestCase {
    Decisions private decisions;

    function setUp() public {
        decisions = new Decisions();
    }

    function invariant_N1_ValidatorsAreAtLeastFourSortedAndUnique() public view {
        address[] memory validators = decisions.target().getValidators();
        require(validators.length >= 4, "too few");
        for (uint256 i = 1; i < validators.length; ++i) {
            require(validators[i - 1] < validators[i], "order");
        }
    }

    function invariant_N1_NoOrganisationIsAboveF() public view {
        ValidatorRegistry registry = decisions.target();
        address[] memory validators = registry.getValidators();
        for (uint256 i = 0; i < validators.length; ++i) {
            bytes32 organisation = registry.organisationOf(validators[i]);
            uint256 seats = 0;
            for (uint256 j = 0; j < validators.length; ++j) {
                if (registry.organisationOf(validators[j]) == organisation) ++seats;
            }
            require(seats == registry.seatsOf(organisation), "count");
            require(3 * seats < validators.length, "above f");
        }
    }

    function invariant_N1_OneChangeInAnInterval() public view {
        assertEq(decisions.violationCount(), 0);
    }

    function invariant_N1_ReadingIsCheap() public view {
        uint256 before = gasleft();
        decisions.target().getValidators();
        require(before - gasleft() < 500_000, "dear");
    }
}

contract ValidatorRegistryTest is Alliance {
    function setUp() public {
        found();
    }

    function test_AMemberIsNominatedAndAdmitted() public {
        nominate(4, 1);
        registry.admit(key(1), REF);
        address[] memory validators = registry.getValidators();
        assertEq(validators.length, 5);
        require(registry.organisationOf(key(1)) == members[4]);
        assertEq(registry.lastChange(), block.number);
    }

    function test_Attack_ChangeOfMoreThanFAtOnce() public {
        nominate(4, 1);
        nominate(5, 2);
        registry.admit(key(1), REF);
        tooEarly(block.number + INTERVAL);
        registry.admit(key(2), REF);
        VM.roll(block.number + INTERVAL - 1);
        tooEarly(block.number + 1);
        registry.retire(key(1), REF);
        VM.roll(block.number + 1);
        registry.admit(key(2), REF);
    }

    function test_NeverFewerThanFour() public {
        VM.expectRevert(
            abi.encodeWithSelector(ValidatorRegistry.ValidatorInvalidCount.selector, 3)
        );
        registry.retire(key(5), REF);
    }

    function test_Attack_OneOrganisationAboveF() public {
        nominate(0, 1);
        tooMany(members[0], 2, 1);
        registry.admit(key(1), REF);
    }

    function test_Attack_RetirementThatLeavesAnOrganisationAboveF() public {
        for (uint256 i = 4; i < 7; ++i) admitLater(i, i);
        admitLater(0, 1);
        assertEq(registry.seatsOf(members[0]), 2);
        VM.roll(block.number + INTERVAL);
        registry.retire(key(4), REF);
        VM.roll(block.number + INTERVAL);
        tooMany(members[0], 2, 1);
        registry.retire(key(6), REF);
    }

    function test_AKeyIsRotatedWithinItsOrganisation() public {
        nominate(1, 1);
        VM.expectRevert(
            abi.encodeWithSelector(ValidatorRegistry.ValidatorNotNominated.selector, key(1))
        );
        registry.rotate(key(5), key(1), REF);
        nominate(0, 1);
        registry.rotate(key(5), key(1), REF);
        require(registry.organisationOf(key(1)) == members[0]);
        require(registry.organisationOf(key(5)) == bytes32(0));
        assertEq(registry.getValidators().length, 4);
    }

    function test_OnlyMembersOfTheTierNominate() public {
        VM.expectRevert(
            abi.encodeWithSelector(ValidatorRegistry.ValidatorNotMember.selector, ALICE)
        );
        VM.prank(ALICE);
        registry.nominate(key(1));
        alliance.change(members[4], AllianceRegistry.Tier.Developer, false, REF);
        notEligible(members[4]);
        nominate(4, 1);
        nominate(5, 1);
        alliance.change(members[5], AllianceRegistry.Tier.Validator, true, REF);
        notEligible(members[5]);
        registry.admit(key(1), REF);
    }

    function test_AKeyHasOneSeat() public {
        VM.expectRevert(
            abi.encodeWithSelector(ValidatorRegistry.ValidatorInvalidKey.selector, key(5))
        );
        nominate(4, 5);
        VM.expectRevert(abi.encodeWithSelector(ValidatorRegistry.ValidatorNoSeat.selector, key(9)));
        registry.retire(key(9), REF);
    }

    function test_OnlyTheAdministratorDecides(address stranger) public {
        VM.assume(stranger != address(this));
        nominate(4, 1);
        VM.startPrank(stranger);
        (bool admitted, ) = address(registry).call(abi.encodeCall(registry.admit, (key(1), REF)));
        (bool retired, ) = address(registry).call(abi.encodeCall(registry.retire, (key(5), REF)));
        VM.stopPrank();
        require(!admitted && !retired);
    }

    /// @dev The list at its longest, as nodes read it.
    function test_TheLongestListIsReadWithinItsGas() public {
        for (uint256 i = 4; i < 8; ++i) admitLater(i, i);
        uint256 before = gasleft();
        registry.getValidators();
        require((before - gasleft()) * 8 < 1_000_000);
    }

    function test_OnlyNominatedKeysAreAdmitted() public {
        VM.expectRevert(
            abi.encodeWithSelector(ValidatorRegistry.ValidatorInvalidKey.selector, address(0))
        );
        VM.prank(account(4));
        registry.nominate(address(0));
        VM.expectRevert(
            abi.encodeWithSelector(ValidatorRegistry.ValidatorNotNominated.selector, key(1))
        );
        registry.admit(key(1), REF);
    }

    function test_AGenesisIsSound() public {
        ValidatorRegistry.Seat[] memory seats = genesis(65);
        VM.expectPartialRevert(ValidatorRegistry.ValidatorInvalidCount.selector);
        start(seats);
        seats = genesis(4);
        seats[3].validator = address(0);
        VM.expectPartialRevert(ValidatorRegistry.ValidatorInvalidKey.selector);
        start(seats);
        seats[3].validator = seats[0].validator;
        VM.expectPartialRevert(ValidatorRegistry.ValidatorInvalidKey.selector);
        start(seats);
        seats = genesis(4);
        seats[3].organisation = 0;
        VM.expectPartialRevert(ValidatorRegistry.ValidatorNotEligible.selector);
        start(seats);
        assertEq(start(genesis(64)).getValidators().length, 64);
    }

    /// @dev Each key of an organisation of its own.
    function genesis(uint256 count) private pure returns (ValidatorRegistry.Seat[] memory seats) {
        seats = new ValidatorRegistry.Seat[](count);
        for (uint256 i = 0; i < count; ++i) {
            seats[i] = ValidatorRegistry.Seat(address(uint160(i + 1)), bytes32(i + 1));
        }
    }

    function start(ValidatorRegistry.Seat[] memory seats) private returns (ValidatorRegistry) {
        return new ValidatorRegistry(address(this), alliance, INTERVAL, seats);
    }

    function nominate(uint256 member, uint256 candidate) private {
        VM.prank(account(member));
        registry.nominate(key(candidate));
    }

    function admitLater(uint256 member, uint256 candidate) private {
        VM.roll(block.number + INTERVAL);
        nominate(member, candidate == 5 ? 55 : candidate);
        registry.admit(key(candidate == 5 ? 55 : candidate), REF);
    }

    function tooEarly(uint256 allowedAt) private {
        VM.expectRevert(
            abi.encodeWithSelector(ValidatorRegistry.ValidatorTooEarly.selector, allowedAt)
        );
    }

    function tooMany(bytes32 organisation, uint256 seats, uint256 most) private {
        VM.expectRevert(
            abi.encodeWithSelector(
                ValidatorRegistry.ValidatorTooManySeats.selector,
                organisation,
                seats,
                most
            )
        );
    }

    function notEligible(bytes32 organisation) private {
        VM.expectRevert(
            abi.encodeWithSelector(ValidatorRegistry.ValidatorNotEligible.selector, organisation)
        );
    }
}
