// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BPass} from "../../../contracts/identity/BPass.sol";
import {IMigratable} from "../../../contracts/identity/IMigratable.sol";
import {ITrustedIssuers} from "../../../contracts/identity/ITrustedIssuers.sol";
import {IERC5192, IERC5484, IERC7858} from "../../../contracts/identity/PassStandards.sol";
import {Office} from "./support/Office.sol";

contract BPassTest is Office {
    bytes32 private constant PASS_SCHEMA = keccak256("pass");
    address private constant RECOVERY = address(0x22);
    BPass private passes;

    function setUp() public {
        openOffice();
        passes = new BPass(address(authority), dids, issuers, PASS_SCHEMA);
        permit(address(passes), IMigratable.lock.selector, 22, RECOVERY);
        permit(address(passes), IMigratable.migrate.selector, 22, RECOVERY);
        VM.prank(ACCREDITOR);
        issuers.accredit(issuer, PASS_SCHEMA, ITrustedIssuers.Period(START, FAR, 1), ORDER);
    }

    function test_APassIsIssuedByTwoSignaturesAndHasNoAttributes() public {
        BPass.Pass memory pass = passOf(77);
        VM.expectEmit(address(passes));
        emit IERC5192.Locked(77);
        VM.expectEmit(address(passes));
        emit IERC5484.Issued(issuer, holder, 77, IERC5484.BurnAuth.Both);
        VM.expectEmit(address(passes));
        emit IERC7858.TokenExpiryUpdated(77, START, FAR);
        issue(pass);
        require(passes.ownerOf(77) == holder && passes.passOf(holder) == 77, "holder");
        require(passes.locked(77) && passes.isValid(holder), "locked and valid");
        require(passes.burnAuth(77) == IERC5484.BurnAuth.Both, "burn");
        assertEq(passes.tokenURI(77), "");
        assertEq(passes.startTime(77), START);
        assertEq(passes.endTime(77), FAR);
        require(passes.expiryType() == IERC7858.EXPIRY_TYPE.TIME_BASED, "seconds");
        bytes4[4] memory ids = [bytes4(0xb45a3c0e), 0x0489b56f, 0x80ac58cd, 0x01ffc9a7];
        for (uint256 i = 0; i < 4; ++i) require(passes.supportsInterface(ids[i]), "interface");
        require(passes.supportsInterface(type(IERC7858).interfaceId), "ERC-7858");
        require(!passes.supportsInterface(0xffffffff), "ERC-165");
    }

    function test_NobodyGetsAPassUnasked() public {
        BPass.Pass memory pass = passOf(77);
        bytes memory byIssuer = signed(ISSUER_KEY, passes.hashOf(pass));
        refuse(BPass.BPassInvalidSignature.selector);
        passes.issue(pass, byIssuer, "");
        refuse(BPass.BPassInvalidSignature.selector);
        passes.issue(pass, byIssuer, byIssuer);
        bytes memory byHolder = signed(HOLDER_KEY, passes.hashOf(pass));
        refuse(BPass.BPassInvalidSignature.selector);
        passes.issue(pass, byHolder, byHolder);
        VM.prank(holder);
        passes.issue(pass, byIssuer, "");
        require(passes.isValid(holder), "by the holder");
    }

    function test_APassNeverLeavesItsAccount() public {
        issue(passOf(77));
        VM.startPrank(holder);
        refuse(BPass.BPassLocked.selector);
        passes.transferFrom(holder, ALICE, 77);
        refuse(BPass.BPassLocked.selector);
        passes.safeTransferFrom(holder, ALICE, 77);
        refuse(BPass.BPassLocked.selector);
        passes.safeTransferFrom(holder, ALICE, 77, "");
        refuse(BPass.BPassLocked.selector);
        passes.approve(ALICE, 77);
        refuse(BPass.BPassLocked.selector);
        passes.setApprovalForAll(ALICE, true);
        VM.stopPrank();
    }

    function test_APassEndsWithItsTimeAndItsIssuersTrust() public {
        issue(passOf(77));
        VM.prank(ACCREDITOR);
        issuers.suspend(issuer, PASS_SCHEMA, ORDER);
        require(!passes.isValid(holder) && !passes.isTokenExpired(77), "suspended");
        VM.warp(FAR - 1);
        require(!passes.isTokenExpired(77), "not yet");
        VM.warp(FAR);
        require(passes.isTokenExpired(77) && !passes.isValid(holder), "over");
        VM.expectPartialRevert(bytes4(keccak256("ERC721NonexistentToken(uint256)")));
        passes.isTokenExpired(78);
    }

    function test_PassesHaveSoundTimesAndNumbers() public {
        BPass.Pass[4] memory bad = [passOf(0), passOf(1), passOf(2), passOf(3)];
        bad[1].endsAt = START;
        (bad[2].startsAt, bad[2].endsAt) = (FAR, FAR);
        (bad[3].startsAt, bad[3].endsAt) = (START - 1, START);
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory signature = signed(ISSUER_KEY, passes.hashOf(bad[i]));
            refuse(BPass.BPassInvalid.selector);
            VM.prank(holder);
            passes.issue(bad[i], signature, "");
        }
        BPass.Pass memory early = passOf(3);
        early.startsAt = START + 1;
        issue(early);
        require(!passes.isValid(holder), "not yet");
    }

    /// @dev A burned pass does not come back by its old signatures.
    function test_Attack_ReplayOfABurnedPass() public {
        BPass.Pass memory pass = passOf(77);
        issue(pass);
        VM.prank(issuer);
        passes.burn(77);
        bytes memory byIssuer = signed(ISSUER_KEY, passes.hashOf(pass));
        refuse(BPass.BPassInvalid.selector);
        VM.prank(holder);
        passes.issue(pass, byIssuer, "");
        BPass twin = new BPass(address(authority), dids, issuers, PASS_SCHEMA);
        refuse(BPass.BPassInvalidSignature.selector);
        VM.prank(holder);
        twin.issue(pass, byIssuer, "");
    }

    function test_HolderAndIssuerBurnAndNobodyElse() public {
        issue(passOf(1));
        refuse(BPass.BPassNotYours.selector);
        VM.prank(ALICE);
        passes.burn(1);
        VM.prank(holder);
        passes.burn(1);
        require(passes.passOf(holder) == 0 && !passes.isValid(holder), "by the holder");
        issue(passOf(2));
        bytes32 hash = typedHash(
            address(passes),
            abi.encode(keccak256("Burn(uint256 tokenId,uint64 deadline)"), 2, START)
        );
        bytes memory byAnother = signed(ISSUER_KEY, hash);
        refuse(BPass.BPassInvalidSignature.selector);
        passes.burnSigned(2, START, byAnother);
        bytes memory byHolder = signed(HOLDER_KEY, hash);
        VM.warp(START + 1);
        refuse(BPass.BPassInvalid.selector);
        passes.burnSigned(2, START, byHolder);
        VM.warp(START);
        passes.burnSigned(2, START, byHolder);
        assertEq(passes.balanceOf(holder), 0);
    }

    function test_ANewPassReplacesTheOld() public {
        issue(passOf(1));
        issue(passOf(2));
        assertEq(passes.balanceOf(holder), 1);
        assertEq(passes.passOf(holder), 2);
    }

    function test_OnlyTrustedIssuersIssue() public {
        BPass.Pass memory pass = passOf(77);
        pass.issuer = holder;
        bytes memory own = signed(HOLDER_KEY, passes.hashOf(pass));
        refuse(BPass.BPassIssuerNotTrusted.selector);
        passes.issue(pass, own, own);
    }

    function test_APassWaitsAndMovesInARecovery() public {
        issue(passOf(1));
        VM.prank(RECOVERY);
        passes.lock(holder, START + 60);
        refuse(BPass.BPassNotYours.selector);
        VM.prank(holder);
        passes.burn(1);
        refuse(BPass.BPassAccountLocked.selector);
        passes.burnSigned(1, START, "");
        refuse(BPass.BPassAccountLocked.selector);
        passes.issue(passOf(2), "", "");
        VM.prank(RECOVERY);
        passes.migrate(holder, ALICE);
        require(passes.isValid(ALICE) && !passes.isValid(holder), "moved");
        VM.startPrank(RECOVERY);
        refuse(BPass.BPassAccountLocked.selector);
        passes.lock(holder, 0);
        passes.migrate(holder, ALICE);
        passes.migrate(ALICE, ALICE);
        VM.stopPrank();
        assertEq(passes.passOf(ALICE), 1);
        refuse(BPass.BPassAccountLocked.selector);
        passes.issue(passOf(2), "", "");
    }

    function test_ASuccessorWithAPassKeepsItsOwn() public {
        issue(passOf(1));
        BPass.Pass memory other = passOf(2);
        other.holder = ALICE;
        bytes memory signature = signed(ISSUER_KEY, passes.hashOf(other));
        VM.prank(ALICE);
        passes.issue(other, signature, "");
        VM.prank(RECOVERY);
        passes.migrate(holder, ALICE);
        assertEq(passes.passOf(ALICE), 2);
        assertEq(passes.balanceOf(holder), 0);
        assertEq(passes.balanceOf(ALICE), 1);
    }

    function test_OnlyTheRecoveryLocksAndMoves() public {
        refuse(bytes4(keccak256("AccessManagedUnauthorized(address)")));
        VM.prank(ALICE);
        passes.lock(holder, FAR);
        refuse(bytes4(keccak256("AccessManagedUnauthorized(address)")));
        VM.prank(ALICE);
        passes.migrate(holder, ALICE);
    }

    function passOf(uint256 tokenId) private view returns (BPass.Pass memory) {
        return BPass.Pass(issuer, START, holder, FAR, tokenId);
    }

    function issue(BPass.Pass memory pass) private {
        bytes32 hash = passes.hashOf(pass);
        passes.issue(pass, signed(ISSUER_KEY, hash), signed(HOLDER_KEY, hash));
    }
}
