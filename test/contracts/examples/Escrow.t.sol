// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityToken} from "../../../contracts/examples/CityToken.sol";
import {Escrow} from "../../../contracts/examples/Escrow.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev What buyers may do, with bounded input, for the invariant test to call in any order.
contract EscrowBuyers is TestCase {
    CityToken private immutable TOKEN;
    Escrow private immutable ESCROW;

    uint256 public heldAmount;

    constructor(CityToken token, Escrow escrow) {
        TOKEN = token;
        ESCROW = escrow;
    }

    function open(uint256 amount, uint256 duration) external {
        amount = bound(amount, 1, 1_000);
        TOKEN.mint(address(this), amount);
        TOKEN.approve(address(ESCROW), amount);
        ESCROW.open(BOB, amount, uint64(block.timestamp + bound(duration, 1, 1 days)));
        heldAmount += amount;
    }

    function release(uint256 dealId) external {
        dealId = bound(dealId, 0, ESCROW.dealCount());
        uint256 amount = ESCROW.dealOf(dealId).amount;
        try ESCROW.release(dealId) {
            heldAmount -= amount;
        } catch {}
    }

    function refund(uint256 dealId, uint256 wait) external {
        dealId = bound(dealId, 0, ESCROW.dealCount());
        uint256 amount = ESCROW.dealOf(dealId).amount;
        VM.warp(block.timestamp + bound(wait, 0, 1 days));
        try ESCROW.refund(dealId) {
            heldAmount -= amount;
        } catch {}
    }
}

contract EscrowTest is TestCase {
    CityToken private token;
    Escrow private escrow;
    EscrowBuyers private buyers;

    function setUp() public {
        VM.warp(1_800_000_000);
        token = new CityToken(address(this), type(uint256).max);
        escrow = new Escrow(token);
        buyers = new EscrowBuyers(token, escrow);
        token.mint(ALICE, 1_000);
        token.transferOwnership(address(buyers));
        VM.prank(ALICE);
        token.approve(address(escrow), type(uint256).max);
    }

    /// @dev Only the buyers' bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(buyers);
    }

    function invariant_HoldsExactlyTheOpenDeals() public view {
        assertEq(token.balanceOf(address(escrow)), buyers.heldAmount());
    }

    function test_ReleaseAndRefundPayOnce() public {
        uint256 released = openDeal(ALICE, 400);
        uint256 refunded = openDeal(ALICE, 600);
        VM.startPrank(ALICE);
        VM.expectEmit(address(escrow));
        emit Escrow.Released(released);
        escrow.release(released);
        VM.warp(block.timestamp + 1 hours);
        VM.expectEmit(address(escrow));
        emit Escrow.Refunded(refunded);
        escrow.refund(refunded);
        VM.expectRevert(notOpen(released, Escrow.Status.Released));
        escrow.release(released);
        VM.expectRevert(notOpen(refunded, Escrow.Status.Refunded));
        escrow.refund(refunded);
        VM.stopPrank();
        assertEq(token.balanceOf(BOB), 400);
        assertEq(token.balanceOf(ALICE), 600);
        assertEq(token.balanceOf(address(escrow)), 0);
    }

    function testFuzz_OnlyTheBuyerDecides(address stranger) public {
        VM.assume(stranger != ALICE);
        uint256 dealId = openDeal(ALICE, 1);
        VM.startPrank(stranger);
        VM.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotBuyer.selector, stranger));
        escrow.release(dealId);
        VM.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotBuyer.selector, stranger));
        escrow.refund(dealId);
        VM.stopPrank();
    }

    function testFuzz_NoRefundBeforeTheDeadline(uint256 waited) public {
        waited = bound(waited, 0, 1 hours - 1);
        uint256 dealId = openDeal(ALICE, 1);
        uint256 deadline = block.timestamp + 1 hours;
        VM.warp(block.timestamp + waited);
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(Escrow.EscrowBeforeDeadline.selector, deadline));
        escrow.refund(dealId);
    }

    function testFuzz_RefusesUselessTerms(uint64 deadline) public {
        deadline = uint64(bound(deadline, 0, block.timestamp));
        VM.expectRevert(abi.encodeWithSelector(Escrow.EscrowInvalidTerms.selector, 1, deadline));
        escrow.open(BOB, 1, deadline);
        uint64 later = uint64(block.timestamp + 1);
        VM.expectRevert(abi.encodeWithSelector(Escrow.EscrowInvalidTerms.selector, 0, later));
        escrow.open(BOB, 0, later);
    }

    function test_AnUnknownDealIsNotOpen() public {
        VM.expectRevert(notOpen(1, Escrow.Status.None));
        escrow.release(1);
    }

    function openDeal(address buyer, uint256 amount) private returns (uint256 dealId) {
        VM.prank(buyer);
        return escrow.open(BOB, amount, uint64(block.timestamp + 1 hours));
    }

    function notOpen(uint256 dealId, Escrow.Status status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Escrow.EscrowNotOpen.selector, dealId, status);
    }
}
