// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityAccessManager} from "../../../contracts/governance/CityAccessManager.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev Grants and revokes at random, as an admin that has gone wrong.
contract CarelessAdmin {
    CityAccessManager public immutable AUTHORITY = new CityAccessManager(address(this));

    function grant(uint64 roleId, uint8 account) external {
        AUTHORITY.grantRole(30 + (roleId % 15), address(uint160(account % 3) + 1), 0);
    }

    function revoke(uint64 roleId, uint8 account) external {
        AUTHORITY.revokeRole(30 + (roleId % 15), address(uint160(account % 3) + 1));
    }
}

contract CityAccessManagerTest is TestCase {
    CityAccessManager private authority;
    CarelessAdmin private admin;
    uint64[2][16] private rivals;

    function setUp() public {
        VM.warp(1_800_000_000);
        authority = new CityAccessManager(address(this));
        admin = new CarelessAdmin();
        rivals = [
            [uint64(40), 41],
            [uint64(40), 42],
            [uint64(40), 43],
            [uint64(41), 42],
            [uint64(41), 43],
            [uint64(42), 43],
            [uint64(32), 33],
            [uint64(11), 12],
            [uint64(31), 44],
            [uint64(70), 71],
            [uint64(50), 52],
            [uint64(50), 53],
            [uint64(50), 55],
            [uint64(52), 53],
            [uint64(52), 55],
            [uint64(53), 55]
        ];
    }

    function test_OnlyRivalsExcludeEachOther(uint64 held, uint64 wanted) public {
        (held, wanted) = (uint64(bound(held, 1, 90)), uint64(bound(wanted, 1, 90)));
        authority.grantRole(held, ALICE, 0);
        if (areRivals(held, wanted)) expectConflict(held, wanted);
        authority.grantRole(wanted, ALICE, 0);
    }

    function test_EachPairOfRivalsIsRefusedInBothOrders() public {
        for (uint256 i = 0; i < rivals.length; ++i) {
            refused(rivals[i][0], rivals[i][1]);
            refused(rivals[i][1], rivals[i][0]);
        }
    }

    function test_AGrantThatWaitsForItsDelayExcludesToo() public {
        authority.setGrantDelay(Roles.FREEZER, 7 days);
        VM.warp(block.timestamp + 6 days);
        authority.grantRole(Roles.FREEZER, ALICE, 0);
        expectConflict(Roles.FREEZER, Roles.ENFORCER);
        authority.grantRole(Roles.ENFORCER, ALICE, 0);
    }

    function test_ARevokedRoleMakesRoom() public {
        authority.grantRole(Roles.PROGRAM_MAKER, ALICE, 0);
        authority.revokeRole(Roles.PROGRAM_MAKER, ALICE);
        authority.grantRole(Roles.PROGRAM_CHECKER, ALICE, 0);
        (bool isMember, ) = authority.hasRole(Roles.PROGRAM_CHECKER, ALICE);
        assertEq(isMember ? 1 : 0, 1);
    }

    function invariant_X4_NobodyHoldsTwoRolesOfTheExchange() public view {
        for (uint160 account = 1; account <= 3; ++account) {
            uint256 held = 0;
            for (uint64 id = Roles.LISTING; id <= Roles.SURVEILLANCE; ++id) {
                (bool isMember, ) = admin.AUTHORITY().hasRole(id, address(account));
                if (isMember) ++held;
            }
            require(held < 2, NotEqual(held, 1));
        }
    }

    function refused(uint64 held, uint64 wanted) private {
        authority.grantRole(held, ALICE, 0);
        expectConflict(held, wanted);
        authority.grantRole(wanted, ALICE, 0);
        authority.revokeRole(held, ALICE);
    }

    function expectConflict(uint64 held, uint64 wanted) private {
        VM.expectRevert(
            abi.encodeWithSelector(CityAccessManager.RoleConflict.selector, ALICE, held, wanted)
        );
    }

    /// @dev The list of members against what the authority answers about each account.
    function invariant_MembersAreListed() public view {
        CityAccessManager listed = admin.AUTHORITY();
        for (uint64 role = 30; role < 45; ++role) {
            uint256 count = 0;
            for (uint160 account = 1; account < 4; ++account) {
                (bool holds, ) = listed.hasRole(role, address(account));
                if (holds) ++count;
            }
            address[] memory members = listed.membersOf(role);
            assertEq(members.length, count);
            for (uint256 i = 0; i < members.length; ++i) {
                (bool holds, ) = listed.hasRole(role, members[i]);
                require(holds, "not a member");
            }
        }
    }

    function areRivals(uint64 a, uint64 b) private view returns (bool found) {
        for (uint256 i = 0; i < rivals.length; ++i) {
            if (rivals[i][0] == a && rivals[i][1] == b) found = true;
            if (rivals[i][0] == b && rivals[i][1] == a) found = true;
        }
    }
}
