// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC4337Utils} from "@openzeppelin/contracts/account/utils/ERC4337Utils.sol";
import {Execution} from "@openzeppelin/contracts/interfaces/draft-IERC7579.sol";
import {IERC7821} from "@openzeppelin/contracts/interfaces/draft-IERC7821.sol";
import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {CityAccessManager} from "../../../../contracts/governance/CityAccessManager.sol";
import {CitySponsor} from "../../../../contracts/sponsorship/CitySponsor.sol";
import {PasskeyAccountFactory} from "../../../../contracts/sponsorship/PasskeyAccountFactory.sol";
import {TestCase} from "../../support/TestCase.sol";

/// @dev Cheat codes beside those of TestCase.
interface VmFiles {
    function etch(address target, bytes calldata code) external;
    function deal(address account, uint256 balance) external;
    function fee(uint256 basefee) external;
    function readFile(string calldata path) external view returns (string memory);
    function parseJsonBytes(
        string calldata json,
        string calldata key
    ) external pure returns (bytes memory);
    function publicKeyP256(uint256 key) external pure returns (uint256 x, uint256 y);
    function signP256(uint256 key, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
}

/// @dev What the entry point has beside OpenZeppelin's interface.
interface EntryPointViews {
    function getUserOpHash(PackedUserOperation calldata userOp) external view returns (bytes32);
    function balanceOf(address account) external view returns (uint256);
}

/// @dev A service: rings, fails or burns gas.
contract Bell {
    uint256 public rings;

    error Broken();

    function ring() external payable {
        ++rings;
    }

    function breakDown() external pure {
        revert Broken();
    }

    function burn() external view {
        while (gasleft() > 3_000) {}
    }
}

/// @dev A sponsor with one budget and two services, the entry point of the city's genesis, and
/// who signs what.
abstract contract Desk is TestCase {
    VmFiles internal constant FILES = VmFiles(address(VM));
    IEntryPoint internal constant POINT = ERC4337Utils.ENTRYPOINT_V08;
    uint256 internal constant P256_N =
        0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
    uint256 internal constant SIGNER_KEY = 0x5160;
    uint256 internal constant PASSKEY = 7;
    bytes32 internal constant ORDER = "order";
    uint32 internal constant BUDGET = 1;
    uint256 internal constant FEE = 1 gwei;
    bytes32 internal constant BATCH = bytes32(uint256(1) << 248);
    address payable internal constant BUNDLER = payable(address(0xB0D));

    CityAccessManager internal authority;
    CitySponsor internal sponsor;
    PasskeyAccountFactory internal factory;
    Bell internal bell;

    function openDesk() internal {
        string memory genesis = FILES.readFile("chain-config/devnet/genesis.json");
        string[2] memory places = [
            "0x4337084d9e255ff0702461cf8895ce9e3b5ff108",
            "0x449ed7c3e6fee6a97311d4b55475df59c44add33"
        ];
        FILES.etch(address(POINT), codeIn(genesis, places[0]));
        FILES.etch(0x449ED7C3e6Fee6a97311d4b55475DF59C44AdD33, codeIn(genesis, places[1]));
        VM.warp(1_800_000_000);
        authority = new CityAccessManager(address(this));
        sponsor = new CitySponsor(address(authority));
        factory = new PasskeyAccountFactory();
        bell = new Bell();
        authority.grantRole(81, VM.addr(SIGNER_KEY), 0);
        sponsor.setAccountKind(factory.accountCodeHash(), true, ORDER);
        sponsor.setBudget(
            BUDGET,
            CitySponsor.Budget(2_000_000, 4_000_000, 9_000_000, 2 gwei),
            ORDER
        );
        sponsor.setService(address(bell), Bell.ring.selector, BUDGET, ORDER);
        sponsor.setService(address(bell), Bell.breakDown.selector, BUDGET, ORDER);
        sponsor.setService(address(bell), Bell.burn.selector, BUDGET, ORDER);
        sponsor.deposit{value: 1 ether}();
    }

    function codeIn(
        string memory genesis,
        string memory place
    ) private pure returns (bytes memory) {
        return FILES.parseJsonBytes(genesis, string.concat(".alloc.", place, ".code"));
    }

    /// @dev An operation of a passkey's account that calls the bell; made, if it is not there.
    function operation(
        uint256 passkey,
        bytes4 selector
    ) internal view returns (PackedUserOperation memory) {
        return operationOf(passkey, callsOf(address(bell), 0, abi.encodePacked(selector)));
    }

    function operationOf(
        uint256 passkey,
        bytes memory callData
    ) internal view returns (PackedUserOperation memory userOp) {
        (bytes32 qx, bytes32 qy) = publicKey(passkey);
        userOp.sender = factory.addressOf(qx, qy, 0);
        userOp.nonce = POINT.getNonce(userOp.sender, 0);
        if (userOp.sender.code.length == 0) {
            bytes memory create = abi.encodeCall(factory.create, (qx, qy, 0));
            userOp.initCode = abi.encodePacked(factory, create);
        }
        userOp.callData = callData;
        userOp.accountGasLimits = bytes32((uint256(600_000) << 128) | 100_000);
        userOp.preVerificationGas = 50_000;
        userOp.gasFees = bytes32((FEE << 128) | FEE);
    }

    function callsOf(
        address target,
        uint256 value,
        bytes memory data
    ) internal pure returns (bytes memory) {
        Execution[] memory calls = new Execution[](1);
        calls[0] = Execution(target, value, data);
        return abi.encodeCall(IERC7821.execute, (BATCH, abi.encode(calls)));
    }

    /// @dev Approved for ten minutes.
    function approve(PackedUserOperation memory userOp) internal view {
        approve(userOp, uint48(block.timestamp + 10 minutes), SIGNER_KEY);
    }

    function approve(
        PackedUserOperation memory userOp,
        uint48 validUntil,
        uint256 key
    ) internal view {
        bytes memory head = abi.encodePacked(sponsor, uint128(150_000), uint128(0));
        userOp.paymasterAndData = bytes.concat(head, bytes12(uint96(validUntil)));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, sponsor.approvalHash(userOp, 0, validUntil));
        userOp.paymasterAndData = bytes.concat(userOp.paymasterAndData, abi.encodePacked(r, s, v));
    }

