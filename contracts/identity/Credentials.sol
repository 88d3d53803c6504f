// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What an issuer signs: nothing but times, numbers and salted commitments.
/// @param issuer identity of who states it
/// @param validFrom seconds since the epoch, included
/// @param validUntil seconds since the epoch, excluded
/// @param statusIndex its bit in the status list
/// @param statusList list of the issuer; zero for none
/// @param schemaId what kind of statement it is
/// @param claimsRoot Merkle root of the salted claims
/// @param holderCommitment hash of the holder's identity and a salt
struct Credential {
    address issuer;
    uint64 validFrom;
    uint64 validUntil;
    uint32 statusIndex;
    uint256 statusList;
    bytes32 schemaId;
    bytes32 claimsRoot;
    bytes32 holderCommitment;
}

/// @notice One claim, opened.
/// @param key hash of the claim's name
/// @param value text of the value as canonical JSON
/// @param salt of 256 random bits
/// @param proof siblings from the leaf up
struct Disclosure {
    bytes32 key;
    bytes value;
    bytes32 salt;
    bytes32[] proof;
}

/// @notice The holder's word to one verifier.
/// @param holder identity that the credential was issued to
/// @param deadline seconds since the epoch, included
/// @param holderSalt opens the credential's commitment
/// @param nonce that the verifier chose
/// @param audience whom the holder shows it to, as the wallet said
/// @param signature of the holder's key or, by ERC-1271, of its contract
struct Presentation {
    address holder;
    uint64 deadline;
    bytes32 holderSalt;
    bytes32 nonce;
    string audience;
    bytes signature;
}

/// @notice Result of a check; the first thing that is wrong.
/// @param Valid nothing is wrong
/// @param NotYetValid its time has not begun
/// @param Expired its time is over
/// @param IssuerNotTrusted the issuer was not accredited for the schema when it issued
/// @param IssuerSignatureInvalid the issuer did not sign it
/// @param StatusListForeign its status list is another issuer's, or too short for its index
/// @param StatusSet the issuer revoked or suspended it
/// @param ClaimNotInCredential a disclosed claim is not among those signed
/// @param PresentationExpired the deadline of the presentation is over
/// @param HolderMismatch who presents it is not whom it was issued to
/// @param HolderSignatureInvalid the holder did not sign the presentation
enum Verdict {
    Valid,
    NotYetValid,
    Expired,
    IssuerNotTrusted,
    IssuerSignatureInvalid,
    StatusListForeign,
    StatusSet,
    ClaimNotInCredential,
    PresentationExpired,
    HolderMismatch,
    HolderSignatureInvalid
}
