// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Fill, Order} from "../../../contracts/exchange/Orders.sol";
import {SettlementVault} from "../../../contracts/exchange/SettlementVault.sol";
import {Exchange} from "./support/Exchange.sol";

contract SettlementGasTest is Exchange {
    function setUp() public {
        openExchange();
    }

    function test_Settles100FillsInOneBatch() public {
        settle(100);
        VM.snapshotGasLastCall("exchange", "settle, 100 fills");
        assertEq(gold.balanceOf(trader(1)), FUNDS + 50 * 10 * LOT);
    }

    function test_SettlesOneFill() public {
        settle(1);
        VM.snapshotGasLastCall("exchange", "settle, 1 fill");
        assertEq(gold.balanceOf(trader(1)), FUNDS + 10 * LOT);
    }

    function test_WithdrawsFromTheVault() public {
        SettlementVault vault = engine.VAULT();
        VM.prank(trader(1));
        vault.withdraw(won, FUNDS, BOB);
        VM.snapshotGasLastCall("exchange", "withdraw");
        assertEq(won.balanceOf(BOB), FUNDS);
    }

    /// @dev Two buyers, two sellers, each order with its own signature.
    function settle(uint256 fills) private {
        Batch memory batch;
        batch.market = market;
        batch.orders = new Order[](2 * fills);
        batch.signatures = new bytes[](2 * fills);
        batch.fills = new Fill[](fills);
        for (uint256 i = 0; i < fills; ++i) {
            (uint256 buyer, uint256 seller) = (1 + (i % 2), 3 + (i % 2));
            batch.orders[2 * i] = newOrder(buyer, true, 10, 1_000, uint64(i));
            batch.orders[2 * i + 1] = newOrder(seller, false, 10, 1_000, uint64(i));
            batch.signatures[2 * i] = signOrder(buyer, batch.orders[2 * i]);
            batch.signatures[2 * i + 1] = signOrder(seller, batch.orders[2 * i + 1]);
            batch.fills[i] = Fill(uint16(2 * i), uint16(2 * i + 1), 10, 1_000);
        }
        VM.prank(OPERATOR);
        engine.settle(batch);
    }
}
