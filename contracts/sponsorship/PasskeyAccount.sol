// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Account} from "@openzeppelin/contracts/account/Account.sol";
import {ERC7821} from "@openzeppelin/contracts/account/extensions/draft-ERC7821.sol";
import {ERC4337Utils} from "@openzeppelin/contracts/account/utils/ERC4337Utils.sol";
import {IEntryPoint} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
// solhint-disable-next-line max-line-length
import {AbstractSigner} from "@openzeppelin/contracts/utils/cryptography/signers/AbstractSigner.sol";
import {ERC7739} from "@openzeppelin/contracts/utils/cryptography/signers/draft-ERC7739.sol";
import {SignerP256} from "@openzeppelin/contracts/utils/cryptography/signers/SignerP256.sol";
// solhint-disable-next-line max-line-length
import {SignerWebAuthn} from "@openzeppelin/contracts/utils/cryptography/signers/SignerWebAuthn.sol";

/// @title PasskeyAccount
/// @author Busan Chain
/// @notice A citizen's account whose only key is a passkey: a P-256 key in a phone that signs what
/// a browser shows (WebAuthn, with the user verified). Acts on its key's word alone, by user
/// operations (ERC-4337), and signs for contracts (ERC-1271; nested as in ERC-7739, so that a
/// signature counts for one account and one application). The key never changes: an account that
/// is lost is followed by another one (AccountRecovery).
contract PasskeyAccount is Account, ERC7739, SignerWebAuthn, ERC7821, ERC721Holder, Initializable {
    /// @dev Key of the implementation. Its x is keccak-256 of a text, so nobody has its secret.
    bytes32 private constant NOBODY_X = keccak256("nobody has this key 5");
    bytes32 private constant NOBODY_Y =
        0x05084de10839c948af59871489ca906623502fbda2a983cdb9a64ee22e225e66;

    /// @notice Makes the implementation that accounts are clones of; it obeys nobody.
    constructor() EIP712("Busan Account", "1") SignerP256(NOBODY_X, NOBODY_Y) {
        _disableInitializers();
    }

    /// @notice Gives a new account its key. The factory does so in the transaction that makes it.
    /// @param qx first coordinate of the passkey
    /// @param qy second coordinate
    function initialize(bytes32 qx, bytes32 qy) external initializer {
        _setSigner(qx, qy);
    }

    /// @notice Version 0.8, which every network of the city has at genesis.
    /// @return the contract that brings user operations
    function entryPoint() public pure override returns (IEntryPoint) {
        return ERC4337Utils.ENTRYPOINT_V08;
    }

    /// @dev The passkey signs either kind of word: operations and what applications ask for.
    function _rawSignatureValidation(
        bytes32 hash,
        bytes calldata signature
    ) internal view override(AbstractSigner, SignerWebAuthn) returns (bool) {
        return SignerWebAuthn._rawSignatureValidation(hash, signature);
    }

    /// @dev Calls are executed for the entry point, which has asked for the passkey's signature.
    function _erc7821AuthorizedExecutor(
        address caller,
        bytes32 mode,
        bytes calldata executionData
    ) internal view override returns (bool) {
        return
            caller == address(entryPoint()) ||
            super._erc7821AuthorizedExecutor(caller, mode, executionData);
    }
}
