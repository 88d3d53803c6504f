// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityAccessManager} from "../../../contracts/governance/CityAccessManager.sol";
import {CityTimelock} from "../../../contracts/governance/CityTimelock.sol";
import {GuardianCouncil} from "../../../contracts/governance/GuardianCouncil.sol";
import {PermissionRegistry} from "../../../contracts/governance/PermissionRegistry.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev The wiring of a governed network, with keys of guardians 1 to 4 of weights 2, 2, 1, 1.
abstract contract Governed is TestCase {
    address internal constant COMMITTEE = address(0xC0);
    bytes32 internal constant REF = "order";
    uint32 internal constant DELAY = 7 days;

    CityAccessManager internal authority;
    CityTimelock internal timelock;
    GuardianCouncil internal council;
    PermissionRegistry internal registry;

    function govern() internal {
        VM.warp(1_800_000_000);
        authority = new CityAccessManager(address(this));
        address[] memory committee = new address[](1);
        committee[0] = COMMITTEE;
        timelock = new CityTimelock(DELAY, committee, address(this));
        bytes4[] memory stops = new bytes4[](3);
        stops[0] = bytes4(keccak256("cancel(bytes32)"));
        stops[1] = authority.cancel.selector;
        stops[2] = PermissionRegistry.declareEmergency.selector;
        address[] memory signers = new address[](4);
        uint64[] memory weights = new uint64[](4);
        for (uint256 i = 0; i < 4; ++i) (signers[i], weights[i]) = (VM.addr(i + 1), i < 2 ? 2 : 1);
        council = new GuardianCouncil(address(authority), signers, weights, 4, stops);
        address[] memory none = new address[](0);
        registry = new PermissionRegistry(
            address(authority),
            PermissionRegistry.Mode.DeployListed,
            none,
            none
        );
        bytes4[] memory one = new bytes4[](1);
        one[0] = PermissionRegistry.declareEmergency.selector;
        authority.setTargetFunctionRole(address(registry), one, Roles.GUARDIAN);
        authority.grantRole(Roles.GUARDIAN, address(council), 0);
        authority.setTargetAdminDelay(address(registry), DELAY);
        authority.grantRole(authority.ADMIN_ROLE(), address(timelock), 0);
        authority.renounceRole(authority.ADMIN_ROLE(), address(this));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(council));
        timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), address(this));
        VM.warp(block.timestamp + 5 days);
    }

    /// @dev Announces a call of the administrator.
    function propose(address target, bytes memory data) internal returns (bytes32 id) {
        VM.prank(COMMITTEE);
        timelock.schedule(target, 0, data, 0, 0, DELAY);
        return timelock.hashOperation(target, 0, data, 0, 0);
    }

    function execute(address target, bytes memory data) internal {
        timelock.execute(target, 0, data, 0, 0);
    }

    /// @dev A signature of some of the guardians, each a bit of the mask.
    function signed(bytes32 digest, uint256 mask) internal pure returns (bytes memory) {
        uint256 count = 0;
        for (uint256 i = 0; i < 5; ++i) if ((mask >> i) & 1 == 1) ++count;
        (bytes[] memory signers, bytes[] memory signatures) = (
            new bytes[](count),
            new bytes[](count)
        );
        for (uint256 i = 0; i < 5; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            (uint8 v, bytes32 r, bytes32 s) = VM.sign(i + 1, digest);
            insert(
                signers,
                signatures,
                abi.encodePacked(VM.addr(i + 1)),
                abi.encodePacked(r, s, v)
            );
        }
        return abi.encode(signers, signatures);
    }

    function insert(
        bytes[] memory signers,
        bytes[] memory signatures,
        bytes memory signer,
        bytes memory signature
    ) private pure {
        uint256 place = 0;
        while (signers[place].length > 0) ++place;
        for (; place > 0 && keccak256(signers[place - 1]) > keccak256(signer); --place) {
            (signers[place], signatures[place]) = (signers[place - 1], signatures[place - 1]);
        }
        (signers[place], signatures[place]) = (signer, signature);
    }

    function stop(address target, bytes memory data, uint256 mask) internal {
        stop(target, data, mask, "");
    }

    /// @param refusal what the council reverts with; empty: nothing
    function stop(address target, bytes memory data, uint256 mask, bytes memory refusal) internal {
        uint48 deadline = uint48(block.timestamp);
        bytes memory signature = signed(this.digestOf(target, data, deadline), mask);
        if (refusal.length > 0) VM.expectRevert(refusal);
        council.stop(target, data, deadline, signature);
    }

    function digestOf(
        address target,
        bytes calldata data,
        uint48 deadline
    ) external view returns (bytes32) {
        return council.stopHash(target, data, council.nonce(), deadline);
    }
}

