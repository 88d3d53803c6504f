// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC7913P256Verifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";
import {AccountRecovery} from "../../../contracts/identity/AccountRecovery.sol";
import {BPass} from "../../../contracts/identity/BPass.sol";
import {IMigratable} from "../../../contracts/identity/IMigratable.sol";
import {ITrustedIssuers} from "../../../contracts/identity/ITrustedIssuers.sol";
import {Office} from "./support/Office.sol";

/// @dev Cheat codes for P-256.
interface VmP256 {
    function publicKeyP256(uint256 key) external pure returns (uint256 x, uint256 y);
    function signP256(uint256 key, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
}

/// @dev A contract that burns all gas it gets, or refuses, until told otherwise.
contract Obstacle is IMigratable {
    bool public isMended;
    address public movedTo;

    function mend() external {
        isMended = true;
    }

    function lock(address, uint64) external view {
        require(isMended, "refused");
    }

    function migrate(address, address to) external {
        while (!isMended) continue;
        movedTo = to;
    }
}

contract AccountRecoveryTest is Office {
    bytes32 private constant PASS_SCHEMA = keccak256("pass");
    uint256 private constant P256_N =
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    uint256 private constant DESK = 41;
    uint256 private constant BANK = 42;
    uint256 private constant SECOND = 43;
    address private constant NEW = address(0x4e);
    AccountRecovery private recovery;
    BPass private passes;

    function setUp() public {
        openOffice();
        recovery = new AccountRecovery(address(authority), 48 hours);
        passes = new BPass(address(authority), dids, issuers, PASS_SCHEMA);
        permit(address(passes), IMigratable.lock.selector, 22, address(recovery));
        permit(address(passes), IMigratable.migrate.selector, 22, address(recovery));
        recovery.setTarget(passes, true);
        recovery.setTarget(dids, true);
        VM.prank(ACCREDITOR);
        issuers.accredit(issuer, PASS_SCHEMA, ITrustedIssuers.Period(START, FAR, 1), ORDER);
        BPass.Pass memory pass = BPass.Pass(issuer, START, holder, FAR, 1);
        bytes32 hash = passes.hashOf(pass);
        passes.issue(pass, signed(ISSUER_KEY, hash), signed(HOLDER_KEY, hash));
        VM.startPrank(holder);
        dids.addDelegate(holder, "recovery", address(recovery), 365 days);
        recovery.nameGuardians(recovery.commitmentOf(guardians()));
        VM.stopPrank();
    }

    function test_TwoOfThreeGuardiansMoveEverythingAfterTheDelay() public {
        start(NEW, both());
        require(dids.activeOwner(holder) == address(0), "DID locked");
        refuse(AccountRecovery.RecoveryNotNow.selector);
        recovery.finish(holder);
        VM.warp(START + recovery.DELAY() - 1);
        refuse(AccountRecovery.RecoveryNotNow.selector);
        recovery.finish(holder);
        VM.warp(START + recovery.DELAY());
        recovery.finish(holder);
        require(passes.isValid(NEW) && dids.activeOwner(holder) == NEW, "moved");
        refuse(AccountRecovery.RecoveryNotNow.selector);
        recovery.finish(holder);
        bytes[] memory signatures = both();
        refuse(AccountRecovery.RecoveryInvalid.selector);
        start(NEW, signatures);
    }

    function test_TooFewWrongOrRepeatedGuardiansStartNothing() public {
        bytes32 hash = recovery.hashOf(holder, NEW, FAR);
        bytes[][4] memory bad;
        bad[0] = three(signed(DESK, hash), "", "");
        bad[1] = three(signed(DESK, hash), signed(99, hash), "");
        bad[2] = three(signed(DESK, hash), signed(BANK, keccak256("other")), "");
        bad[3] = new bytes[](2);
        for (uint256 i = 0; i < 4; ++i) {
            refuse(AccountRecovery.RecoveryNotByGuardians.selector);
            recovery.start(holder, NEW, guardians(), FAR, bad[i]);
        }
        AccountRecovery.Guardians memory other = guardians();
        other.threshold = 1;
        refuse(AccountRecovery.RecoveryNotByGuardians.selector);
        recovery.start(holder, NEW, other, FAR, bad[0]);
        VM.warp(FAR + 1);
        refuse(AccountRecovery.RecoveryNotByGuardians.selector);
        recovery.start(
            holder,
            NEW,
            guardians(),
            FAR,
            three(signed(DESK, hash), signed(BANK, hash), "")
        );
    }

    /// @dev One guardian that the owner named twice counts once; a threshold of zero is none.
    function test_Attack_DuplicateGuardians() public {
        AccountRecovery.Guardians memory twice = guardians();
        twice.signers[1] = twice.signers[0];
        name(recovery, ALICE, twice);
        bytes memory signature = signed(DESK, recovery.hashOf(ALICE, NEW, FAR));
        bytes[] memory signatures = three(signature, signature, "");
        refuse(AccountRecovery.RecoveryNotByGuardians.selector);
        recovery.start(ALICE, NEW, twice, FAR, signatures);
        AccountRecovery.Guardians memory zero = guardians();
        zero.threshold = 0;
        name(recovery, BOB, zero);
        refuse(AccountRecovery.RecoveryNotByGuardians.selector);
        recovery.start(BOB, NEW, zero, FAR, new bytes[](3));
    }

    /// @dev Their signatures are checked in the block that starts a recovery.
    function test_MoreThanTenGuardiansStartNothing() public {
        for (uint256 size = 10; size <= 11; ++size) {
            address account = address(uint160(0x5000 + size));
            AccountRecovery.Guardians memory many = guardians();
            (many.signers, many.threshold) = (new bytes[](size), 1);
            many.signers[0] = abi.encodePacked(VM.addr(DESK));
            name(recovery, account, many);
            bytes[] memory signatures = new bytes[](size);
            signatures[0] = signed(DESK, recovery.hashOf(account, NEW, FAR));
            if (size == 11) refuse(AccountRecovery.RecoveryNotByGuardians.selector);
            recovery.start(account, NEW, many, FAR, signatures);
        }
    }

    function test_TheOwnerObjectsByCallOrSignature() public {
        start(NEW, both());
        VM.prank(holder);
        recovery.object();
        require(dids.activeOwner(holder) == holder, "unlocked");
        VM.warp(START + recovery.DELAY());
        refuse(AccountRecovery.RecoveryNotNow.selector);
        recovery.finish(holder);
        bytes memory early = objection(1);
        start(NEW, both());
        refuse(AccountRecovery.RecoveryNotByOwner.selector);
        recovery.objectSigned(holder, FAR, early);
        bytes memory late = objection(2);
        recovery.objectSigned(holder, FAR, late);
        refuse(AccountRecovery.RecoveryNotNow.selector);
        recovery.objectSigned(holder, FAR, late);
        refuse(AccountRecovery.RecoveryNotNow.selector);
        VM.prank(holder);
        recovery.object();
    }

    /// @dev The signatures of an objected or finished start are worth nothing later.
    function test_Attack_ReplayOfGuardiansSignatures() public {
        bytes[] memory signatures = both();
        start(NEW, signatures);
        VM.prank(holder);
        recovery.object();
        refuse(AccountRecovery.RecoveryNotByGuardians.selector);
        start(NEW, signatures);
        AccountRecovery twin = new AccountRecovery(address(authority), 48 hours);
        name(twin, holder, guardians());
        refuse(AccountRecovery.RecoveryNotByGuardians.selector);
        twin.start(holder, NEW, guardians(), FAR, signatures);
    }

    /// @dev Who has the key cannot quickly put other guardians in place, nor while it waits.
    function test_Attack_ThiefChangesGuardians() public {
        AccountRecovery.Guardians memory thieves = guardians();
        thieves.salt = "thieves";
        name(recovery, holder, thieves);
        bytes[] memory signatures = both();
        refuse(AccountRecovery.RecoveryNotByGuardians.selector);
        recovery.start(holder, NEW, thieves, FAR, signatures);
        start(NEW, signatures);
        refuse(AccountRecovery.RecoveryNotNow.selector);
        VM.prank(holder);
        recovery.nameGuardians(0);
        VM.warp(START + recovery.DELAY());
        recovery.finish(holder);
        refuse(AccountRecovery.RecoveryInvalid.selector);
        VM.prank(holder);
        recovery.nameGuardians(0);
    }

    function test_NewGuardiansTakeOverAfterTheDelay() public {
        VM.prank(holder);
        recovery.nameGuardians(0);
        VM.warp(START + recovery.DELAY());
        assertEq(uint256(recovery.guardiansOf(holder)), 0);
        bytes[] memory signatures = both();
        refuse(AccountRecovery.RecoveryNotByGuardians.selector);
        start(NEW, signatures);
    }

    function test_GuardiansAreNamedBySignatureOnce() public {
        bytes32 commitment = recovery.commitmentOf(guardians());
        bytes memory terms = abi.encode(
            keccak256(
                "NameGuardians(address account,bytes32 commitment,uint256 nonce,uint64 deadline)"
            ),
            VM.addr(50),
            commitment,
            0,
            FAR
        );
        bytes memory signature = signed(50, typedHash(address(recovery), terms));
        refuse(AccountRecovery.RecoveryNotByOwner.selector);
        recovery.nameGuardiansSigned(VM.addr(50), 0, 0, FAR, signature);
        recovery.nameGuardiansSigned(VM.addr(50), commitment, 0, FAR, signature);
        require(recovery.guardiansOf(VM.addr(50)) == commitment, "named");
        // A word for as long as a second ago.
        uint64 past = START - 1;
        bytes32 kind = keccak256(
            "NameGuardians(address account,bytes32 commitment,uint256 nonce,uint64 deadline)"
        );
        terms = abi.encode(kind, VM.addr(50), commitment, 1, past);
        bytes memory late = signed(50, typedHash(address(recovery), terms));
        refuse(AccountRecovery.RecoveryNotByOwner.selector);
        recovery.nameGuardiansSigned(VM.addr(50), commitment, 1, past, late);
        VM.expectPartialRevert(bytes4(keccak256("InvalidAccountNonce(address,uint256)")));
        recovery.nameGuardiansSigned(VM.addr(50), commitment, 0, FAR, signature);
    }

    /// @dev Guardians who named a wrong account start again, and the owner's time with it.
    function test_AnotherStartReplacesTheFirst() public {
        start(NEW, both());
        VM.warp(START + 47 hours);
        start(ALICE, signaturesFor(ALICE));
        VM.warp(START + 49 hours);
        refuse(AccountRecovery.RecoveryNotNow.selector);
        recovery.finish(holder);
        VM.warp(START + 95 hours);
        recovery.finish(holder);
        require(dids.identityOwner(holder) == ALICE, "Alice");
    }

    function test_AForgottenRecoveryEnds() public {
        start(NEW, both());
        VM.warp(START + recovery.DELAY() + recovery.WINDOW());
        refuse(AccountRecovery.RecoveryNotNow.selector);
        recovery.finish(holder);
        require(dids.activeOwner(holder) == holder, "unlocked");
        VM.prank(holder);
        recovery.nameGuardians(0);
    }

    function test_APasskeyIsAGuardian() public {
        (uint256 x, uint256 y) = VmP256(address(VM)).publicKeyP256(9);
        address p256 = address(new ERC7913P256Verifier());
        AccountRecovery.Guardians memory own = guardians();
        own.signers[2] = abi.encodePacked(p256, x, y);
        name(recovery, ALICE, own);
        bytes32 hash = recovery.hashOf(ALICE, NEW, FAR);
        (bytes32 r, bytes32 s) = VmP256(address(VM)).signP256(9, hash);
        if (uint256(s) > P256_N / 2) s = bytes32(P256_N - uint256(s));
        recovery.start(ALICE, NEW, own, FAR, three("", signed(BANK, hash), abi.encodePacked(r, s)));
        require(recovery.recoveryOf(ALICE).successor == NEW, "started");
    }

    /// @dev A contract that refuses or eats all gas keeps no other from following.
    function test_Attack_TargetThatEatsAllGas() public {
        Obstacle obstacle = new Obstacle();
        recovery.setTarget(obstacle, true);
        VM.expectEmit(address(recovery));
        emit AccountRecovery.TargetFailed(holder, obstacle);
        start(NEW, both());
        VM.warp(START + recovery.DELAY());
        recovery.finish{gas: 10_000_000}(holder);
        require(passes.isValid(NEW) && dids.activeOwner(holder) == NEW, "moved");
        obstacle.mend();
        recovery.follow(holder, obstacle);
        require(obstacle.movedTo() == NEW, "followed");
        recovery.setTarget(obstacle, false);
        refuse(AccountRecovery.RecoveryUnknownTarget.selector);
        recovery.follow(holder, obstacle);
        refuse(AccountRecovery.RecoveryNotNow.selector);
        recovery.follow(ALICE, dids);
    }

    function test_OwnersAlwaysHaveTimeToObject() public {
        refuse(AccountRecovery.RecoveryInvalid.selector);
        new AccountRecovery(address(authority), 0);
    }

    function test_OnlyTheAdminSetsTargets() public {
        refuse(bytes4(keccak256("AccessManagedUnauthorized(address)")));
        VM.prank(ALICE);
        recovery.setTarget(dids, false);
        refuse(AccountRecovery.RecoveryUnknownTarget.selector);
        recovery.setTarget(dids, true);
        refuse(AccountRecovery.RecoveryUnknownTarget.selector);
        recovery.setTarget(IMigratable(ALICE), true);
        for (uint256 i = 0; i < 6; ++i) recovery.setTarget(new Obstacle(), true);
        Obstacle ninth = new Obstacle();
        refuse(AccountRecovery.RecoveryUnknownTarget.selector);
        recovery.setTarget(ninth, true);
        assertEq(recovery.targets().length, 8);
    }

    function test_NobodyIsItsOwnSuccessor() public {
        address[2] memory bad = [address(0), holder];
        for (uint256 i = 0; i < 2; ++i) {
            bytes[] memory signatures = signaturesFor(bad[i]);
            refuse(AccountRecovery.RecoveryInvalid.selector);
            start(bad[i], signatures);
        }
    }

    function name(
        AccountRecovery place,
        address account,
        AccountRecovery.Guardians memory named
    ) private {
        bytes32 commitment = place.commitmentOf(named);
        VM.prank(account);
        place.nameGuardians(commitment);
    }

    function start(address successor, bytes[] memory signatures) private {
        recovery.start(holder, successor, guardians(), FAR, signatures);
    }

    function both() private view returns (bytes[] memory) {
        return signaturesFor(NEW);
    }

    function signaturesFor(address successor) private view returns (bytes[] memory) {
        bytes32 hash = recovery.hashOf(holder, successor, FAR);
        return three(signed(DESK, hash), signed(BANK, hash), "");
    }

    function objection(uint256 count) private view returns (bytes memory) {
        bytes32 hash = keccak256("Object(address account,uint256 count,uint64 deadline)");
        return
            signed(HOLDER_KEY, typedHash(address(recovery), abi.encode(hash, holder, count, FAR)));
    }

    function guardians() private pure returns (AccountRecovery.Guardians memory) {
        bytes[] memory signers = new bytes[](3);
        signers[0] = abi.encodePacked(VM.addr(DESK));
        signers[1] = abi.encodePacked(VM.addr(BANK));
        signers[2] = abi.encodePacked(VM.addr(SECOND));
        return AccountRecovery.Guardians("salt", 2, signers);
    }

    function three(
        bytes memory a,
        bytes memory b,
        bytes memory c
    ) private pure returns (bytes[] memory list) {
        list = new bytes[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }
}
