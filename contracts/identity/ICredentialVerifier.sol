// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Credential, Disclosure, Presentation, Verdict} from "./Credentials.sol";

/// @title ICredentialVerifier
/// @author Busan Chain
/// @notice Judges credentials that stay with their holders. Everything here is asked by `eth_call`:
/// no presentation needs to land on the chain.
interface ICredentialVerifier {
    /// @notice Judges a credential and the claims opened of it, at this block's time.
    /// @param credential what the issuer signed
    /// @param issuerSignature of the issuer's key or, by ERC-1271, of its contract
    /// @param disclosures claims that are opened; may be none
    /// @return the first thing that is wrong, or Valid
    function verify(
        Credential calldata credential,
        bytes calldata issuerSignature,
        Disclosure[] calldata disclosures
    ) external view returns (Verdict);

    /// @notice As `verify`, and that the holder shows it to this verifier, now.
    /// @param credential what the issuer signed
    /// @param issuerSignature of the issuer's key or, by ERC-1271, of its contract
    /// @param disclosures claims that are opened, in the order that the holder signed
    /// @param presentation the holder's word
    /// @return the first thing that is wrong, or Valid
    function verifyPresentation(
        Credential calldata credential,
        bytes calldata issuerSignature,
        Disclosure[] calldata disclosures,
        Presentation calldata presentation
    ) external view returns (Verdict);

    /// @notice What the issuer signs.
    /// @param credential the credential
    /// @return the EIP-712 digest
    function hashOf(Credential calldata credential) external view returns (bytes32);

    /// @notice What the holder signs.
    /// @param credential the credential
    /// @param disclosures claims that are opened
    /// @param presentation the holder's word; its signature is left out
    /// @return the EIP-712 digest
    function presentationHashOf(
        Credential calldata credential,
        Disclosure[] calldata disclosures,
        Presentation calldata presentation
    ) external view returns (bytes32);

    /// @notice Leaf of a claim, hashed twice so that no inner node passes for one.
    /// @param key hash of the claim's name
    /// @param value text of the value
    /// @param salt of 256 random bits
    /// @return its hash
    function leafOf(
        bytes32 key,
        bytes calldata value,
        bytes32 salt
    ) external pure returns (bytes32);
}
