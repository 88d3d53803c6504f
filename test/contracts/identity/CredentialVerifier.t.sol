// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CredentialVerifier} from "../../../contracts/identity/CredentialVerifier.sol";
import {
    Credential,
    Disclosure,
    Presentation,
    Verdict
} from "../../../contracts/identity/Credentials.sol";
import {IStatusList} from "../../../contracts/identity/IStatusList.sol";
import {ContractAccount} from "./support/Keys.sol";
import {Office} from "./support/Office.sol";

contract CredentialVerifierTest is Office {
    uint256 private constant CLAIMS = 5;
    Credential private credential;
    bytes private signature;

    function setUp() public {
        openOffice();
        (, bytes32 root) = claimsOf(1, CLAIMS);
        credential = credentialOf(root);
        signature = issuerSigned(credential);
    }

    /// forge-config: default.fuzz.runs = 512
    function testFuzz_I2_EveryClaimOfACredentialOpens(uint256 seed, uint256 count) public view {
        (Disclosure[] memory claims, bytes32 root) = claimsOf(seed, bound(count, 1, 17));
        Credential memory other = credentialOf(root);
        bytes memory issued = issuerSigned(other);
        expect(Verdict.Valid, verifier.verify(other, issued, claims));
    }

    function testFuzz_I2_AChangedByteOpensNothing(
        uint256 seed,
        uint256 count,
        uint256 place,
        uint8 flip
    ) public view {
        VM.assume(flip != 0);
        count = bound(count, 1, 17);
        (Disclosure[] memory claims, bytes32 root) = claimsOf(seed, count);
        Disclosure memory claim = claims[seed % count];
        uint256 valueSize = claim.value.length;
        place = bound(place, 0, 64 + valueSize + 32 * claim.proof.length - 1);
        bytes32 mask = bytes32(uint256(flip) << (8 * (place % 32)));
        if (place < 32) claim.key ^= mask;
        else if (place < 64) claim.salt ^= mask;
        else if (place < 64 + valueSize) claim.value[place - 64] ^= bytes1(flip);
        else claim.proof[(place - 64 - valueSize) / 32] ^= mask;
        Credential memory other = credentialOf(root);
        bytes memory issued = issuerSigned(other);
        expect(Verdict.ClaimNotInCredential, verifier.verify(other, issued, claims));
    }

    function testFuzz_I2_AClaimOfAnotherCredentialOpensNothing(uint256 seed) public view {
        VM.assume(seed != 1);
        (Disclosure[] memory claims, ) = claimsOf(seed, CLAIMS);
        expect(Verdict.ClaimNotInCredential, verifier.verify(credential, signature, claims));
    }

    /// @dev Neither an inner node nor bytes that hash like one pass for a claim.
    function test_Attack_LeafNodeSecondPreimageInTheClaimsTree() public view {
        (Disclosure[] memory claims, ) = claimsOf(1, 4);
        bytes32[2] memory leaves;
        for (uint256 i = 0; i < 2; ++i) {
            leaves[i] = verifier.leafOf(claims[i].key, claims[i].value, claims[i].salt);
        }
        (, bytes32 root) = claimsOf(1, 4);
        (bytes32 low, bytes32 high) = leaves[0] < leaves[1]
            ? (leaves[0], leaves[1])
            : (leaves[1], leaves[0]);
        Credential memory other = credentialOf(root);
        bytes memory issued = issuerSigned(other);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = claims[0].proof[1];
        Disclosure[] memory forged = new Disclosure[](1);
        forged[0] = Disclosure(low, bytes.concat(high), high, proof);
        expect(Verdict.ClaimNotInCredential, verifier.verify(other, issued, forged));
        forged[0] = Disclosure(low, "", high, proof);
        expect(Verdict.ClaimNotInCredential, verifier.verify(other, issued, forged));
    }

    function test_ACredentialCountsWithinItsTime() public {
        VM.warp(START - 1);
        expect(Verdict.NotYetValid, verifier.verify(credential, signature, none()));
        VM.warp(START);
        expect(Verdict.Valid, verifier.verify(credential, signature, none()));
        VM.warp(FAR - 1);
        expect(Verdict.Valid, verifier.verify(credential, signature, none()));
        VM.warp(FAR);
        expect(Verdict.Expired, verifier.verify(credential, signature, none()));
    }

    function test_ACredentialEndsWithItsIssuersTrust() public {
        VM.prank(ACCREDITOR);
        issuers.suspend(issuer, SCHEMA, ORDER);
        expect(Verdict.IssuerNotTrusted, verifier.verify(credential, signature, none()));
    }

    function test_TrustIsForOneSchema() public view {
        Credential memory other = credentialOf(0);
        other.schemaId = "driver";
        bytes memory issued = issuerSigned(other);
        expect(Verdict.IssuerNotTrusted, verifier.verify(other, issued, none()));
    }

    /// @dev A list of another issuer, and no list, cannot say that a credential is good.
    function test_Attack_StatusListOwnedByAnotherIssuer() public {
        VM.prank(ALICE);
        lists.create(ALICE, IStatusList.Purpose.Revocation, LIST_SIZE, "");
        Credential memory other = credentialOf(0);
        uint256[2] memory foreign = [uint256(2), 3];
        for (uint256 i = 0; i < 2; ++i) {
            other.statusList = foreign[i];
            bytes memory issued = issuerSigned(other);
            expect(Verdict.StatusListForeign, verifier.verify(other, issued, none()));
        }
        (other.statusList, other.statusIndex) = (1, LIST_SIZE);
        bytes memory beyond = issuerSigned(other);
        expect(Verdict.StatusListForeign, verifier.verify(other, beyond, none()));
    }

    function test_ARevokedCredentialVerifiesNoMore() public {
        VM.prank(issuer);
        setStatus(1, 8, true);
        expect(Verdict.Valid, verifier.verify(credential, signature, none()));
        VM.prank(issuer);
        setStatus(1, 7, true);
        expect(Verdict.StatusSet, verifier.verify(credential, signature, none()));
    }

    function test_ACredentialWithoutAListHasNoStatus() public view {
        Credential memory other = credentialOf(0);
        (other.statusList, other.statusIndex) = (0, 0);
        expect(Verdict.Valid, verifier.verify(other, issuerSigned(other), none()));
    }

    /// @dev Every field is signed.
    function testFuzz_AnyChangedFieldVoidsTheSignature(uint8 field, uint64 by) public view {
        VM.assume(by != 0);
        Credential memory other = credential;
        field %= 4;
        if (field == 0) other.claimsRoot ^= bytes32(uint256(by));
        if (field == 1) other.holderCommitment ^= bytes32(uint256(by));
        if (field == 2) other.statusIndex = uint32(bound(by, 8, LIST_SIZE - 1));
        if (field == 3) other.validUntil += uint64(bound(by, 1, 1e9));
        expect(Verdict.IssuerSignatureInvalid, verifier.verify(other, signature, none()));
    }

    function test_Attack_SignatureMalleability() public view {
        bytes memory other = malleated(ISSUER_KEY, verifier.hashOf(credential));
        expect(Verdict.IssuerSignatureInvalid, verifier.verify(credential, other, none()));
    }

    function test_Attack_ReplayAtAnotherVerifier() public {
        CredentialVerifier twin = new CredentialVerifier(dids, issuers, lists);
        expect(Verdict.IssuerSignatureInvalid, twin.verify(credential, signature, none()));
    }

    /// @dev A contract that issued is asked each time.
    function test_Attack_ContractIssuerThatChangesItsMind() public {
        ContractAccount account = new ContractAccount();
        VM.prank(issuer);
        dids.changeOwner(issuer, address(account));
        expect(Verdict.Valid, verifier.verify(credential, "", none()));
        account.setWilling(false);
        expect(Verdict.IssuerSignatureInvalid, verifier.verify(credential, "", none()));
    }

    function test_AnIssuersNewKeyTakesOver() public {
        VM.prank(issuer);
        dids.changeOwner(issuer, VM.addr(99));
        expect(Verdict.IssuerSignatureInvalid, verifier.verify(credential, signature, none()));
        bytes memory again = signed(99, verifier.hashOf(credential));
        expect(Verdict.Valid, verifier.verify(credential, again, none()));
        VM.prank(VM.addr(99));
        dids.changeOwner(issuer, address(0));
        expect(Verdict.IssuerSignatureInvalid, verifier.verify(credential, again, none()));
    }

    function test_OnlyTheHolderPresentsAndOnlyThis() public {
        (Disclosure[] memory claims, ) = claimsOf(1, CLAIMS);
        Presentation memory shown = presented(credential, claims, HOLDER_KEY);
        expect(Verdict.Valid, present(claims, shown));
        expect(
            Verdict.HolderSignatureInvalid,
            present(claims, presented(credential, claims, ISSUER_KEY))
        );
        expect(Verdict.HolderSignatureInvalid, present(none(), shown));
        (claims[0], claims[1]) = (claims[1], claims[0]);
        expect(Verdict.HolderSignatureInvalid, present(claims, shown));
        (claims[0], claims[1]) = (claims[1], claims[0]);
        shown.audience = "https://mallory";
        expect(Verdict.HolderSignatureInvalid, present(claims, shown));
        shown.audience = "https://city";
        shown.nonce = "other";
        expect(Verdict.HolderSignatureInvalid, present(claims, shown));
        shown.nonce = "nonce";
        shown.holderSalt = 0;
        expect(Verdict.HolderMismatch, present(claims, shown));
        shown.holderSalt = "holder salt";
        shown.holder = ALICE;
        expect(Verdict.HolderMismatch, present(claims, shown));
        shown.holder = holder;
        VM.warp(START + 61);
        expect(Verdict.PresentationExpired, present(claims, shown));
    }

    function test_APresentationOfAnInvalidCredentialIsJudgedAsThat() public view {
        Presentation memory shown = presented(credential, none(), HOLDER_KEY);
        bytes memory other = signed(HOLDER_KEY, verifier.hashOf(credential));
        expect(
            Verdict.IssuerSignatureInvalid,
            verifier.verifyPresentation(credential, other, none(), shown)
        );
    }

    function test_ACredentialFollowsItsHolderToANewKey() public {
        VM.prank(holder);
        dids.addDelegate(holder, "recovery", ALICE, 1 days);
        Presentation memory shown = presented(credential, none(), HOLDER_KEY);
        VM.prank(ALICE);
        dids.lock(holder, START + 1 hours);
        expect(Verdict.HolderSignatureInvalid, present(none(), shown));
        VM.prank(ALICE);
        dids.migrate(holder, VM.addr(31));
        expect(Verdict.HolderSignatureInvalid, present(none(), shown));
        expect(Verdict.Valid, present(none(), presented(credential, none(), 31)));
    }

    function present(
        Disclosure[] memory claims,
        Presentation memory shown
    ) private view returns (Verdict) {
        return verifier.verifyPresentation(credential, signature, claims, shown);
    }

    function expect(Verdict wanted, Verdict actual) private pure {
        assertEq(uint256(actual), uint256(wanted));
    }
}
