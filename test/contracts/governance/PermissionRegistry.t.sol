// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {CityAccessManager} from "../../../contracts/governance/CityAccessManager.sol";
import {PermissionRegistry} from "../../../contracts/governance/PermissionRegistry.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev A registry under an authority that has two officers, and questions in short.
abstract contract Permissioned is TestCase {
    address internal constant ADMIN = address(0xAD);
    address internal constant GUARDIANS = address(0x9D);
    address internal constant FACTORY = address(0xFAC);
    bytes32 internal constant REF = "order";

    PermissionRegistry internal registry;

    function openRegistry(PermissionRegistry.Mode mode) internal {
        VM.warp(1_800_000_000);
        CityAccessManager authority = new CityAccessManager(address(this));
        address[] memory factories = new address[](1);
        factories[0] = FACTORY;
        registry = new PermissionRegistry(address(authority), mode, factories, new address[](0));
        bytes4[] memory administers = new bytes4[](4);
        administers[0] = registry.setMode.selector;
        administers[1] = registry.setAccount.selector;
        administers[2] = registry.setFactory.selector;
        administers[3] = registry.extendEmergency.selector;
        bytes4[] memory guards = new bytes4[](1);
        guards[0] = registry.declareEmergency.selector;
        authority.setTargetFunctionRole(address(registry), administers, Roles.PERMISSION_ADMIN);
        authority.setTargetFunctionRole(address(registry), guards, Roles.GUARDIAN);
        authority.grantRole(Roles.PERMISSION_ADMIN, ADMIN, 0);
        authority.grantRole(Roles.GUARDIAN, GUARDIANS, 0);
    }

    function mayCall(address sender, address target) internal view returns (bool) {
        return registry.transactionAllowed(sender, target, 0, 0, 0, "");
    }

    function mayDeploy(address sender) internal view returns (bool) {
        return mayCall(sender, address(0));
    }
}

/// @dev Administrators and guardians who do anything, and strangers who try to.
contract Administration is Permissioned {
    uint256 public emergencyCount;
    uint256 public violationCount;

    constructor() {
        openRegistry(PermissionRegistry.Mode.DeployListed);
    }

    function setMode(uint8 mode) external {
        VM.prank(ADMIN);
        registry.setMode(PermissionRegistry.Mode(mode % 3), REF);
    }

    function setAccount(uint8 account, uint8 permissions) external {
        VM.prank(ADMIN);
        registry.setAccount(who(account), permissions % 8, REF);
    }

    function setFactory(uint8 factory, bool counts) external {
        VM.prank(ADMIN);
        registry.setFactory(who(factory), counts, REF);
    }

    function declareEmergency() external {
        VM.prank(GUARDIANS);
        registry.declareEmergency(REF);
        ++emergencyCount;
    }

    function extendEmergency(uint48 until) external {
        uint48 end = uint48(bound(until, block.timestamp, block.timestamp + 40 days));
        VM.prank(ADMIN);
        registry.extendEmergency(end, REF);
    }

    function endEmergency() external {
        bool isOver = block.timestamp >= registry.emergencyEndsAt();
        registry.endEmergency();
        if (!isOver) ++violationCount;
    }

    function wait(uint256 time) external {
        VM.warp(block.timestamp + bound(time, 1 hours, 5 days));
    }

    function intrude(uint8 account) external {
        VM.startPrank(who(account));
        (bool moded, ) = address(registry).call(
            abi.encodeCall(registry.setMode, (PermissionRegistry.Mode.Open, REF))
        );
        (bool listed, ) = address(registry).call(
            abi.encodeCall(registry.setAccount, (who(account), 7, REF))
        );
        (bool stopped, ) = address(registry).call(abi.encodeCall(registry.declareEmergency, (REF)));
        VM.stopPrank();
        if (moded || listed || stopped) ++violationCount;
    }

    function who(uint8 account) public pure returns (address) {
        return address(uint160(account % 4) + 1);
    }

    /// @dev Any administrator can go back to open within one call, whatever was done before.
    function canReopen() external returns (bool) {
        VM.prank(ADMIN);
        registry.setMode(PermissionRegistry.Mode.Open, REF);
        return mayDeploy(who(0));
    }

    function target() external view returns (PermissionRegistry) {
        return registry;
    }
}

