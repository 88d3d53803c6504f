// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityToken} from "../../../contracts/examples/CityToken.sol";
import {Faucet} from "../../../contracts/examples/Faucet.sol";
import {TestCase} from "../support/TestCase.sol";

contract FaucetTest is TestCase {
    uint256 private constant DRIP = 100;
    uint256 private constant INTERVAL = 1 days;

    CityToken private token;
    Faucet private faucet;

    function setUp() public {
        VM.warp(1_800_000_000);
        token = new CityToken(address(this), 1_000_000);
        faucet = new Faucet(token, DRIP, INTERVAL);
    }

    function test_GivesAndSaysSo() public {
        token.mint(address(faucet), DRIP);
        VM.expectEmit(address(faucet));
        emit Faucet.Dripped(ALICE, DRIP);
        VM.prank(ALICE);
        faucet.drip();
        assertEq(token.balanceOf(ALICE), DRIP);
    }

    function testFuzz_GivesAgainOnlyAfterTheInterval(uint256 waited) public {
        waited = bound(waited, 0, 10 * INTERVAL);
        token.mint(address(faucet), 2 * DRIP);
        VM.prank(ALICE);
        faucet.drip();
        uint256 next = block.timestamp + INTERVAL;
        VM.warp(block.timestamp + waited);
        if (waited < INTERVAL) {
            VM.expectRevert(abi.encodeWithSelector(Faucet.FaucetTooSoon.selector, next));
        }
        VM.prank(ALICE);
        faucet.drip();
        assertEq(token.balanceOf(ALICE), waited < INTERVAL ? DRIP : 2 * DRIP);
    }

    function testFuzz_NeverGivesLessThanADrip(uint256 stock) public {
        stock = bound(stock, 0, DRIP - 1);
        token.mint(address(faucet), stock);
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(Faucet.FaucetEmpty.selector, stock));
        faucet.drip();
        assertEq(faucet.availableAt(ALICE), 0);
    }
}
