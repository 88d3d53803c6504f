// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ListingRegistry} from "../../../contracts/exchange/ListingRegistry.sol";
import {Batch, Fill, Order} from "../../../contracts/exchange/Orders.sol";
import {SettlementEngine} from "../../../contracts/exchange/SettlementEngine.sol";
import {SettlementVault} from "../../../contracts/exchange/SettlementVault.sol";
import {Exchange} from "./support/Exchange.sol";

/// @dev A contract account whose owner may turn its signature off.
contract ContractAccount {
    bool public isOn = true;

    function approve(SettlementEngine engine, SettlementEngine.Market memory terms) external {
        terms.quote.approve(address(engine), type(uint256).max);
    }

    function turnOff() external {
        isOn = false;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return isOn ? this.isValidSignature.selector : bytes4(0);
    }
}

contract SettlementEngineTest is Exchange {
    function setUp() public {
        openExchange();
    }

    function test_DeliversAgainstPaymentAndKeepsTheFee() public {
        settle(pairOf(newOrder(1, true, 7, 1_000, 1), newOrder(2, false, 7, 990, 1), 7, 995));
        uint256 fee = (uint256(7) * 995 * FEE_BPS) / 10_000;
        assertEq(gold.balanceOf(trader(1)), FUNDS + 7 * LOT);
        assertEq(gold.balanceOf(trader(2)), FUNDS - 7 * LOT);
        assertEq(won.balanceOf(trader(1)), FUNDS - 7 * 995 - fee);
        assertEq(won.balanceOf(trader(2)), FUNDS + 7 * 995 - fee);
        assertEq(won.balanceOf(address(engine)), 2 * fee);
        engine.collectFees(won, TREASURY);
        assertEq(won.balanceOf(TREASURY), 2 * fee);
        assertEq(engine.feesOf(won), 0);
    }

    function test_VaultBalancesSettleAndOthersStay() public {
        Order memory buy = newOrder(1, true, 3, 1_000, 1);
        buy.usesVault = true;
        buy.receiver = ALICE;
        settle(pairOf(buy, newOrder(2, false, 3, 1_000, 1), 3, 1_000));
        assertEq(engine.VAULT().balanceOf(gold, ALICE), 3 * LOT);
        assertEq(engine.VAULT().balanceOf(won, trader(1)), FUNDS - 3_000 - 6);
        assertEq(won.balanceOf(trader(1)), FUNDS);
    }

    /// @dev Trader 1 buys from 2 and sells to 3 in one batch: only the difference moves.
    function test_NetsAnAccountThatBuysAndSells() public {
        VM.prank(trader(1));
        gold.approve(address(engine), 0);
        Batch memory batch = pairOf(
            newOrder(1, true, 5, 1_000, 1),
            newOrder(2, false, 5, 1_000, 1),
            5,
            1_000
        );
        Batch memory other = pairOf(
            [uint256(3), 1],
            newOrder(3, true, 5, 1_000, 1),
            newOrder(1, false, 5, 1_000, 2),
            Fill(2, 3, 5, 1_000)
        );
        settle(joined(batch, other));
        assertEq(gold.balanceOf(trader(1)), FUNDS);
        assertEq(gold.balanceOf(trader(3)), FUNDS + 5 * LOT);
    }

    function test_Attack_ReplayAfterFullFill() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 2, 1_000, 1),
            newOrder(2, false, 4, 1_000, 1),
            2,
            1_000
        );
        settle(batch);
        refuses(batch, fillRefused("wrong-amount"));
    }

    function test_Attack_ReplayAfterPartialFill() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_000
        );
        settle(batch);
        refuses(batch, fillRefused("wrong-amount"));
        batch.fills[0].lots = 4;
        settle(batch);
        assertEq(engine.filledOf(batch.orders[0]), 9);
    }

    function test_Attack_ReplayAfterCancel() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_000
        );
        settle(batch);
        VM.prank(trader(1));
        engine.cancel(batch.orders[0]);
        batch.fills[0].lots = 1;
        refuses(batch, orderRefused(0, "cancelled"));
        batch.orders[0] = newOrder(1, true, 9, 1_000, 7);
        batch.signatures[0] = signOrder(1, batch.orders[0]);
        VM.prank(trader(1));
        engine.cancelBelow(0, 8);
        refuses(batch, orderRefused(0, "cancelled"));
    }

    function test_Attack_ReplayAtTheExpiryBoundary() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_000
        );
        VM.warp(batch.orders[0].expiry);
        refuses(batch, orderRefused(0, "expired"));
        VM.warp(batch.orders[0].expiry - 1);
        settle(batch);
    }

    function test_Attack_TwoOrdersOfOneNonceInOneBatch() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            1,
            1_000
        );
        Batch memory other = pairOf(
            [uint256(1), 3],
            newOrder(1, true, 9, 1_005, 1),
            newOrder(3, false, 9, 1_000, 1),
            Fill(2, 3, 1, 1_000)
        );
        refuses(joined(batch, other), orderRefused(2, "nonce-used"));
        settle(batch);
        other.fills[0] = Fill(0, 1, 1, 1_000);
        refuses(other, orderRefused(0, "nonce-used"));
    }

    function test_Attack_FeeAboveTheSignedCap() public {
        Order memory buy = newOrder(1, true, 9, 1_000, 1);
        buy.maxFeeBps = FEE_BPS - 1;
        refuses(
            pairOf(buy, newOrder(2, false, 9, 1_000, 1), 5, 1_000),
            orderRefused(0, "fee-above-cap")
        );
    }

    function test_Attack_AllowanceWithdrawnRevertsTheWholeBatch() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_000
        );
        assertEq(uint256(engine.check(batch)[0]), 0);
        VM.prank(trader(2));
        gold.approve(address(engine), 0);
        assertEq(uint256(engine.check(batch)[0]), uint256(bytes32("no-allowance")));
        VM.prank(OPERATOR);
        try engine.settle(batch) {
            revert("settled without an allowance");
        } catch {}
        assertEq(won.balanceOf(trader(1)), FUNDS);
    }

    function test_Attack_SelfGroupTrade() public {
        Order memory buy = newOrder(1, true, 9, 1_000, 1);
        Order memory sell = newOrder(2, false, 9, 1_000, 1);
        (buy.ownerGroup, sell.ownerGroup) = (REF, REF);
        refuses(pairOf(buy, sell, 5, 1_000), fillRefused("same-owner"));
        sell = newOrder(1, false, 9, 1_000, 2);
        refuses(
            pairOf([uint256(1), 1], buy, sell, Fill(0, 1, 5, 1_000)),
            fillRefused("same-owner")
        );
    }

    function test_Attack_SignatureMalleability() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_000
        );
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(1, engine.hashOf(batch.orders[0]));
        uint256 n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        batch.signatures[0] = abi.encodePacked(r, bytes32(n - uint256(s)), v == 27 ? 28 : 27);
        refuses(batch, orderRefused(0, "bad-signature"));
    }

    /// @dev The contract's word counts when the order fills, not when it was placed.
    function test_Attack_ContractSignatureIsCheckedAtFillTime() public {
        ContractAccount account = new ContractAccount();
        fund(address(account), FUNDS);
        account.approve(engine, engine.marketOf(market));
        Order memory buy = newOrder(1, true, 9, 1_000, 1);
        (buy.maker, buy.receiver) = (address(account), address(account));
        Batch memory batch = pairOf(buy, newOrder(2, false, 9, 1_000, 1), 1, 1_000);
        settle(batch);
        account.turnOff();
        refuses(batch, orderRefused(0, "bad-signature"));
    }

    function test_Attack_PriceTimesLotsOverflow() public {
        uint128 most = type(uint128).max;
        Batch memory batch = pairOf(
            newOrder(1, true, most, 1_000, 1),
            newOrder(2, false, most, 1_000, 1),
            most - 1,
            1_000
        );
        VM.prank(OPERATOR);
        try engine.settle(batch) {
            revert("settled more than exists");
        } catch {}
        assertEq(gold.balanceOf(trader(2)), FUNDS);
    }

    /// @dev Fees never exceed the exact share, and the sum of all balances never drifts.
    function test_Attack_RoundingDriftOverManyFills() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 1e9, 1_000, 1),
            newOrder(2, false, 1e9, 995, 1),
            1,
            995
        );
        for (uint256 i = 0; i < 200; ++i) settle(batch);
        uint256 fees = engine.feesOf(won);
        require(fees <= (2 * 200 * 995 * uint256(FEE_BPS)) / 10_000, "rounded up");
        assertEq(won.balanceOf(trader(1)) + won.balanceOf(trader(2)) + fees, 2 * FUNDS);
    }

    function test_RefusesBeyondLimitOffTickAndWrongSide() public {
        Order memory buy = newOrder(1, true, 9, 1_000, 1);
        Order memory sell = newOrder(2, false, 9, 990, 1);
        refuses(pairOf(buy, sell, 5, 1_005), fillRefused("beyond-limit"));
        refuses(pairOf(buy, sell, 5, 985), fillRefused("beyond-limit"));
        refuses(pairOf(buy, sell, 5, 993), fillRefused("off-tick"));
        refuses(pairOf([uint256(2), 1], sell, buy, Fill(0, 1, 5, 995)), fillRefused("wrong-side"));
        sell.minFill = 6;
        refuses(pairOf(buy, sell, 5, 995), fillRefused("wrong-amount"));
    }

    function test_ABreachHaltsForTheCoolingTimeAndAnAuctionReopens() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_100, 1),
            newOrder(2, false, 9, 1_100, 1),
            5,
            1_100
        );
        VM.expectEmit(address(engine));
        emit SettlementEngine.CircuitBreaker(market, 1_100, uint64(block.timestamp + 300));
        assertEq(settle(batch), 0);
        refuses(batch, haltedUntil(block.timestamp + 300));
        VM.warp(block.timestamp + 300);
        batch.auctionPrice = 1_100;
        assertEq(settle(batch), 1);
        assertEq(engine.marketOf(market).lastPrice, 1_100);
    }

    function test_AnAuctionHasOnePriceWithinTheStaticBand() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_500, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_100
        );
        batch.auctionPrice = 1_105;
        refuses(batch, fillRefused("off-auction-price"));
        (batch.auctionPrice, batch.fills[0].price) = (1_205, 1_205);
        assertEq(settle(batch), 0);
    }

    function test_X3_OnlySurveillanceResumesAndWithdrawalWorksWhileHalted() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_000
        );
        VM.prank(SURVEILLANCE);
        engine.halt(market, REF);
        refuses(batch, haltedUntil(type(uint64).max));
        SettlementVault vault = engine.VAULT();
        VM.prank(trader(1));
        vault.withdraw(won, FUNDS, BOB);
        assertEq(won.balanceOf(BOB), FUNDS);
        VM.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, OPERATOR)
        );
        VM.prank(OPERATOR);
        engine.resume(market, REF);
        VM.prank(SURVEILLANCE);
        engine.resume(market, REF);
        assertEq(settle(batch), 1);
    }

    function test_ADelistedAssetAndAClassThatIsOffDoNotTrade() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_000
        );
        listings.permitClass(ListingRegistry.AssetClass.PreciousMetal, false, REF);
        refuses(batch, abi.encodeWithSelector(SettlementEngine.EngineInvalidMarket.selector, gold));
    }

    function test_StrangersNeitherSettleNorTouchTheVault() public {
        Batch memory batch = pairOf(
            newOrder(1, true, 9, 1_000, 1),
            newOrder(2, false, 9, 1_000, 1),
            5,
            1_000
        );
        VM.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE)
        );
        VM.prank(ALICE);
        engine.settle(batch);
        SettlementVault vault = engine.VAULT();
        VM.expectRevert(abi.encodeWithSelector(SettlementVault.VaultNotEngine.selector, ALICE));
        VM.prank(ALICE);
        vault.payIn(won, trader(1), 1);
        VM.expectRevert(abi.encodeWithSelector(SettlementEngine.EngineNotMaker.selector, ALICE));
        VM.prank(ALICE);
        engine.cancel(batch.orders[0]);
    }

    function joined(Batch memory a, Batch memory b) private pure returns (Batch memory batch) {
        batch.market = a.market;
        batch.orders = new Order[](4);
        batch.signatures = new bytes[](4);
        batch.fills = new Fill[](2);
        for (uint256 i = 0; i < 2; ++i) {
            (batch.orders[i], batch.orders[i + 2]) = (a.orders[i], b.orders[i]);
            (batch.signatures[i], batch.signatures[i + 2]) = (a.signatures[i], b.signatures[i]);
        }
        (batch.fills[0], batch.fills[1]) = (a.fills[0], b.fills[0]);
    }
}
