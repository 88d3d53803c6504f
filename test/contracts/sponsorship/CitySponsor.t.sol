// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Paymaster} from "@openzeppelin/contracts/account/paymaster/Paymaster.sol";
import {Execution} from "@openzeppelin/contracts/interfaces/draft-IERC7579.sol";
import {IERC7821} from "@openzeppelin/contracts/interfaces/draft-IERC7821.sol";
import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {FlowPause} from "../../../contracts/governance/FlowPause.sol";
import {CitySponsor} from "../../../contracts/sponsorship/CitySponsor.sol";
import {Bell, Desk} from "./support/Desk.sol";

contract CitySponsorTest is Desk {
    function setUp() public {
        openDesk();
    }

    function test_ACitizenWithoutCoinUsesAServiceAndNeedsNoAccountBefore() public {
        PackedUserOperation memory userOp = whole(PASSKEY, Bell.ring.selector);
        assertEq(userOp.sender.code.length, 0);
        VM.expectEmit(address(sponsor));
        emit CitySponsor.Sponsored(BUDGET, userOp.sender, hashOf(userOp), 900_000);
        bring(userOp);
        bring(whole(PASSKEY, Bell.ring.selector));
        assertEq(bell.rings(), 2);
        assertEq(userOp.sender.balance + depositOf(userOp.sender), 0);
        require(depositOf(address(sponsor)) + BUNDLER.balance == 1 ether, "coins went elsewhere");
    }

    function test_SeveralCallsOfOneBudgetAreOneOperation() public {
        Execution[] memory calls = new Execution[](2);
        calls[0] = Execution(address(bell), 0, abi.encodePacked(Bell.ring.selector));
        calls[1] = Execution(address(bell), 0, abi.encodePacked(Bell.ring.selector));
        bring(completed(batchOf(calls)));
        assertEq(bell.rings(), 2);
        sponsor.setBudget(2, CitySponsor.Budget(1, 1, 1, 1), ORDER);
        sponsor.setService(address(this), Bell.ring.selector, 2, ORDER);
        calls[1].target = address(this);
        expectNotAService(completed(batchOf(calls)), address(this), Bell.ring.selector);
    }

    function test_OnlyCallsOfServicesArePaid() public {
        bytes4 ring = Bell.ring.selector;
        bytes memory data = abi.encodePacked(ring);
        expectNotAService(completed(callsOf(address(this), 0, data)), address(this), ring);
        expectNotAService(completed(callsOf(address(bell), 1, data)), address(bell), ring);
        sponsor.setService(address(bell), ring, 0, ORDER);
        expectNotAService(completed(callsOf(address(bell), 0, data)), address(bell), ring);
        expectNotAService(completed(batchOf(new Execution[](0))), address(0), 0);
        expectNotAService(completed(hex"12345678"), address(0), 0);
        bytes memory batch = callsOf(address(bell), 0, data);
        batch[0] ^= 0x01;
        expectNotAService(completed(batch), address(0), 0);
        expectNotAService(completed(""), address(0), 0);
    }

    /// @dev A call of fewer than four bytes reaches a contract's fallback, whatever it starts with.
    function test_AShortCallIsNoService() public {
        sponsor.setService(address(bell), 0, BUDGET, ORDER);
        expectNotAService(completed(callsOf(address(bell), 0, "")), address(bell), 0);
    }

    function test_AnAccountWhoseCodeIsUnknownIsNotSponsored() public {
        sponsor.setAccountKind(factory.accountCodeHash(), false, ORDER);
        PackedUserOperation memory userOp = whole(PASSKEY, Bell.ring.selector);
        expectRefusal(
            userOp,
            abi.encodeWithSelector(CitySponsor.SponsorUnknownAccount.selector, userOp.sender)
        );
    }

    function test_AnApprovalEndsWithinAnHour() public {
        uint48 latest = uint48(block.timestamp + 1 hours);
        for (uint256 i = 0; i < 3; ++i) {
            uint48 until = [uint48(0), latest + 1, type(uint48).max][i];
            PackedUserOperation memory userOp = operation(PASSKEY, Bell.ring.selector);
            approve(userOp, until, SIGNER_KEY);
            sign(userOp, PASSKEY);
            bytes4 why = CitySponsor.SponsorApprovalTooLong.selector;
            expectRefusal(userOp, abi.encodeWithSelector(why, until));
        }
        PackedUserOperation memory timely = operation(PASSKEY, Bell.ring.selector);
        approve(timely, latest, SIGNER_KEY);
        sign(timely, PASSKEY);
        VM.warp(latest + 1);
        expectFailure(timely, "AA32 paymaster expired or not due");
        VM.warp(latest);
        bring(timely);
    }

    function test_ASignerWhoLosesTheRoleApprovesNothing() public {
        PackedUserOperation memory userOp = whole(PASSKEY, Bell.ring.selector);
        authority.revokeRole(81, VM.addr(SIGNER_KEY));
        expectFailure(userOp, "AA34 signature error");
        PackedUserOperation memory other = operation(PASSKEY, Bell.ring.selector);
        approve(other, uint48(block.timestamp + 60), 0xBAD);
        sign(other, PASSKEY);
        expectFailure(other, "AA34 signature error");
        other.paymasterAndData = bytes.concat(
            abi.encodePacked(sponsor, uint128(150_000), uint128(0)),
            abi.encodePacked(uint48(0), uint48(block.timestamp + 60))
        );
        sign(other, PASSKEY);
        expectFailure(other, "AA34 signature error");
    }

    function test_GuardiansStopTheSponsorFor72Hours() public {
        sponsor.pause(0, ORDER);
        uint256 until = block.timestamp + 72 hours;
        bytes memory paused = abi.encodeWithSelector(FlowPause.FlowPaused.selector, 0, until);
        expectRefusal(whole(PASSKEY, Bell.ring.selector), paused);
        VM.warp(until);
        bring(whole(PASSKEY, Bell.ring.selector));
    }

    function test_P1_AnAccountHasADailyQuotaInKoreanDays() public {
        PackedUserOperation memory userOp = operation(PASSKEY, Bell.ring.selector);
        for (uint256 i = 0; i < 4; ++i) bring(whole(PASSKEY, Bell.ring.selector));
        (uint256 ofAccount, uint256 ofAll) = sponsor.gasLeft(BUDGET, userOp.sender);
        assertEq(ofAccount, 400_000);
        assertEq(ofAll, 5_400_000);
        expectRefusal(whole(PASSKEY, Bell.ring.selector), exceeded(900_000, 400_000));
        bring(whole(8, Bell.ring.selector));
        // Midnight in Korea.
        VM.warp(((block.timestamp + 9 hours) / 1 days + 1) * 1 days - 9 hours);
        bring(whole(PASSKEY, Bell.ring.selector));
    }

    function test_P1_AllAccountsTogetherHaveADailyQuota() public {
        for (uint256 i = 0; i < 10; ++i) bring(whole(100 + i, Bell.ring.selector));
        expectRefusal(whole(110, Bell.ring.selector), exceeded(900_000, 0));
    }

    function test_P1_AnOperationHasACapAndSoHasItsFee() public {
        PackedUserOperation memory userOp = operation(PASSKEY, Bell.ring.selector);
        userOp.preVerificationGas += 1_100_001;
        approve(userOp);
        sign(userOp, PASSKEY);
        expectRefusal(userOp, exceeded(2_000_001, 2_000_000));
        userOp = operation(PASSKEY, Bell.ring.selector);
        userOp.gasFees = bytes32((FEE << 128) | (2 gwei + 1));
        approve(userOp);
        sign(userOp, PASSKEY);
        bytes4 tooHigh = CitySponsor.SponsorFeeTooHigh.selector;
        expectRefusal(userOp, abi.encodeWithSelector(tooHigh, 2 gwei + 1, 2 gwei));
    }

    function test_P1_AnOperationThatRevertsOrBurnsItsGasCostsAtMostItsCap() public {
        for (uint256 i = 0; i < 2; ++i) {
            bytes4 selector = [Bell.breakDown.selector, Bell.burn.selector][i];
            uint256 before = depositOf(address(sponsor));
            bring(whole(20 + i, selector));
            uint256 cost = before - depositOf(address(sponsor));
            require(cost > 0 && cost <= 900_000 * FEE, "more than its cap");
        }
        assertEq(bell.rings(), 0);
    }

    function test_Attack_UnsignedSelector() public {
        PackedUserOperation memory userOp = operation(PASSKEY, Bell.ring.selector);
        approve(userOp);
        userOp.callData = operation(PASSKEY, Bell.breakDown.selector).callData;
        sign(userOp, PASSKEY);
        expectFailure(userOp, "AA34 signature error");
    }

    function test_Attack_MoreGasThanWasSigned() public {
        for (uint256 i = 0; i < 4; ++i) {
            PackedUserOperation memory userOp = operation(PASSKEY, Bell.ring.selector);
            approve(userOp);
            if (i == 0) userOp.preVerificationGas += 1;
            if (i == 1) userOp.accountGasLimits = bytes32(uint256(userOp.accountGasLimits) + 1);
            if (i == 2) userOp.gasFees = bytes32(uint256(userOp.gasFees) + 1);
            if (i == 3)
                userOp.paymasterAndData[35] = bytes1(uint8(userOp.paymasterAndData[35]) + 1);
            sign(userOp, PASSKEY);
            expectFailure(userOp, "AA34 signature error");
        }
    }

    /// @dev The penalty for gas that was set aside and not used is within what was counted.
    function test_Attack_GasPenaltyDrain() public {
        PackedUserOperation memory userOp = operation(PASSKEY, Bell.ring.selector);
        userOp.accountGasLimits = bytes32((uint256(600_000) << 128) | 1_100_000);
        approve(userOp);
        sign(userOp, PASSKEY);
        (uint256 left, ) = sponsor.gasLeft(BUDGET, userOp.sender);
        uint256 before = depositOf(address(sponsor));
        bring(userOp);
        (uint256 leftAfter, ) = sponsor.gasLeft(BUDGET, userOp.sender);
        uint256 cost = before - depositOf(address(sponsor));
        require(cost > 100_000 * FEE, "no penalty was charged");
        require(cost <= (left - leftAfter) * FEE, "penalty beyond the quota");
    }

    function test_Attack_GasForAStepAfterwards() public {
        PackedUserOperation memory userOp = operation(PASSKEY, Bell.ring.selector);
        approve(userOp);
        userOp.paymasterAndData[51] = 0x01;
        sign(userOp, PASSKEY);
        expectRefusal(userOp, abi.encodePacked(CitySponsor.SponsorNothingAfter.selector));
    }

    function test_Attack_ReplayAcrossUserOps() public {
        bring(whole(PASSKEY, Bell.ring.selector));
        PackedUserOperation memory first = whole(PASSKEY, Bell.ring.selector);
        bring(first);
        expectFailure(first, "AA25 invalid account nonce");
        PackedUserOperation memory second = operation(PASSKEY, Bell.ring.selector);
        second.paymasterAndData = first.paymasterAndData;
        sign(second, PASSKEY);
        expectFailure(second, "AA34 signature error");
        PackedUserOperation memory other = operation(9, Bell.ring.selector);
        other.paymasterAndData = first.paymasterAndData;
        sign(other, 9);
        expectFailure(other, "AA34 signature error");
    }

    function test_Attack_ReplayAtAnotherSponsor() public {
        CitySponsor other = new CitySponsor(address(authority));
        PackedUserOperation memory userOp = operation(PASSKEY, Bell.ring.selector);
        uint48 until = uint48(block.timestamp + 60);
        require(
            sponsor.approvalHash(userOp, 0, until) != other.approvalHash(userOp, 0, until),
            "one approval for two sponsors"
        );
    }

    /// @dev An account under EIP-7702 is known by what it delegates to.
    function test_Attack_7702Redelegation() public {
        address implementation = address(factory.IMPLEMENTATION());
        bytes memory delegation = abi.encodePacked(hex"ef0100", implementation);
        sponsor.setAccountKind(keccak256(delegation), true, ORDER);
        PackedUserOperation memory userOp = whole(PASSKEY, Bell.ring.selector);
        userOp.initCode = "";
        approve(userOp);
        FILES.etch(userOp.sender, abi.encodePacked(hex"ef0100", address(bell)));
        VM.prank(address(POINT));
        VM.expectRevert(
            abi.encodeWithSelector(CitySponsor.SponsorUnknownAccount.selector, userOp.sender)
        );
        sponsor.validatePaymasterUserOp(userOp, 0, 0);
        FILES.etch(userOp.sender, delegation);
        VM.prank(address(POINT));
        (, uint256 validationData) = sponsor.validatePaymasterUserOp(userOp, 0, 0);
        assertEq(uint160(validationData), 0);
    }

    function test_OnlyTheEntryPointAsks() public {
        PackedUserOperation memory userOp = whole(PASSKEY, Bell.ring.selector);
        bytes4 why = Paymaster.PaymasterUnauthorized.selector;
        VM.expectRevert(abi.encodeWithSelector(why, address(this)));
        sponsor.validatePaymasterUserOp(userOp, 0, 0);
    }

    function test_TheTreasuryTakesCoinsOutAndStrangersDoNothing() public {
        sponsor.withdraw(payable(ALICE), 0.25 ether, ORDER);
        assertEq(ALICE.balance, 0.25 ether);
        VM.expectRevert(abi.encodePacked(FlowPause.OrderMissing.selector));
        sponsor.withdraw(payable(ALICE), 1, 0);
        bytes[5] memory acts = [
            abi.encodeCall(sponsor.withdraw, (payable(BOB), 1, ORDER)),
            abi.encodeCall(sponsor.setService, (BOB, 0, BUDGET, ORDER)),
            abi.encodeCall(sponsor.setBudget, (BUDGET, CitySponsor.Budget(1, 1, 1, 1), ORDER)),
            abi.encodeCall(sponsor.setAccountKind, (0, true, ORDER)),
            abi.encodeCall(sponsor.pause, (0, ORDER))
        ];
        bytes4 why = IAccessManaged.AccessManagedUnauthorized.selector;
        for (uint256 i = 0; i < 5; ++i) {
            VM.prank(BOB);
            (bool isDone, bytes memory answer) = address(sponsor).call(acts[i]);
            require(!isDone && bytes4(answer) == why, "a stranger acts");
        }
    }

    function test_ABudgetHasANumberAndAnOrder() public {
        bytes4 why = CitySponsor.SponsorInvalidBudget.selector;
        VM.expectRevert(abi.encodeWithSelector(why, 0));
        sponsor.setBudget(0, CitySponsor.Budget(1, 1, 1, 1), ORDER);
        VM.expectRevert(abi.encodeWithSelector(why, 2));
        sponsor.setBudget(2, CitySponsor.Budget(2, 1, 1, 1), ORDER);
        VM.expectRevert(abi.encodeWithSelector(why, 2));
        sponsor.setBudget(2, CitySponsor.Budget(1, 2, 1, 1), ORDER);
        sponsor.setBudget(2, CitySponsor.Budget(1, 2, 3, 4), ORDER);
        CitySponsor.Budget memory terms = sponsor.budgetTerms(2);
        assertEq(terms.gasPerAccount, 2);
        sponsor.setBudget(BUDGET, CitySponsor.Budget(0, 0, 0, 0), ORDER);
        expectRefusal(whole(PASSKEY, Bell.ring.selector), exceeded(900_000, 0));
    }

    function exceeded(uint256 wanted, uint256 available) private pure returns (bytes memory) {
        return abi.encodeWithSelector(CitySponsor.SponsorQuotaExceeded.selector, wanted, available);
    }

    function batchOf(Execution[] memory calls) private pure returns (bytes memory) {
        return abi.encodeCall(IERC7821.execute, (BATCH, abi.encode(calls)));
    }

    function completed(
        bytes memory callData
    ) private view returns (PackedUserOperation memory userOp) {
        userOp = operationOf(PASSKEY, callData);
        approve(userOp);
        sign(userOp, PASSKEY);
    }

    function expectNotAService(
        PackedUserOperation memory userOp,
        address target,
        bytes4 selector
    ) private {
        bytes4 why = CitySponsor.SponsorNotAService.selector;
        expectRefusal(userOp, abi.encodeWithSelector(why, target, selector));
    }

    /// @dev The sponsor refuses.
    function expectRefusal(PackedUserOperation memory userOp, bytes memory reason) private {
        bytes4 why = IEntryPoint.FailedOpWithRevert.selector;
        VM.expectRevert(abi.encodeWithSelector(why, 0, "AA33 reverted", reason));
        bring(userOp);
    }

    /// @dev The entry point refuses.
    function expectFailure(PackedUserOperation memory userOp, string memory reason) private {
        VM.expectRevert(abi.encodeWithSelector(IEntryPoint.FailedOp.selector, 0, reason));
        bring(userOp);
    }
}
