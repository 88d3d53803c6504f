// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityAccessManager} from "../../../../contracts/governance/CityAccessManager.sol";
import {CredentialVerifier} from "../../../../contracts/identity/CredentialVerifier.sol";
import {Credential, Disclosure, Presentation} from "../../../../contracts/identity/Credentials.sol";
import {DidRegistry} from "../../../../contracts/identity/DidRegistry.sol";
import {IStatusList} from "../../../../contracts/identity/IStatusList.sol";
import {ITrustedIssuers} from "../../../../contracts/identity/ITrustedIssuers.sol";
import {StatusList} from "../../../../contracts/identity/StatusList.sol";
import {TrustedIssuers} from "../../../../contracts/identity/TrustedIssuers.sol";
import {Keys} from "./Keys.sol";

/// @dev The city's registries, and an issuer of credentials with its keys.
abstract contract Office is Keys {
    uint256 internal constant ISSUER_KEY = 20;
    uint256 internal constant HOLDER_KEY = 30;
    uint64 internal constant ISSUER_ACCREDITOR = 20;
    uint32 internal constant LIST_SIZE = 131_072;
    uint64 internal constant FAR = START + 365 days;
    address internal constant ACCREDITOR = address(0x20);
    bytes32 internal constant SCHEMA = keccak256("resident");

    CityAccessManager internal authority;
    DidRegistry internal dids;
    TrustedIssuers internal issuers;
    StatusList internal lists;
    CredentialVerifier internal verifier;
    address internal issuer;
    address internal holder;

    function openOffice() internal {
        VM.warp(START);
        (issuer, holder) = (VM.addr(ISSUER_KEY), VM.addr(HOLDER_KEY));
        authority = new CityAccessManager(address(this));
        dids = new DidRegistry();
        issuers = new TrustedIssuers(address(authority));
        lists = new StatusList(dids);
        verifier = new CredentialVerifier(dids, issuers, lists);
        permit(address(issuers), ITrustedIssuers.accredit.selector, ISSUER_ACCREDITOR, ACCREDITOR);
        permit(address(issuers), ITrustedIssuers.suspend.selector, ISSUER_ACCREDITOR, ACCREDITOR);
        VM.prank(ACCREDITOR);
        issuers.accredit(issuer, SCHEMA, ITrustedIssuers.Period(START, FAR, 2), ORDER);
        VM.prank(issuer);
        lists.create(issuer, IStatusList.Purpose.Revocation, LIST_SIZE, "");
    }

    function permit(address target, bytes4 selector, uint64 role, address who) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(target, selectors, role);
        authority.grantRole(role, who, 0);
    }

    function setStatus(uint256 listId, uint32 index, bool value) internal {
        uint256 mask = 1 << (255 - (index % 256));
        IStatusList.Change[] memory changes = new IStatusList.Change[](1);
        changes[0] = IStatusList.Change(index / 256, mask, value ? mask : 0);
        lists.set(listId, changes);
    }

    /// @dev A credential with one claim tree, valid from now on.
    function credentialOf(bytes32 root) internal view returns (Credential memory) {
        bytes32 commitment = keccak256(abi.encode(holder, bytes32("holder salt")));
        return Credential(issuer, START, FAR, 7, 1, SCHEMA, root, commitment);
    }

    function issuerSigned(Credential memory credential) internal view returns (bytes memory) {
        return signed(ISSUER_KEY, verifier.hashOf(credential));
    }

    function presented(
        Credential memory credential,
        Disclosure[] memory disclosures,
        uint256 key
    ) internal view returns (Presentation memory shown) {
        shown = Presentation(holder, START + 60, "holder salt", "nonce", "https://city", "");
        bytes32 hash = verifier.presentationHashOf(credential, disclosures, shown);
        shown.signature = signed(key, hash);
    }

    /// @dev All claims of a tree with their proofs, from a seed; and the root.
    function claimsOf(
        uint256 seed,
        uint256 count
    ) internal view returns (Disclosure[] memory claims, bytes32 root) {
        claims = new Disclosure[](count);
        bytes32[] memory level = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 random = keccak256(abi.encode(seed, i));
            bytes memory value = new bytes(uint256(random) % 70);
            for (uint256 j = 0; j < value.length; ++j) value[j] = random[j % 32];
            claims[i] = Disclosure(keccak256(abi.encode(random)), value, random, new bytes32[](0));
            level[i] = verifier.leafOf(claims[i].key, value, random);
        }
        uint256[] memory places = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) places[i] = i;
        while (level.length > 1) level = climb(claims, places, level);
        root = level[0];
    }

    function none() internal pure returns (Disclosure[] memory) {
        return new Disclosure[](0);
    }

    /// @dev One level up; a last node without a sibling rises as it is.
    function climb(
        Disclosure[] memory claims,
        uint256[] memory places,
        bytes32[] memory level
    ) private pure returns (bytes32[] memory above) {
        above = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < claims.length; ++i) {
            uint256 sibling = places[i] ^ 1;
            if (sibling < level.length) {
                claims[i].proof = appended(claims[i].proof, level[sibling]);
            }
            places[i] /= 2;
        }
        for (uint256 i = 0; i < above.length; ++i) {
            bool isLone = 2 * i + 1 == level.length;
            above[i] = isLone ? level[2 * i] : parentOf(level[2 * i], level[2 * i + 1]);
        }
    }

    function appended(
        bytes32[] memory list,
        bytes32 item
    ) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) longer[i] = list[i];
        longer[list.length] = item;
    }

    function parentOf(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return keccak256(a < b ? bytes.concat(a, b) : bytes.concat(b, a));
    }
}