/// @dev The answer as the rules have it, in other words.
contract PermissionRegistryInvariants is TestCase {
    Administration private administration;

    function setUp() public {
        administration = new Administration();
    }

    function invariant_N2_AnswersFollowFromModeAndListsAlone() public view {
        PermissionRegistry registry = administration.target();
        for (uint8 i = 0; i < 4; ++i) {
            for (uint8 j = 0; j < 5; ++j) {
                (address sender, address target) = (
                    administration.who(i),
                    j == 4 ? address(0) : administration.who(j)
                );
                bool answer = registry.transactionAllowed(sender, target, i, j, 21_000, hex"01");
                require(answer == expected(registry, sender, target), "N2");
            }
        }
    }

    function invariant_N2_EmergenciesEndAndNobodyElseChangesAnything() public view {
        PermissionRegistry registry = administration.target();
        assertEq(administration.violationCount(), 0);
        require(registry.ordinaryMode() != PermissionRegistry.Mode.Emergency, "no way back");
        bool isOn = registry.mode() == PermissionRegistry.Mode.Emergency;
        require(isOn || registry.mode() == registry.ordinaryMode(), "another mode");
        require(!isOn || registry.emergencyEndsAt() <= block.timestamp + 40 days, "endless");
    }

    function expected(
        PermissionRegistry registry,
        address sender,
        address target
    ) private view returns (bool) {
        uint8 own = registry.permissionsOf(sender);
        bool deploys = target == address(0) || registry.isFactory(target);
        if (registry.mode() == PermissionRegistry.Mode.Open || own >= 4) return true;
        if (registry.mode() == PermissionRegistry.Mode.Emergency) return false;
        if (deploys) return own == 2 || own == 3;
        return registry.mode() == PermissionRegistry.Mode.DeployListed || own > 0;
    }
}

