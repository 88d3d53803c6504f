// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Credential, Disclosure, Presentation} from "../../../contracts/identity/Credentials.sol";
import {Office} from "./support/Office.sol";

contract CredentialGasTest is Office {
    function setUp() public {
        openOffice();
    }

    function test_JudgesAPresentationOfFiveClaims() public {
        (Disclosure[] memory claims, bytes32 root) = claimsOf(1, 5);
        Credential memory credential = credentialOf(root);
        bytes memory signature = issuerSigned(credential);
        Presentation memory shown = presented(credential, claims, HOLDER_KEY);
        verifier.verifyPresentation(credential, signature, claims, shown);
        VM.snapshotGasLastCall("identity", "verifyPresentation, 5 claims");
    }

    function test_RevokesACredential() public {
        VM.prank(issuer);
        setStatus(1, 7, true);
        VM.snapshotGasLastCall("identity", "set, 1 status");
    }
}
