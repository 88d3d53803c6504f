// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DidRegistry} from "../../../contracts/identity/DidRegistry.sol";
import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {ContractAccount, Keys} from "./support/Keys.sol";

contract DidRegistryTest is Keys {
    uint256 private constant KEY = 7;
    address private constant DESK = address(0x22);
    DidRegistry private dids;
    address private person;

    function setUp() public {
        VM.warp(START);
        dids = new DidRegistry();
        person = VM.addr(KEY);
    }

    function test_AnAddressOwnsItselfUntilItSaysOtherwise() public {
        require(dids.identityOwner(person) == person, "own");
        VM.prank(person);
        dids.changeOwner(person, ALICE);
        require(dids.identityOwner(person) == ALICE && dids.activeOwner(person) == ALICE, "Alice");
        refuse(IDidRegistry.DidNotOwner.selector);
        VM.prank(person);
        dids.changeOwner(person, BOB);
    }

    function test_EventsLinkEachChangeToTheBlockOfTheOneBefore() public {
        vmRoll(100);
        VM.prank(person);
        VM.expectEmit(address(dids));
        emit IDidRegistry.DIDOwnerChanged(person, ALICE, 0);
        dids.changeOwner(person, ALICE);
        vmRoll(120);
        VM.startPrank(ALICE);
        VM.expectEmit(address(dids));
        emit IDidRegistry.DIDDelegateChanged(person, "veriKey", BOB, START + 60, 100);
        dids.addDelegate(person, "veriKey", BOB, 60);
        VM.expectEmit(address(dids));
        emit IDidRegistry.DIDAttributeChanged(person, "did/svc/Desk", "x", START + 5, 120);
        dids.setAttribute(person, "did/svc/Desk", "x", 5);
        VM.expectEmit(address(dids));
        emit IDidRegistry.DIDAttributeChanged(person, "did/svc/Desk", "x", 0, 120);
        dids.revokeAttribute(person, "did/svc/Desk", "x");
        VM.stopPrank();
        assertEq(dids.changed(person), 120);
    }

    /// @dev An estimate that ran in the block of the change before would be too low otherwise.
    function test_AChangeCostsTheSameInALaterBlock() public {
        VM.startPrank(person);
        dids.setAttribute(person, "n", "v", 1);
        uint256 snapshot = ChainId(address(VM)).snapshotState();
        uint256 sameBlock = gasOfAChange();
        ChainId(address(VM)).revertToState(snapshot);
        vmRoll(block.number + 1);
        assertEq(gasOfAChange(), sameBlock);
        VM.stopPrank();
    }

    function test_ADelegateActsForItsTimeAndKind() public {
        VM.prank(person);
        dids.addDelegate(person, "veriKey", BOB, 60);
        require(dids.validDelegate(person, "veriKey", BOB), "delegate");
        require(!dids.validDelegate(person, "sigAuth", BOB), "kind");
        require(!dids.validDelegate(ALICE, "veriKey", BOB), "identity");
        VM.warp(START + 60);
        require(!dids.validDelegate(person, "veriKey", BOB), "time");
        VM.startPrank(person);
        dids.addDelegate(person, "veriKey", BOB, 60);
        dids.revokeDelegate(person, "veriKey", BOB);
        VM.stopPrank();
        require(!dids.validDelegate(person, "veriKey", BOB), "revoked");
    }

    function test_ADeactivatedIdentityStaysSo() public {
        VM.prank(person);
        dids.changeOwner(person, address(0));
        require(dids.identityOwner(person) == address(0), "owner");
        refuse(IDidRegistry.DidNotOwner.selector);
        VM.prank(person);
        dids.changeOwner(person, person);
        refuse(IDidRegistry.DidNotOwner.selector);
        VM.prank(address(1));
        dids.changeOwner(person, person);
        IDidRegistry.Consent memory consent = IDidRegistry.Consent(0, START, "");
        refuse(IDidRegistry.DidNotOwner.selector);
        dids.changeOwnerSigned(person, person, consent);
    }

    function test_EverySignedChangeIsAsTheOwnersOwn() public {
        (uint256 nonce, uint256 until) = (0, START + 9);
        bytes32 hash = keccak256(
            "AddDelegate(address identity,bytes32 delegateType,address delegate,uint256 validity,"
            "uint256 nonce,uint256 deadline)"
        );
        bytes memory terms = abi.encode(hash, person, bytes32("k"), BOB, 60, nonce++, until);
        dids.addDelegateSigned(person, "k", BOB, 60, consentTo(terms, 0));
        require(dids.validDelegate(person, "k", BOB), "added");
        hash = keccak256(
            "RevokeDelegate(address identity,bytes32 delegateType,address delegate,uint256 nonce,"
            "uint256 deadline)"
        );
        terms = abi.encode(hash, person, bytes32("k"), BOB, nonce++, until);
        dids.revokeDelegateSigned(person, "k", BOB, consentTo(terms, 1));
        require(!dids.validDelegate(person, "k", BOB), "revoked");
        hash = keccak256(
            "SetAttribute(address identity,bytes32 name,bytes value,uint256 validity,"
            "uint256 nonce,uint256 deadline)"
        );
        terms = abi.encode(hash, person, bytes32("n"), keccak256("v"), 60, nonce++, until);
        IDidRegistry.Consent memory consent = consentTo(terms, 2);
        VM.expectEmit(address(dids));
        emit IDidRegistry.DIDAttributeChanged(person, "n", "v", START + 60, block.number);
        dids.setAttributeSigned(person, "n", "v", 60, consent);
        hash = keccak256(
            "RevokeAttribute(address identity,bytes32 name,bytes value,uint256 nonce,"
            "uint256 deadline)"
        );
        consent = consentTo(
            abi.encode(hash, person, bytes32("n"), keccak256("v"), nonce++, until),
            3
        );
        VM.expectEmit(address(dids));
        emit IDidRegistry.DIDAttributeChanged(person, "n", "v", 0, block.number);
        dids.revokeAttributeSigned(person, "n", "v", consent);
        dids.changeOwnerSigned(person, ALICE, consentTo(ownerTerms(ALICE, 4), 4));
        require(dids.identityOwner(person) == ALICE, "owner");
    }

    function test_Attack_ReplayOfASignedChange() public {
        IDidRegistry.Consent memory consent = consentTo(ownerTerms(person, 0), 0);
        dids.changeOwnerSigned(person, person, consent);
        VM.expectRevert(abi.encodeWithSignature("InvalidAccountNonce(address,uint256)", person, 1));
        dids.changeOwnerSigned(person, person, consent);
    }

    function test_Attack_ReplayOnAnotherRegistryOrChain() public {
        IDidRegistry.Consent memory consent = consentTo(ownerTerms(ALICE, 0), 0);
        DidRegistry twin = new DidRegistry();
        refuse(IDidRegistry.DidInvalidSignature.selector);
        twin.changeOwnerSigned(person, ALICE, consent);
        ChainId(address(VM)).chainId(block.chainid + 1);
        refuse(IDidRegistry.DidInvalidSignature.selector);
        dids.changeOwnerSigned(person, ALICE, consent);
    }

    function test_Attack_SignatureMalleability() public {
        IDidRegistry.Consent memory consent = consentTo(ownerTerms(ALICE, 0), 0);
        consent.signature = malleated(KEY, typedHash(address(dids), ownerTerms(ALICE, 0)));
        refuse(IDidRegistry.DidInvalidSignature.selector);
        dids.changeOwnerSigned(person, ALICE, consent);
    }

    function test_AConsentEndsAtItsDeadline() public {
        IDidRegistry.Consent memory consent = consentTo(ownerTerms(ALICE, 0), 0);
        VM.warp(START + 10);
        refuse(IDidRegistry.DidConsentExpired.selector);
        dids.changeOwnerSigned(person, ALICE, consent);
        VM.warp(START + 9);
        dids.changeOwnerSigned(person, ALICE, consent);
    }

    function testFuzz_AChangedTermVoidsTheConsent(address other, uint256 nonce) public {
        VM.assume(other != ALICE);
        IDidRegistry.Consent memory consent = consentTo(ownerTerms(ALICE, nonce), 0);
        if (nonce == 0) consent = consentTo(ownerTerms(other, nonce), 0);
        refuse(IDidRegistry.DidInvalidSignature.selector);
        dids.changeOwnerSigned(person, ALICE, consent);
    }

    /// @dev ERC-1271 answers are asked when the change comes, not believed from before.
    function test_Attack_ContractAccountThatChangesItsMind() public {
        ContractAccount account = new ContractAccount();
        IDidRegistry.Consent memory consent = IDidRegistry.Consent(0, START, "");
        account.setWilling(false);
        refuse(IDidRegistry.DidInvalidSignature.selector);
        dids.changeOwnerSigned(address(account), ALICE, consent);
        account.setWilling(true);
        dids.changeOwnerSigned(address(account), ALICE, consent);
        require(dids.identityOwner(address(account)) == ALICE, "owner");
    }

    function test_RecoveryNeedsTheOwnersEarlierWord() public {
        VM.startPrank(DESK);
        refuse(IDidRegistry.DidNotRecoverable.selector);
        dids.lock(person, START + 1 days);
        refuse(IDidRegistry.DidNotRecoverable.selector);
        dids.migrate(person, ALICE);
        VM.stopPrank();
        allowRecovery(person);
        VM.prank(DESK);
        dids.lock(person, START + 1 days);
        require(dids.activeOwner(person) == address(0), "active");
        refuse(IDidRegistry.DidLocked.selector);
        VM.prank(person);
        dids.changeOwner(person, BOB);
        IDidRegistry.Consent memory consent = consentTo(ownerTerms(BOB, 0), 0);
        refuse(IDidRegistry.DidLocked.selector);
        dids.changeOwnerSigned(person, BOB, consent);
        VM.warp(START + 1 days);
        require(dids.activeOwner(person) == person, "again active");
        VM.prank(DESK);
        dids.migrate(person, ALICE);
        require(dids.activeOwner(person) == ALICE, "Alice");
    }

    /// @dev Who gave an identity away cannot be locked or recovered by its new owner's delegate.
    function test_Attack_RecoveryOfAnAccountByWhoGotItsIdentity() public {
        VM.prank(person);
        dids.changeOwner(person, ALICE);
        VM.prank(ALICE);
        dids.addDelegate(person, "recovery", DESK, 1 days);
        VM.startPrank(DESK);
        refuse(IDidRegistry.DidNotRecoverable.selector);
        dids.lock(person, START + 1 days);
        refuse(IDidRegistry.DidNotRecoverable.selector);
        dids.migrate(person, BOB);
        VM.stopPrank();
    }

    function test_IdentitiesFollowTheirOwnerThroughRecoveries() public {
        VM.prank(BOB);
        dids.changeOwner(BOB, person);
        allowRecovery(person);
        VM.prank(DESK);
        dids.migrate(person, ALICE);
        refuse(IDidRegistry.DidLocked.selector);
        VM.prank(person);
        dids.changeOwner(BOB, person);
        dids.follow(BOB);
        require(dids.identityOwner(BOB) == ALICE, "followed");
        refuse(IDidRegistry.DidNotRecoverable.selector);
        dids.follow(BOB);
    }

    function test_ARecoveredAccountStaysLockedAndKeepsItsSuccessor() public {
        allowRecovery(person);
        allowRecovery(ALICE);
        VM.startPrank(DESK);
        dids.migrate(person, ALICE);
        dids.migrate(person, ALICE);
        refuse(IDidRegistry.DidLocked.selector);
        dids.lock(person, 0);
        refuse(IDidRegistry.DidNotRecoverable.selector);
        dids.migrate(person, BOB);
        refuse(IDidRegistry.DidNotRecoverable.selector);
        dids.migrate(ALICE, person);
        VM.stopPrank();
    }

    function test_AnAccountMovesToAnotherThatExists() public {
        allowRecovery(person);
        VM.prank(person);
        dids.changeOwner(person, person);
        address[2] memory wrong = [person, address(1)];
        for (uint256 i = 0; i < 2; ++i) {
            refuse(IDidRegistry.DidNotRecoverable.selector);
            VM.prank(DESK);
            dids.migrate(person, wrong[i]);
        }
        VM.prank(DESK);
        dids.migrate(person, address(0));
        require(dids.activeOwner(person) == person, "moved to nobody");
        VM.prank(DESK);
        dids.migrate(person, ALICE);
        require(dids.activeOwner(person) == ALICE, "Alice");
    }

    function allowRecovery(address account) private {
        VM.prank(account);
        dids.addDelegate(account, "recovery", DESK, 365 days);
    }

    function ownerTerms(address newOwner, uint256 nonce) private view returns (bytes memory) {
        bytes32 hash = keccak256(
            "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
        );
        return abi.encode(hash, person, newOwner, nonce, START + 9);
    }

    function consentTo(
        bytes memory terms,
        uint256 nonce
    ) private view returns (IDidRegistry.Consent memory) {
        bytes memory signature = signed(KEY, typedHash(address(dids), terms));
        return IDidRegistry.Consent(nonce, START + 9, signature);
    }

    function gasOfAChange() private returns (uint256 used) {
        ChainId(address(VM)).cool(address(dids));
        used = gasleft();
        dids.setAttribute(person, "n", "v", 1);
        used -= gasleft();
    }

    function vmRoll(uint256 number) private {
        ChainId(address(VM)).roll(number);
    }
}

/// @dev Further cheat codes.
interface ChainId {
    function chainId(uint256 id) external;
    function cool(address target) external;
    function revertToState(uint256 id) external returns (bool);
    function roll(uint256 number) external;
    function snapshotState() external returns (uint256 id);
}