contract PermissionRegistryTest is Permissioned {
    function setUp() public {
        openRegistry(PermissionRegistry.Mode.DeployListed);
    }

    function test_OnlyListedAccountsDeploy() public {
        require(mayCall(ALICE, BOB) && !mayDeploy(ALICE));
        list(ALICE, registry.DEPLOYER());
        require(mayDeploy(ALICE) && !mayDeploy(BOB));
        list(ALICE, registry.SENDER());
        require(!mayDeploy(ALICE) && mayCall(ALICE, BOB));
    }

    function test_NoRegistryStartsInAnEmergency() public {
        VM.expectRevert(
            abi.encodeWithSelector(PermissionRegistry.PermissionEmergencyNotSet.selector)
        );
        new PermissionRegistry(
            ADMIN,
            PermissionRegistry.Mode.Emergency,
            new address[](0),
            new address[](0)
        );
    }

    function test_Attack_DeployThroughAListedFactory() public {
        require(!mayCall(ALICE, FACTORY));
        list(ALICE, registry.DEPLOYER());
        require(mayCall(ALICE, FACTORY));
    }

    function test_WhereSendersAreListedOthersMayNothing() public {
        setMode(PermissionRegistry.Mode.AllListed);
        require(!mayCall(ALICE, BOB) && !mayDeploy(ALICE));
        list(ALICE, registry.SENDER());
        require(mayCall(ALICE, BOB) && !mayDeploy(ALICE));
    }

    function test_AnOpenChainAsksNothing() public {
        setMode(PermissionRegistry.Mode.Open);
        require(mayCall(ALICE, BOB) && mayDeploy(ALICE));
    }

    function test_InAnEmergencyOnlySystemAccountsAct() public {
        list(ALICE, registry.SENDER() | registry.DEPLOYER());
        list(BOB, registry.SYSTEM());
        declare();
        require(!mayCall(ALICE, BOB) && !mayDeploy(ALICE));
        require(mayCall(BOB, ALICE) && mayDeploy(BOB));
    }

    function test_AnEmergencyEndsByItselfAndRests() public {
        declare();
        uint48 end = registry.emergencyEndsAt();
        assertEq(end, block.timestamp + 72 hours);
        tooEarly(end);
        registry.endEmergency();
        VM.warp(end);
        registry.endEmergency();
        require(registry.mode() == PermissionRegistry.Mode.DeployListed);
        tooEarly(end + 7 days);
        VM.prank(GUARDIANS);
        registry.declareEmergency(REF);
        VM.warp(end + 7 days);
        declare();
    }

    function test_AnEmergencyIsExtendedForwardAndWithinAMonth() public {
        VM.expectRevert(abi.encodeWithSelector(PermissionRegistry.PermissionNoEmergency.selector));
        extend(0);
        declare();
        uint48[2] memory wrong = [
            registry.emergencyEndsAt(),
            uint48(block.timestamp + 30 days + 1)
        ];
        for (uint256 i = 0; i < 2; ++i) {
            VM.expectRevert(
                abi.encodeWithSelector(
                    PermissionRegistry.PermissionInvalidExtension.selector,
                    wrong[i]
                )
            );
            extend(wrong[i]);
        }
        extend(uint48(block.timestamp + 30 days));
        assertEq(registry.emergencyEndsAt(), block.timestamp + 30 days);
    }

    function test_TheAdministratorEndsAnEmergencyAtOnce() public {
        declare();
        VM.expectRevert(abi.encodeWithSelector(PermissionRegistry.PermissionEmergencyOn.selector));
        VM.prank(GUARDIANS);
        registry.declareEmergency(REF);
        setMode(PermissionRegistry.Mode.Open);
        require(mayCall(ALICE, BOB));
        tooEarly(uint48(block.timestamp) + 7 days);
        VM.prank(GUARDIANS);
        registry.declareEmergency(REF);
    }

    function test_NobodyElseMayChangeAnything(address stranger) public {
        VM.assume(stranger != ADMIN && stranger != GUARDIANS);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector,
            stranger
        );
        VM.startPrank(stranger);
        VM.expectRevert(refusal);
        registry.setMode(PermissionRegistry.Mode.Open, REF);
        VM.expectRevert(refusal);
        registry.setAccount(stranger, 2, REF);
        VM.expectRevert(refusal);
        registry.setFactory(FACTORY, false, REF);
        VM.expectRevert(refusal);
        registry.declareEmergency(REF);
        VM.expectRevert(refusal);
        registry.extendEmergency(0, REF);
        VM.stopPrank();
    }

    function test_MeaninglessSettingsAreRefused() public {
        VM.expectRevert(
            abi.encodeWithSelector(PermissionRegistry.PermissionUnknownBits.selector, 8)
        );
        list(ALICE, 8);
        VM.expectRevert(
            abi.encodeWithSelector(PermissionRegistry.PermissionEmergencyNotSet.selector)
        );
        setMode(PermissionRegistry.Mode.Emergency);
        VM.expectRevert(abi.encodeWithSelector(PermissionRegistry.PermissionNoEmergency.selector));
        registry.endEmergency();
    }

    /// @dev Nodes give the question 1,000,000 gas, whatever the payload.
    function test_TheAnswerIsCheap() public view {
        uint256 before = gasleft();
        registry.transactionAllowed(ALICE, BOB, 1, 1, 1, new bytes(128 * 1024));
        require(before - gasleft() < 400_000);
    }

    function list(address account, uint8 permissions) private {
        VM.prank(ADMIN);
        registry.setAccount(account, permissions, REF);
    }

    function setMode(PermissionRegistry.Mode mode) private {
        VM.prank(ADMIN);
        registry.setMode(mode, REF);
    }

    function declare() private {
        VM.prank(GUARDIANS);
        registry.declareEmergency(REF);
    }

    function extend(uint48 until) private {
        VM.prank(ADMIN);
        registry.extendEmergency(until, REF);
    }

    function tooEarly(uint48 allowedAt) private {
        VM.expectRevert(
            abi.encodeWithSelector(PermissionRegistry.PermissionTooEarly.selector, allowedAt)
        );
    }
}
