// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Fill, Order} from "../../../contracts/exchange/Orders.sol";
import {Exchange} from "./support/Exchange.sol";

contract SettlementGasTest is Exchange {
    uint256 private constant FILLS = 100;

    event GasOfFills(uint256 fills, uint256 gas, uint256 gasPerFill);

    function setUp() public {
        openExchange();
    }

    /// @dev The execution gas of a batch; a transaction adds 21,000 and its calldata.
    function test_SettlesAHundredFillsInOneBatch() public {
        Batch memory batch;
        batch.market = market;
        batch.orders = new Order[](2 * FILLS);
        batch.signatures = new bytes[](2 * FILLS);
        batch.fills = new Fill[](FILLS);
        for (uint256 i = 0; i < FILLS; ++i) {
            (uint256 buyer, uint256 seller) = (1 + (i % 2), 3 + (i % 2));
            batch.orders[2 * i] = newOrder(buyer, true, 10, 1_000, uint64(i));
            batch.orders[2 * i + 1] = newOrder(seller, false, 10, 1_000, uint64(i));
            batch.signatures[2 * i] = signOrder(buyer, batch.orders[2 * i]);
            batch.signatures[2 * i + 1] = signOrder(seller, batch.orders[2 * i + 1]);
            batch.fills[i] = Fill(uint16(2 * i), uint16(2 * i + 1), 10, 1_000);
        }
        VM.prank(OPERATOR);
        uint256 before = gasleft();
        engine.settle(batch);
        uint256 gas = before - gasleft();
        emit GasOfFills(FILLS, gas, gas / FILLS);
        require(gas < 13_000_000, "a hundred fills must fit a block");
        assertEq(gold.balanceOf(trader(1)), FUNDS + 50 * 10 * LOT);
    }
}
