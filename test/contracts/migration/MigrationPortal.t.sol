// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CityToken} from "../../../contracts/examples/CityToken.sol";
import {MigrationPortal} from "../../../contracts/migration/MigrationPortal.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev Cheat codes for P-256.
interface VmP256 {
    function publicKeyP256(uint256 key) external pure returns (uint256 x, uint256 y);
    function signP256(uint256 key, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
}

contract MigrationPortalTest is TestCase {
    uint256 private constant P256_N =
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    VmP256 private constant P256_VM = VmP256(address(VM));
    MigrationPortal private portal;
    CityToken private token;
    MigrationPortal.Right[2] private rights;
    bytes32[2] private leaves;
    bytes32 private root;

    function setUp() public {
        VM.warp(1_800_000_000);
        AccessManager authority = new AccessManager(address(this));
        authority.grantRole(0, BOB, 0);
        portal = new MigrationPortal(address(authority));
        token = new CityToken(address(this), 1_000);
        token.mint(BOB, 1_000);
        (uint256 x, uint256 y) = P256_VM.publicKeyP256(7);
        rights[0] = MigrationPortal.Right(0, abi.encodePacked(VM.addr(7)), 60);
        rights[1] = MigrationPortal.Right(1, abi.encodePacked(x, y), 40);
        for (uint256 i = 0; i < 2; ++i) leaves[i] = portal.leafOf(rights[i]);
        (bytes32 a, bytes32 b) = leaves[0] < leaves[1]
            ? (leaves[0], leaves[1])
            : (leaves[1], leaves[0]);
        root = keccak256(bytes.concat(a, b));
    }

    function test_OldKeysOfBothCurvesClaimOnce() public {
        open(100);
        claim(0, ALICE, signed(0, ALICE));
        claim(1, ALICE, signed(1, ALICE));
        assertEq(token.balanceOf(ALICE), 100);
        assertEq(portal.snapshotOf(root).claimed, 100);
        bytes memory signature = signed(0, BOB);
        VM.expectRevert(
            abi.encodeWithSelector(MigrationPortal.MigrationAlreadyClaimed.selector, 0)
        );
        claim(0, BOB, signature);
    }

    function test_ClaimsNeverExceedTheTotal() public {
        open(99);
        claim(0, ALICE, signed(0, ALICE));
        bytes memory signature = signed(1, ALICE);
        VM.expectRevert(
            abi.encodeWithSelector(MigrationPortal.MigrationAboveTotal.selector, 100, 99)
        );
        claim(1, ALICE, signature);
    }

    function test_Attack_SignatureForAnotherOwner() public {
        open(100);
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory signature = signed(i, ALICE);
            VM.expectRevert(
                abi.encodeWithSelector(MigrationPortal.MigrationInvalidSignature.selector)
            );
            claim(i, BOB, signature);
        }
    }

    function test_Attack_AmountThatIsNotInTheSnapshot() public {
        open(100);
        rights[0].amount = 61;
        bytes memory signature = signed(0, ALICE);
        VM.expectRevert(abi.encodeWithSelector(MigrationPortal.MigrationNotInSnapshot.selector, 0));
        claim(0, ALICE, signature);
    }

    function test_TwoAttestorsOpenAndTheRestGoesBack() public {
        portal.propose(root, token, 100, uint64(block.timestamp + 1 days), "metadium");
        VM.expectRevert(
            abi.encodeWithSelector(MigrationPortal.MigrationSameAttestor.selector, address(this))
        );
        portal.confirm(root);
        VM.startPrank(BOB);
        token.approve(address(portal), 100);
        portal.confirm(root);
        VM.stopPrank();
        claim(0, ALICE, signed(0, ALICE));
        VM.expectRevert(abi.encodeWithSelector(MigrationPortal.MigrationNotNow.selector, root));
        portal.close(root, BOB);
        VM.warp(block.timestamp + 1 days);
        portal.close(root, address(this));
        assertEq(token.balanceOf(address(this)), 40);
    }

    function test_ASnapshotIsProposedOnceWithTimeLeft() public {
        bytes memory invalid = abi.encodeWithSelector(
            MigrationPortal.MigrationInvalidSnapshot.selector,
            root
        );
        VM.expectRevert(invalid);
        portal.propose(root, token, 100, uint64(block.timestamp), "metadium");
        portal.propose(root, token, 100, uint64(block.timestamp + 1 days), "metadium");
        VM.expectRevert(invalid);
        portal.propose(root, token, 900, uint64(block.timestamp + 1 days), "metadium");
    }

    function test_NothingIsPaidBeforeOpeningOrAfterTheEnd() public {
        bytes memory notNow = abi.encodeWithSelector(
            MigrationPortal.MigrationNotNow.selector,
            root
        );
        bytes memory signature = signed(0, ALICE);
        VM.expectRevert(notNow);
        portal.confirm(root);
        VM.expectRevert(notNow);
        portal.close(root, BOB);
        VM.expectRevert(notNow);
        claim(0, ALICE, signature);
        open(100);
        VM.expectRevert(notNow);
        VM.prank(BOB);
        portal.confirm(root);
        VM.warp(block.timestamp + 1 days);
        VM.expectRevert(notNow);
        claim(0, ALICE, signature);
    }

    function test_ASnapshotThatWasNotConfirmedInTimeStaysShut() public {
        portal.propose(root, token, 100, uint64(block.timestamp + 1 days), "metadium");
        VM.warp(block.timestamp + 1 days);
        VM.expectRevert(abi.encodeWithSelector(MigrationPortal.MigrationNotNow.selector, root));
        VM.prank(BOB);
        portal.confirm(root);
    }

    function test_SignaturesAndKeysOfOtherShapesAreRefused() public {
        open(100);
        bytes memory invalid = abi.encodeWithSelector(
            MigrationPortal.MigrationInvalidSignature.selector
        );
        VM.expectRevert(invalid);
        claim(0, ALICE, "short");
        VM.expectRevert(invalid);
        claim(1, ALICE, "short");
        MigrationPortal.Right memory odd = MigrationPortal.Right(0, new bytes(33), 1);
        root = portal.leafOf(odd);
        open(1);
        VM.expectRevert(invalid);
        portal.claim(root, odd, new bytes32[](0), ALICE, new bytes(64));
    }

    function open(uint256 total) private {
        portal.propose(root, token, total, uint64(block.timestamp + 1 days), "metadium");
        VM.startPrank(BOB);
        token.approve(address(portal), total);
        portal.confirm(root);
        VM.stopPrank();
    }

    function claim(uint256 index, address newOwner, bytes memory signature) private {
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = leaves[1 - index];
        portal.claim(root, rights[index], proof, newOwner, signature);
    }

    function signed(uint256 index, address newOwner) private view returns (bytes memory) {
        bytes32 hash = portal.hashOf(root, index, newOwner);
        if (index == 1) {
            (bytes32 r, bytes32 s) = P256_VM.signP256(7, hash);
            if (uint256(s) > P256_N / 2) s = bytes32(P256_N - uint256(s));
            return abi.encodePacked(r, s);
        }
        (uint8 v, bytes32 a, bytes32 b) = VM.sign(7, hash);
        return abi.encodePacked(a, b, v);
    }
}
