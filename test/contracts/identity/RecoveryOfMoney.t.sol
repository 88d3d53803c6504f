// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/governance/Roles.sol";
import {AccountRecovery} from "../../../contracts/identity/AccountRecovery.sol";
import {IMigratable} from "../../../contracts/identity/IMigratable.sol";
import {City} from "../money/support/City.sol";

/// @dev J7 with deposits: the phone is lost, the money is not.
contract RecoveryOfMoneyTest is City {
    uint256 private constant OWNER = 61;
    uint256 private constant DESK = 62;
    uint256 private constant BANK = 63;
    AccountRecovery private recovery;
    address private owner;

    function setUp() public {
        openBank();
        owner = VM.addr(OWNER);
        recovery = new AccountRecovery(address(authority), 48 hours);
        authority.grantRole(Roles.RECOVERY, address(recovery), 0);
        recovery.setTarget(IMigratable(address(won)), true);
        fund(owner, 1_000);
        bytes32 commitment = recovery.commitmentOf(guardians());
        VM.prank(owner);
        recovery.nameGuardians(commitment);
    }

    function test_J7_TheOldKeyCannotSpendAndTheMoneyMoves() public {
        start();
        VM.prank(owner);
        (bool isSent, ) = address(won).call(abi.encodeCall(won.transfer, (BOB, 1)));
        require(!isSent, "locked");
        VM.warp(block.timestamp + 48 hours);
        recovery.finish(owner);
        assertEq(won.balanceOf(ALICE), 1_000);
        assertEq(won.balanceOf(owner), 0);
        VM.prank(ALICE);
        won.transfer(BOB, 1_000);
    }

    function test_J7_AnObjectionLetsTheOwnerSpendAgain() public {
        start();
        VM.startPrank(owner);
        recovery.object();
        won.transfer(BOB, 1);
        VM.stopPrank();
        assertEq(won.balanceOf(BOB), 1);
    }

    /// @dev What was frozen by an order stays so, and follows when the freeze is over.
    function test_J7_FrozenMoneyFollowsAfterItsFreeze() public {
        freeze(owner, 400);
        start();
        VM.warp(block.timestamp + 12 hours);
        freeze(owner, 400);
        VM.warp(block.timestamp + 36 hours);
        freeze(owner, 400);
        recovery.finish(owner);
        assertEq(won.balanceOf(ALICE), 600);
        VM.warp(block.timestamp + 1 days);
        recovery.follow(owner, IMigratable(address(won)));
        assertEq(won.balanceOf(ALICE), 1_000);
    }

    function start() private {
        uint64 deadline = uint64(block.timestamp + 1 hours);
        bytes32 hash = recovery.hashOf(owner, ALICE, deadline);
        bytes[] memory signatures = new bytes[](2);
        (signatures[0], signatures[1]) = (signed(DESK, hash), signed(BANK, hash));
        recovery.start(owner, ALICE, guardians(), deadline, signatures);
    }

    function guardians() private pure returns (AccountRecovery.Guardians memory) {
        bytes[] memory signers = new bytes[](2);
        signers[0] = abi.encodePacked(VM.addr(DESK));
        signers[1] = abi.encodePacked(VM.addr(BANK));
        return AccountRecovery.Guardians("salt", 2, signers);
    }
}