contract GuardianCouncilTest is Governed {
    uint256 private constant CARRIED = 3;

    function setUp() public {
        govern();
    }

    function test_EnoughWeightStops(uint256 mask) public {
        mask = bound(mask, 1, 15);
        uint256 weight = 2 * (mask & 1) + 2 * ((mask >> 1) & 1) + ((mask >> 2) & 1) + (mask >> 3);
        stop(address(registry), emergency(), mask, weight < 4 ? notAgreed() : bytes(""));
        bool isOn = registry.mode() == PermissionRegistry.Mode.Emergency;
        require(isOn == (weight >= 4));
    }

    function test_StrangersWeighNothing() public {
        stop(address(registry), emergency(), 16 | 1 | 4, notAgreed());
    }

    function test_Attack_CouncilUpgradesMintsOrSeizes() public {
        bytes[4] memory calls = [
            abi.encodeWithSignature("upgradeToAndCall(address,bytes)", ALICE, ""),
            abi.encodeWithSignature("mint(address,uint256,bytes32)", ALICE, 1, REF),
            abi.encodeWithSignature("forcedTransfer(address,address,uint256)", ALICE, BOB, 1),
            abi.encodeCall(registry.setMode, (PermissionRegistry.Mode.Open, REF))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(
                GuardianCouncil.GuardianNotAStop.selector,
                bytes4(calls[i])
            );
            stop(address(registry), calls[i], 15, refusal);
        }
    }

    function test_Attack_ReplayOfADecision() public {
        uint48 deadline = uint48(block.timestamp + 100 days);
        bytes32 digest = this.digestOf(address(registry), emergency(), deadline);
        bytes memory signature = signed(digest, CARRIED);
        council.stop(address(registry), emergency(), deadline, signature);
        VM.warp(block.timestamp + 20 days);
        registry.endEmergency();
        VM.expectRevert(notAgreed());
        council.stop(address(registry), emergency(), deadline, signature);
    }

    function test_ADecisionHoldsUpToItsDeadline() public {
        uint48 deadline = uint48(block.timestamp);
        bytes memory signature = signed(
            this.digestOf(address(registry), emergency(), deadline),
            CARRIED
        );
        VM.warp(block.timestamp + 1);
        VM.expectRevert(abi.encodeWithSelector(GuardianCouncil.GuardianExpired.selector, deadline));
        council.stop(address(registry), emergency(), deadline, signature);
    }

    function test_ItCancelsWhatIsScheduled() public {
        bytes memory grant = abi.encodeCall(authority.grantRole, (Roles.UPGRADER, ALICE, 0));
        bytes32 id = propose(address(authority), grant);
        stop(address(timelock), abi.encodeWithSignature("cancel(bytes32)", id), CARRIED);
        VM.warp(block.timestamp + DELAY);
        (bool executed, ) = address(timelock).call(
            abi.encodeCall(timelock.execute, (address(authority), 0, grant, 0, 0))
        );
        require(!executed && !timelock.isOperation(id));
    }

    function test_OnlyTheAdministratorReplacesMembers() public {
        (address[] memory removed, address[] memory added) = (new address[](1), new address[](1));
        (removed[0], added[0]) = (VM.addr(1), VM.addr(5));
        uint64[] memory weights = new uint64[](1);
        weights[0] = 4;
        bytes memory change = abi.encodeCall(council.changeMembers, (removed, added, weights, 4));
        (bool changed, ) = address(council).call(change);
        require(!changed);
        bytes memory act = abi.encodeCall(authority.execute, (address(council), change));
        propose(address(authority), act);
        VM.warp(block.timestamp + DELAY);
        execute(address(authority), act);
        stop(address(registry), emergency(), CARRIED, notAgreed());
        stop(address(registry), emergency(), 16);
    }

    function test_Attack_TimelockBypassedByUpdateAuthorityOrExecute() public {
        bytes[2] memory acts = [
            abi.encodeCall(authority.updateAuthority, (address(registry), ALICE)),
            abi.encodeCall(
                authority.execute,
                (
                    address(registry),
                    abi.encodeCall(registry.setMode, (PermissionRegistry.Mode.Open, REF))
                )
            )
        ];
        address[3] memory callers = [COMMITTEE, address(council), ALICE];
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                VM.prank(callers[j]);
                (bool succeeded, ) = address(authority).call(acts[i]);
                require(!succeeded);
            }
            propose(address(authority), acts[i]);
            VM.warp(block.timestamp + DELAY - 1);
            (bool early, ) = address(timelock).call(
                abi.encodeCall(timelock.execute, (address(authority), 0, acts[i], 0, 0))
            );
            require(!early);
        }
        require(registry.authority() == address(authority));
    }

    /// @dev The delay of the target comes on top of the timelock's.
    function test_Attack_FunctionRolesChangedAtOnceByTheAdministrator() public {
        bytes4[] memory one = new bytes4[](1);
        one[0] = registry.setMode.selector;
        uint64 everyone = authority.PUBLIC_ROLE();
        bytes memory open = abi.encodeCall(
            authority.setTargetFunctionRole,
            (address(registry), one, everyone)
        );
        propose(address(authority), open);
        VM.warp(block.timestamp + DELAY);
        (bool opened, ) = address(timelock).call(
            abi.encodeCall(timelock.execute, (address(authority), 0, open, 0, 0))
        );
        require(!opened);
        require(authority.getTargetFunctionRole(address(registry), one[0]) != everyone);
    }

    function test_Attack_AdminFunctionsOfAClosedTarget() public {
        bytes memory close = abi.encodeCall(authority.setTargetClosed, (address(registry), true));
        bytes memory later = abi.encodeCall(authority.schedule, (address(authority), close, 0));
        propose(address(authority), later);
        VM.warp(block.timestamp + DELAY);
        execute(address(authority), later);
        bytes memory act = abi.encodeCall(authority.execute, (address(authority), close));
        propose(address(authority), act);
        VM.warp(block.timestamp + DELAY);
        execute(address(authority), act);
        require(authority.isTargetClosed(address(registry)));
        (bool stopped, ) = address(this).call(abi.encodeCall(this.stopOutside, ()));
        require(!stopped && registry.mode() == PermissionRegistry.Mode.DeployListed);
        require(registry.transactionAllowed(ALICE, BOB, 0, 0, 0, ""));
    }

    function stopOutside() external {
        stop(address(registry), emergency(), CARRIED);
    }

    function emergency() private pure returns (bytes memory) {
        return abi.encodeCall(PermissionRegistry.declareEmergency, (REF));
    }

    function notAgreed() private pure returns (bytes memory) {
        return abi.encodeWithSelector(GuardianCouncil.GuardianNotAgreed.selector);
    }
}
