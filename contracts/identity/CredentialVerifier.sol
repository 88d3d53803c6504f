// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Credential, Disclosure, Presentation, Verdict} from "./Credentials.sol";
import {ICredentialVerifier} from "./ICredentialVerifier.sol";
import {IDidRegistry} from "./IDidRegistry.sol";
import {IStatusList} from "./IStatusList.sol";
import {ITrustedIssuers} from "./ITrustedIssuers.sol";

/// @title CredentialVerifier
/// @author Busan Chain
/// @notice See ICredentialVerifier. Keys are asked of the DID registry: credentials outlive the
/// keys of their issuers and holders.
contract CredentialVerifier is EIP712, ICredentialVerifier {
    // solhint-disable gas-small-strings
    bytes32 private constant CREDENTIAL_TYPEHASH = keccak256(
        "Credential(address issuer,uint64 validFrom,uint64 validUntil,uint32 statusIndex,"
        "uint256 statusList,bytes32 schemaId,bytes32 claimsRoot,bytes32 holderCommitment)"
    );
    bytes32 private constant PRESENTATION_TYPEHASH = keccak256(
        "Presentation(bytes32 credential,bytes32[] leaves,string audience,bytes32 nonce,"
        "uint64 deadline)"
    );
    // solhint-enable gas-small-strings

    /// @notice Keys of issuers and holders.
    IDidRegistry public immutable DIDS;

    /// @notice Who is trusted.
    ITrustedIssuers public immutable ISSUERS;

    /// @notice Statuses of credentials.
    IStatusList public immutable LISTS;

    /// @notice Binds the verifier to its registries.
    /// @param dids keys of issuers and holders
    /// @param issuers who is trusted
    /// @param lists statuses of credentials
    constructor(
        IDidRegistry dids,
        ITrustedIssuers issuers,
        IStatusList lists
    ) EIP712("Busan Credentials", "1") {
        DIDS = dids;
        ISSUERS = issuers;
        LISTS = lists;
    }

    /// @inheritdoc ICredentialVerifier
    function verifyPresentation(
        Credential calldata credential,
        bytes calldata issuerSignature,
        Disclosure[] calldata disclosures,
        Presentation calldata presentation
    ) external view returns (Verdict verdict) {
        verdict = verify(credential, issuerSignature, disclosures);
        if (verdict != Verdict.Valid) return verdict;
        if (block.timestamp > presentation.deadline) return Verdict.PresentationExpired;
        address holder = presentation.holder;
        bytes32 commitment = keccak256(abi.encode(holder, presentation.holderSalt));
        if (commitment != credential.holderCommitment) return Verdict.HolderMismatch;
        bytes32 hash = presentationHashOf(credential, disclosures, presentation);
        if (!_isSigned(holder, hash, presentation.signature)) return Verdict.HolderSignatureInvalid;
    }

    /// @inheritdoc ICredentialVerifier
    function leafOf(
        bytes32 key,
        bytes calldata value,
        bytes32 salt
    ) external pure returns (bytes32) {
        return _leafOf(key, value, salt);
    }

    /// @inheritdoc ICredentialVerifier
    function verify(
        Credential calldata credential,
        bytes calldata issuerSignature,
        Disclosure[] calldata disclosures
    ) public view returns (Verdict) {
        if (block.timestamp < credential.validFrom) return Verdict.NotYetValid;
        if (block.timestamp >= credential.validUntil) return Verdict.Expired;
        if (!_isTrusted(credential)) return Verdict.IssuerNotTrusted;
        bool isSigned = _isSigned(credential.issuer, hashOf(credential), issuerSignature);
        if (!isSigned) return Verdict.IssuerSignatureInvalid;
        Verdict status = _statusOf(credential);
        if (status != Verdict.Valid) return status;
        for (uint256 i = 0; i < disclosures.length; ++i) {
            bool isIn = MerkleProof.verifyCalldata(
                disclosures[i].proof,
                credential.claimsRoot,
                _leafOf(disclosures[i])
            );
            if (!isIn) return Verdict.ClaimNotInCredential;
        }
        return Verdict.Valid;
    }

    /// @inheritdoc ICredentialVerifier
    function hashOf(Credential calldata credential) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CREDENTIAL_TYPEHASH, credential)));
    }

    /// @inheritdoc ICredentialVerifier
    function presentationHashOf(
        Credential calldata credential,
        Disclosure[] calldata disclosures,
        Presentation calldata presentation
    ) public view returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](disclosures.length);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = _leafOf(disclosures[i]);
        bytes memory terms = abi.encode(
            PRESENTATION_TYPEHASH,
            hashOf(credential),
            keccak256(abi.encodePacked(leaves)),
            keccak256(bytes(presentation.audience)),
            presentation.nonce,
            presentation.deadline
        );
        return _hashTypedDataV4(keccak256(terms));
    }

    function _isTrusted(Credential calldata credential) private view returns (bool) {
        uint64 time = uint64(block.timestamp);
        return ISSUERS.assuranceOf(credential.issuer, credential.schemaId, time) > 0;
    }

    /// @dev A list of another issuer says nothing about this credential, whatever its bits.
    function _statusOf(Credential calldata credential) private view returns (Verdict) {
        uint256 listId = credential.statusList;
        if (listId == 0) return Verdict.Valid;
        IStatusList.List memory list = LISTS.listOf(listId);
        bool isOwn = list.issuer == credential.issuer && credential.statusIndex < list.sizeBits;
        if (!isOwn) return Verdict.StatusListForeign;
        bool isSet = LISTS.isSet(listId, credential.statusIndex);
        return isSet ? Verdict.StatusSet : Verdict.Valid;
    }

    function _isSigned(
        address identity,
        bytes32 hash,
        bytes calldata signature
    ) private view returns (bool) {
        address owner = DIDS.activeOwner(identity);
        return SignatureChecker.isValidSignatureNowCalldata(owner, hash, signature);
    }

    function _leafOf(Disclosure calldata disclosure) private pure returns (bytes32) {
        return _leafOf(disclosure.key, disclosure.value, disclosure.salt);
    }

    function _leafOf(
        bytes32 key,
        bytes calldata value,
        bytes32 salt
    ) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(key, value, salt))));
    }
}
