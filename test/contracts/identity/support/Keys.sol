// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {TestCase} from "../../support/TestCase.sol";

/// @dev What persons and offices sign with, and how.
abstract contract Keys is TestCase {
    uint64 internal constant START = 1_800_000_000;
    bytes32 internal constant ORDER = keccak256("order");

    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The same signature with the other s, which ECDSA as such accepts too.
    function malleated(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        uint256 n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        return abi.encodePacked(r, n - uint256(s), v == 27 ? uint8(28) : uint8(27));
    }

    /// @dev What is signed under a contract's EIP-712 domain, as its own description says.
    function typedHash(address place, bytes memory terms) internal view returns (bytes32) {
        (
            ,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifying,
            ,

        ) = IERC5267(place).eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                verifying
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(terms)));
    }

    function refuse(bytes4 selector) internal {
        VM.expectPartialRevert(selector);
    }
}

/// @dev A contract account whose owner can change its mind, as after an upgrade.
contract ContractAccount is IERC1271 {
    bool public isWilling = true;

    function setWilling(bool willing) external {
        isWilling = willing;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return isWilling ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