    /// @dev The citizen's phone signs.
    function sign(PackedUserOperation memory userOp, uint256 passkey) internal view {
        userOp.signature = assertion(passkey, hashOf(userOp));
    }

    function hashOf(PackedUserOperation memory userOp) internal view returns (bytes32) {
        return EntryPointViews(address(POINT)).getUserOpHash(userOp);
    }

    function assertion(uint256 passkey, bytes32 hash) internal pure returns (bytes memory) {
        return assertion(passkey, hash, 0x05);
    }

    /// @dev What an authenticator answers: 0x01 in the flags for present, 0x04 for verified.
    function assertion(
        uint256 passkey,
        bytes32 hash,
        uint8 flags
    ) internal pure returns (bytes memory) {
        WebAuthn.WebAuthnAuth memory auth;
        auth.authenticatorData = abi.encodePacked(sha256("busan.go.kr"), flags, uint32(0));
        auth.clientDataJSON = string.concat(
            '{"type":"webauthn.get","challenge":"',
            Base64.encodeURL(abi.encodePacked(hash)),
            '","origin":"https://busan.go.kr"}'
        );
        (auth.typeIndex, auth.challengeIndex) = (1, 23);
        bytes32 digest = sha256(
            abi.encodePacked(auth.authenticatorData, sha256(bytes(auth.clientDataJSON)))
        );
        (auth.r, auth.s) = FILES.signP256(passkey, digest);
        if (uint256(auth.s) > P256_N / 2) auth.s = bytes32(P256_N - uint256(auth.s));
        return encoded(auth);
    }

    /// @dev The fields as they are, without the offset that a struct of its own would have.
    function encoded(WebAuthn.WebAuthnAuth memory auth) internal pure returns (bytes memory) {
        return
            abi.encode(
                auth.r,
                auth.s,
                auth.challengeIndex,
                auth.typeIndex,
                auth.authenticatorData,
                auth.clientDataJSON
            );
    }

    function publicKey(uint256 passkey) internal pure returns (bytes32 qx, bytes32 qy) {
        (uint256 x, uint256 y) = FILES.publicKeyP256(passkey);
        return (bytes32(x), bytes32(y));
    }

    /// @dev An operation as the desk lets it through.
    function whole(
        uint256 passkey,
        bytes4 selector
    ) internal view returns (PackedUserOperation memory userOp) {
        userOp = operation(passkey, selector);
        approve(userOp);
        sign(userOp, passkey);
    }

    function bring(PackedUserOperation memory userOp) internal {
        PackedUserOperation[] memory userOps = new PackedUserOperation[](1);
        userOps[0] = userOp;
        VM.prank(BUNDLER, BUNDLER);
        POINT.handleOps(userOps, BUNDLER);
    }

    function depositOf(address account) internal view returns (uint256) {
        return EntryPointViews(address(POINT)).balanceOf(account);
    }
}
