// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Account} from "@openzeppelin/contracts/account/Account.sol";
import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IERC7821} from "@openzeppelin/contracts/interfaces/draft-IERC7821.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {SignerP256} from "@openzeppelin/contracts/utils/cryptography/signers/SignerP256.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";
import {PasskeyAccount} from "../../../contracts/sponsorship/PasskeyAccount.sol";
import {PasskeyAccountFactory} from "../../../contracts/sponsorship/PasskeyAccountFactory.sol";
import {Bell, Desk} from "./support/Desk.sol";

contract PasskeyAccountTest is Desk {
    bytes32 private constant CONTENTS = keccak256("an application's struct");
    bytes32 private constant APPLICATION = keccak256("an application's domain");
    bytes4 private constant ACCEPTED = 0x1626ba7e;

    PasskeyAccount private account;

    function setUp() public {
        openDesk();
        (bytes32 qx, bytes32 qy) = publicKey(PASSKEY);
        account = PasskeyAccount(payable(factory.create(qx, qy, 0)));
    }

    function test_AnAccountIsWhereItWasForetoldAndMadeOnce() public {
        (bytes32 qx, bytes32 qy) = publicKey(8);
        address foretold = factory.addressOf(qx, qy, "second");
        require(foretold != factory.addressOf(qx, qy, 0), "a salt changes nothing");
        VM.expectEmit(address(factory));
        emit PasskeyAccountFactory.AccountCreated(foretold, qx, qy);
        require(factory.create(qx, qy, "second") == foretold, "elsewhere");
        require(factory.create(qx, qy, "second") == foretold, "made twice");
        require(foretold.codehash == factory.accountCodeHash(), "other code");
        (bytes32 x, bytes32 y) = PasskeyAccount(payable(foretold)).signer();
        require(x == qx && y == qy, "other key");
    }

    function test_AKeyThatIsNoPointIsRefused() public {
        bytes4 why = SignerP256.SignerP256InvalidPublicKey.selector;
        VM.expectRevert(abi.encodeWithSelector(why, bytes32(uint256(1)), bytes32(uint256(1))));
        factory.create(bytes32(uint256(1)), bytes32(uint256(1)), 0);
    }

    function test_Attack_TheKeyOfAnAccountOrTheImplementationIsSetAgain() public {
        (bytes32 qx, bytes32 qy) = publicKey(9);
        PasskeyAccount implementation = factory.IMPLEMENTATION();
        (bytes32 x, ) = implementation.signer();
        require(x == keccak256("nobody has this key 5"), "somebody's key");
        for (uint256 i = 0; i < 2; ++i) {
            VM.expectRevert(abi.encodePacked(Initializable.InvalidInitialization.selector));
            [account, implementation][i].initialize(qx, qy);
        }
    }

    function test_NobodyButTheEntryPointMakesItActOrAsksIt() public {
        bytes4 why = Account.AccountUnauthorized.selector;
        VM.expectRevert(abi.encodeWithSelector(why, address(this)));
        account.execute(BATCH, "");
        PackedUserOperation memory userOp = whole(PASSKEY, Bell.ring.selector);
        VM.expectRevert(abi.encodeWithSelector(why, address(this)));
        account.validateUserOp(userOp, 0, 0);
    }

    /// @dev As one call of a batch that the entry point brought.
    function test_ItMayCallItself() public {
        VM.prank(address(account));
        account.execute(BATCH, abi.encode(new uint256[](0)));
    }

    function test_AnotherPasskeysWordOrAnUnverifiedUsersIsNotItsOwn() public {
        PackedUserOperation memory userOp = whole(PASSKEY, Bell.ring.selector);
        sign(userOp, 8);
        expectFailure(userOp);
        userOp.signature = assertion(PASSKEY, hashOf(userOp), 0x01);
        expectFailure(userOp);
        userOp.signature = "";
        expectFailure(userOp);
        userOp.signature = hex"00112233";
        expectFailure(userOp);
        sign(userOp, PASSKEY);
        bring(userOp);
        assertEq(bell.rings(), 1);
    }

    /// @dev s and n - s are both solutions of ECDSA; only one is accepted.
    function test_Attack_SignatureMalleability() public view {
        WebAuthn.WebAuthnAuth memory auth = answer();
        require(account.isValidSignature(CONTENTS, encoded(auth)) == ACCEPTED, "refused");
        auth.s = bytes32(P256_N - uint256(auth.s));
        require(account.isValidSignature(CONTENTS, encoded(auth)) != ACCEPTED, "malleable");
    }

    function test_ASignatureForAnApplicationCountsForOneAccountOnly() public {
        (bytes32 qx, bytes32 qy) = publicKey(PASSKEY);
        PasskeyAccount second = PasskeyAccount(payable(factory.create(qx, qy, "second")));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", APPLICATION, CONTENTS));
        bytes memory signature = nested(address(account));
        require(account.isValidSignature(digest, signature) == ACCEPTED, "refused");
        require(second.isValidSignature(digest, signature) != ACCEPTED, "counts elsewhere");
        // The bare digest, signed without naming the account.
        bytes memory bare = assertion(PASSKEY, digest);
        require(account.isValidSignature(digest, bare) != ACCEPTED, "counts for any account");
    }

    function test_ItTakesTokensThatAskFirst() public {
        require(
            account.onERC721Received(ALICE, BOB, 1, "") == account.onERC721Received.selector,
            "refuses passes"
        );
        require(account.supportsExecutionMode(BATCH), "does not execute batches");
        require(!account.supportsExecutionMode(bytes32(uint256(0xff) << 248)), "delegates");
    }

    function testFuzz_NoOtherAssertionIsAccepted(
        uint256 field,
        uint256 place,
        uint8 flip
    ) public view {
        VM.assume(flip != 0);
        WebAuthn.WebAuthnAuth memory auth = answer();
        field = bound(field, 0, 3);
        bytes memory json = bytes(auth.clientDataJSON);
        if (field == 0) auth.r ^= bytes32(uint256(flip) << (8 * bound(place, 0, 31)));
        if (field == 1) auth.s ^= bytes32(uint256(flip) << (8 * bound(place, 0, 31)));
        if (field == 2) auth.authenticatorData[bound(place, 0, 36)] ^= bytes1(flip);
        if (field == 3) json[bound(place, 0, json.length - 1)] ^= bytes1(flip);
        require(
            account.isValidSignature(CONTENTS, encoded(auth)) != ACCEPTED,
            "another assertion is accepted"
        );
    }

    function expectFailure(PackedUserOperation memory userOp) private {
        bytes4 why = IEntryPoint.FailedOp.selector;
        VM.expectRevert(abi.encodeWithSelector(why, 0, "AA24 signature error"));
        bring(userOp);
    }

    /// @dev The passkey's personal signature over CONTENTS for the account.
    function answer() private view returns (WebAuthn.WebAuthnAuth memory auth) {
        bytes memory fields = assertion(PASSKEY, personal(address(account), CONTENTS));
        return abi.decode(bytes.concat(bytes32(uint256(0x20)), fields), (WebAuthn.WebAuthnAuth));
    }

    function domain(address of_) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        );
        return
            keccak256(
                abi.encode(kind, keccak256("Busan Account"), keccak256("1"), block.chainid, of_)
            );
    }

    function personal(address of_, bytes32 hash) private view returns (bytes32) {
        bytes32 struct_ = keccak256(abi.encode(keccak256("PersonalSign(bytes prefixed)"), hash));
        return keccak256(abi.encodePacked(hex"1901", domain(of_), struct_));
    }

    /// @dev ERC-7739's nested typed data, by hand.
    function nested(address of_) private view returns (bytes memory) {
        bytes memory contentsType = "Contents(bytes32 value)";
        bytes32 kind = keccak256(
            abi.encodePacked(
                "TypedDataSign(Contents contents,string name,string version,uint256 chainId,",
                "address verifyingContract,bytes32 salt)",
                contentsType
            )
        );
        bytes32 struct_ = keccak256(
            abi.encode(
                kind,
                CONTENTS,
                keccak256("Busan Account"),
                keccak256("1"),
                block.chainid,
                of_,
                bytes32(0)
            )
        );
        bytes32 hash = keccak256(abi.encodePacked(hex"1901", APPLICATION, struct_));
        return
            abi.encodePacked(
                assertion(PASSKEY, hash),
                APPLICATION,
                CONTENTS,
                contentsType,
                uint16(contentsType.length)
            );
    }
}
