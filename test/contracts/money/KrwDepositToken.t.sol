// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {FlowPause} from "../../../contracts/governance/FlowPause.sol";
import {IKrwDepositToken} from "../../../contracts/money/IKrwDepositToken.sol";
import {KrwDepositToken} from "../../../contracts/money/KrwDepositToken.sol";
import {City} from "./support/City.sol";

/// @dev An account that accepts one digest, until its owner changes its mind.
contract Wallet is IERC1271 {
    bytes32 private _accepted;

    function accept(bytes32 digest) external {
        _accepted = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == _accepted ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

contract KrwDepositTokenTest is City {
    uint256 private constant KEY = 7;
    bytes32 private constant TRANSFER_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant CANCEL_TYPEHASH = keccak256(
        "CancelAuthorization(address authorizer,bytes32 nonce)"
    );
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    function setUp() public {
        openBank();
    }

    function test_WonAreWholeAndMintedOnceForADeposit() public {
        configure(100, 100);
        attest(100);
        assertEq(won.decimals(), 0);
        VM.prank(MINTER);
        won.mint(ALICE, 60, "deposit");
        assertEq(won.balanceOf(ALICE), 60);
        refuse(IKrwDepositToken.KrwInvalidReference.selector);
        VM.prank(MINTER);
        won.mint(ALICE, 1, "deposit");
        refuse(IKrwDepositToken.KrwInvalidReference.selector);
        VM.prank(MINTER);
        won.mint(ALICE, 1, 0);
    }

    function testFuzz_AMintNeedsAllowanceRateAndReserve(
        uint256 allowance,
        uint256 rate,
        uint256 reserve,
        uint256 amount
    ) public {
        allowance = bound(allowance, 1, 1e6);
        rate = bound(rate, 1, 1e6);
        reserve = bound(reserve, 1, 1e6);
        amount = bound(amount, 1, 1e6);
        configure(allowance, uint208(rate));
        attest(reserve);
        if (amount > allowance) refuse(IKrwDepositToken.KrwMinterAllowance.selector);
        else if (amount > rate) refuse(RateLimiter.RateLimitExceeded.selector);
        else if (amount > reserve) refuse(IKrwDepositToken.KrwUnbacked.selector);
        VM.prank(MINTER);
        won.mint(ALICE, amount, "deposit");
    }

    function test_AnAllowanceIsUsedUp() public {
        configure(100, 1_000);
        attest(1_000);
        mint(ALICE, 60);
        VM.expectRevert(
            abi.encodeWithSelector(IKrwDepositToken.KrwMinterAllowance.selector, MINTER, 40, 41)
        );
        VM.prank(MINTER);
        won.mint(ALICE, 41, "deposit");
    }

    function test_TheRateComesBackWithinADayAndANewRateKeepsWhatWasUsed() public {
        configure(1_000, 100);
        attest(1_000);
        mint(ALICE, 100);
        configure(1_000, 150);
        (, uint256 available) = won.minterLimits(MINTER);
        assertEq(available, 50);
        VM.warp(block.timestamp + 12 hours);
        (, available) = won.minterLimits(MINTER);
        assertEq(available, 125);
        mint(ALICE, 125);
    }

    function test_Attack_MintWithAStaleAttestation() public {
        configure(100, 100);
        attest(100);
        VM.warp(block.timestamp + 1 days);
        VM.expectRevert(abi.encodeWithSelector(IKrwDepositToken.KrwUnbacked.selector, 1, 0));
        VM.prank(MINTER);
        won.mint(ALICE, 1, "deposit");
        (uint256 attested, , uint64 staleAfter) = won.reserve();
        assertEq(attested, 100);
        assertEq(staleAfter, block.timestamp);
    }

    function test_EachActIsRefusedToEveryOtherRole() public {
        address[6] memory roles = [MASTER, MINTER, FREEZER, ENFORCER, GUARDIAN, RECOVERY];
        bytes[7] memory acts = [
            abi.encodeCall(won.configureMinter, (ALICE, 1, 1)),
            abi.encodeCall(won.mint, (ALICE, 1, "x")),
            abi.encodeCall(won.freeze, (ALICE, 1, uint64(START + 1), ORDER)),
            abi.encodeCall(won.forcedTransfer, (ALICE, BOB, 0, ORDER)),
            abi.encodeCall(won.pause, (1, ORDER)),
            abi.encodeCall(won.lock, (ALICE, 1)),
            abi.encodeCall(won.migrate, (ALICE, BOB))
        ];
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 j = 0; j < 7; ++j) {
                if (j == i || (j == 6 && i == 5)) continue;
                VM.prank(roles[i]);
                (bool isDone, bytes memory data) = address(won).call(acts[j]);
                require(!isDone, "an act of another role");
                assertEq(
                    uint256(uint32(bytes4(data))),
                    uint256(uint32(IAccessManaged.AccessManagedUnauthorized.selector))
                );
            }
        }
    }

    function test_RedeemingBurnsAndNamesThePayout() public {
        fund(ALICE, 100);
        VM.expectEmit(address(won));
        emit IKrwDepositToken.Redeemed(ALICE, 40, "payout");
        VM.prank(ALICE);
        won.redeem(40, "payout");
        assertEq(won.totalSupply(), 60);
        refuse(IKrwDepositToken.KrwInvalidReference.selector);
        VM.prank(ALICE);
        won.redeem(1, 0);
    }

    function test_AFreezeHoldsItsAmountAndEndsByItself() public {
        fund(ALICE, 100);
        freeze(ALICE, 70);
        VM.startPrank(ALICE);
        VM.expectRevert(
            abi.encodeWithSelector(
                IKrwDepositToken.ERC7943InsufficientUnfrozenBalance.selector,
                ALICE,
                31,
                30
            )
        );
        won.transfer(BOB, 31);
        refuse(IKrwDepositToken.ERC7943InsufficientUnfrozenBalance.selector);
        won.redeem(31, "payout");
        refuse(IERC20Errors.ERC20InsufficientBalance.selector);
        won.transfer(BOB, 101);
        require(!won.canTransfer(ALICE, BOB, 31) && won.canTransfer(ALICE, BOB, 30), "7943");
        won.transfer(BOB, 30);
        VM.warp(block.timestamp + 1 days);
        assertEq(won.getFrozenTokens(ALICE), 0);
        won.transfer(BOB, 70);
        VM.stopPrank();
    }

    function test_AFreezeNamesAnOrderAndIsBounded() public {
        uint64 last = uint64(block.timestamp + won.MAX_FREEZE());
        VM.startPrank(FREEZER);
        refuse(FlowPause.OrderMissing.selector);
        won.freeze(ALICE, 1, last, 0);
        refuse(IKrwDepositToken.KrwInvalidFreeze.selector);
        won.freeze(ALICE, 1, last + 1, ORDER);
        refuse(IKrwDepositToken.KrwInvalidFreeze.selector);
        won.freeze(ALICE, 1, uint64(block.timestamp), ORDER);
        won.freeze(ALICE, 1, last, ORDER);
        VM.stopPrank();
    }

    function test_SeizingTakesWhatAnotherFrozeAndNoMore() public {
        fund(ALICE, 100);
        freeze(ALICE, 70);
        VM.startPrank(ENFORCER);
        refuse(FlowPause.OrderMissing.selector);
        won.forcedTransfer(ALICE, BOB, 1, 0);
        VM.expectRevert(
            abi.encodeWithSelector(IKrwDepositToken.KrwNotFrozen.selector, ALICE, 70, 71)
        );
        won.forcedTransfer(ALICE, BOB, 71, ORDER);
        won.forcedTransfer(ALICE, BOB, 50, ORDER);
        VM.stopPrank();
        assertEq(won.balanceOf(BOB), 50);
        assertEq(won.getFrozenTokens(ALICE), 20);
        VM.warp(block.timestamp + 1 days);
        refuse(IKrwDepositToken.KrwNotFrozen.selector);
        VM.prank(ENFORCER);
        won.forcedTransfer(ALICE, BOB, 1, ORDER);
    }

    function test_Attack_SelfForcedTransfer() public {
        fund(ALICE, 100);
        freeze(ALICE, 70);
        refuse(IKrwDepositToken.KrwNotFrozen.selector);
        VM.prank(ENFORCER);
        won.forcedTransfer(ALICE, ALICE, 70, ORDER);
        refuse(IERC20Errors.ERC20InvalidReceiver.selector);
        VM.prank(ENFORCER);
        won.forcedTransfer(ALICE, address(0), 70, ORDER);
        assertEq(won.getFrozenTokens(ALICE), 70);
    }

    function test_APauseStopsOneFlowForThreeDays() public {
        fund(ALICE, 100);
        VM.prank(GUARDIAN);
        won.pause(1, ORDER);
        VM.startPrank(ALICE);
        refuse(FlowPause.FlowPaused.selector);
        won.transfer(BOB, 1);
        require(!won.canTransfer(ALICE, BOB, 1), "7943");
        won.redeem(1, "payout");
        VM.warp(block.timestamp + 72 hours);
        won.transfer(BOB, 1);
        VM.stopPrank();
    }

    function test_OnlyTheAdminConfirmsOrLiftsAPause() public {
        fund(ALICE, 100);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        VM.prank(GUARDIAN);
        won.setPause(2, 0, ORDER);
        won.setPause(2, uint64(block.timestamp + 30 days), ORDER);
        VM.prank(GUARDIAN);
        won.pause(2, ORDER);
        assertEq(won.pausedUntil(2), block.timestamp + 30 days);
        refuse(FlowPause.FlowPaused.selector);
        VM.prank(ALICE);
        won.redeem(1, "payout");
        refuse(FlowPause.OrderMissing.selector);
        won.setPause(2, 0, 0);
        won.setPause(2, 0, ORDER);
        VM.prank(ALICE);
        won.redeem(1, "payout");
        won.setPause(0, type(uint64).max, ORDER);
        refuse(FlowPause.FlowPaused.selector);
        VM.prank(MINTER);
        won.mint(ALICE, 1, "deposit");
    }

    function testFuzz_AnAuthorisationOfAKeyPaysOnceWithinItsTime(uint256 wait) public {
        address payer = VM.addr(KEY);
        fund(payer, 100);
        wait = bound(wait, 0, 20);
        (uint256 from, uint256 until) = (block.timestamp + 5, block.timestamp + 15);
        bytes memory terms = abi.encode(TRANSFER_TYPEHASH, payer, BOB, 40, from, until, ORDER);
        bytes memory signature = signed(KEY, typedHash(won.DOMAIN_SEPARATOR(), terms));
        VM.warp(block.timestamp + wait);
        if (wait <= 5 || wait >= 15) {
            refuse(ERC3009.ERC3009InvalidAuthorizationTime.selector);
            won.transferWithAuthorization(payer, BOB, 40, from, until, ORDER, signature);
            return;
        }
        won.transferWithAuthorization(payer, BOB, 40, from, until, ORDER, signature);
        assertEq(won.balanceOf(BOB), 40);
        refuse(ERC3009.ERC3009UsedAuthorization.selector);
        won.transferWithAuthorization(payer, BOB, 40, from, until, ORDER, signature);
    }

    function test_OnlyTheReceiverBringsAReceiveAuthorisation() public {
        address payer = VM.addr(KEY);
        fund(payer, 100);
        uint256 until = block.timestamp + 1;
        bytes memory terms = abi.encode(RECEIVE_TYPEHASH, payer, BOB, 40, 0, until, ORDER);
        bytes memory signature = signed(KEY, typedHash(won.DOMAIN_SEPARATOR(), terms));
        refuse(IERC20Errors.ERC20InvalidReceiver.selector);
        won.receiveWithAuthorization(payer, BOB, 40, 0, until, ORDER, signature);
        VM.prank(BOB);
        won.receiveWithAuthorization(payer, BOB, 40, 0, until, ORDER, signature);
        assertEq(won.balanceOf(BOB), 40);
    }

    function test_ACancelledAuthorisationPaysNothing() public {
        address payer = VM.addr(KEY);
        fund(payer, 100);
        bytes32 domain = won.DOMAIN_SEPARATOR();
        bytes memory cancel = signed(
            KEY,
            typedHash(domain, abi.encode(CANCEL_TYPEHASH, payer, ORDER))
        );
        bytes memory foreign = signed(
            KEY + 1,
            typedHash(domain, abi.encode(CANCEL_TYPEHASH, payer, ORDER))
        );
        refuse(ERC3009.ERC3009InvalidSignature.selector);
        won.cancelAuthorization(payer, ORDER, foreign);
        won.cancelAuthorization(payer, ORDER, cancel);
        uint256 until = block.timestamp + 1;
        bytes memory terms = abi.encode(TRANSFER_TYPEHASH, payer, BOB, 40, 0, until, ORDER);
        bytes memory signature = signed(KEY, typedHash(domain, terms));
        refuse(ERC3009.ERC3009UsedAuthorization.selector);
        won.transferWithAuthorization(payer, BOB, 40, 0, until, ORDER, signature);
    }

    function test_Attack_ContractSignatureIsCheckedAtFillTime() public {
        Wallet wallet = new Wallet();
        fund(address(wallet), 100);
        uint256 until = block.timestamp + 1;
        bytes memory terms = abi.encode(TRANSFER_TYPEHASH, wallet, BOB, 40, 0, until, ORDER);
        wallet.accept(typedHash(won.DOMAIN_SEPARATOR(), terms));
        wallet.accept(0);
        refuse(ERC3009.ERC3009InvalidSignature.selector);
        won.transferWithAuthorization(address(wallet), BOB, 40, 0, until, ORDER, "");
        wallet.accept(typedHash(won.DOMAIN_SEPARATOR(), terms));
        won.transferWithAuthorization(address(wallet), BOB, 40, 0, until, ORDER, "");
        assertEq(won.balanceOf(BOB), 40);
    }

    function test_Attack_SignatureMalleability() public {
        address payer = VM.addr(KEY);
        fund(payer, 100);
        uint256 until = block.timestamp + 1;
        bytes memory terms = abi.encode(TRANSFER_TYPEHASH, payer, BOB, 40, 0, until, ORDER);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(KEY, typedHash(won.DOMAIN_SEPARATOR(), terms));
        uint256 n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes memory other = abi.encodePacked(r, n - uint256(s), v == 27 ? 28 : 27);
        refuse(ERC3009.ERC3009InvalidSignature.selector);
        won.transferWithAuthorization(payer, BOB, 40, 0, until, ORDER, other);
    }

    /// @dev Whoever brings the permit first, the allowance stands.
    function test_Attack_PermitFrontRun() public {
        address payer = VM.addr(KEY);
        fund(payer, 100);
        bytes memory terms = abi.encode(PERMIT_TYPEHASH, payer, BOB, 40, 0, block.timestamp);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(KEY, typedHash(won.DOMAIN_SEPARATOR(), terms));
        won.permit(payer, BOB, 40, block.timestamp, v, r, s);
        VM.prank(BOB);
        won.transferFrom(payer, BOB, 40);
        assertEq(won.balanceOf(BOB), 40);
    }

    function test_ALockedAccountSendsNothingAndMovesToItsNewOwnerWithoutTheFrozenPart() public {
        fund(ALICE, 100);
        freeze(ALICE, 30);
        VM.prank(RECOVERY);
        won.lock(ALICE, uint64(block.timestamp + 2 days));
        VM.startPrank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(IKrwDepositToken.ERC7943CannotSend.selector, ALICE));
        won.transfer(BOB, 1);
        refuse(IKrwDepositToken.ERC7943CannotSend.selector);
        won.redeem(1, "payout");
        VM.stopPrank();
        require(!won.canTransfer(ALICE, BOB, 1) && !won.canSend(ALICE), "7943");
        VM.prank(RECOVERY);
        won.migrate(ALICE, BOB);
        assertEq(won.balanceOf(BOB), 70);
        VM.warp(block.timestamp + 30 days);
        refuse(IKrwDepositToken.ERC7943CannotSend.selector);
        VM.prank(ALICE);
        won.transfer(BOB, 1);
        refuse(IKrwDepositToken.ERC7943CannotSend.selector);
        VM.prank(RECOVERY);
        won.lock(ALICE, 0);
        VM.prank(RECOVERY);
        won.migrate(ALICE, BOB);
        assertEq(won.balanceOf(BOB), 100);
    }

    function test_NobodyTransfersToTheZeroAddress() public {
        fund(ALICE, 1);
        require(!won.canTransfer(ALICE, address(0), 1) && !won.canReceive(address(0)), "7943");
        require(!won.canTransfer(address(0), ALICE, 0), "nobody sends");
        refuse(IERC20Errors.ERC20InvalidReceiver.selector);
        VM.prank(ALICE);
        won.transfer(address(0), 1);
    }
}
