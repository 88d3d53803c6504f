// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommodityToken} from "../../../../contracts/exchange/CommodityToken.sol";
import {ListingRegistry} from "../../../../contracts/exchange/ListingRegistry.sol";
import {Batch, Fill, Order} from "../../../../contracts/exchange/Orders.sol";
import {ReserveOracle} from "../../../../contracts/exchange/ReserveOracle.sol";
import {SettlementEngine} from "../../../../contracts/exchange/SettlementEngine.sol";
import {VaultReceipts} from "../../../../contracts/exchange/VaultReceipts.sol";
import {Roles} from "../../../../contracts/governance/Roles.sol";
import {City} from "../../money/support/City.sol";

/// @dev Gold in bars against a bank's deposits under the city's authority, an open market and four
/// traders with funds on both sides.
abstract contract Exchange is City {
    address internal constant OPERATOR = address(0x0FE2);
    address internal constant SURVEILLANCE = address(0x5EE);
    address internal constant TREASURY = address(0x7EA);
    uint64 internal constant LOT = 10;
    uint64 internal constant TICK = 5;
    uint16 internal constant FEE_BPS = 20;
    uint256 internal constant FUNDS = 1e15;
    bytes32 internal constant REF = keccak256("order");

    ListingRegistry internal listings;
    SettlementEngine internal engine;
    CommodityToken internal gold;
    bytes32 internal market;

    function openExchange() internal {
        openBank();
        openGold();
        listings = new ListingRegistry(address(authority));
        engine = new SettlementEngine(address(authority), listings);
        listings.propose(address(gold), ListingRegistry.AssetClass.PreciousMetal, LOT, TICK, REF);
        listings.setState(address(gold), ListingRegistry.State.Listed, REF);
        market = engine.openMarket(gold, won, 1_000, [uint16(500), 2_000], FEE_BPS, 300);
        address target = address(engine);
        permit(target, SettlementEngine.settle.selector, Roles.MARKET_OPERATOR, OPERATOR);
        permit(target, SettlementEngine.halt.selector, Roles.SURVEILLANCE, SURVEILLANCE);
        permit(target, SettlementEngine.resume.selector, Roles.SURVEILLANCE, SURVEILLANCE);
        for (uint256 key = 1; key <= 4; ++key) fund(trader(key));
    }

    /// @dev One bar, heavier than all that tests need.
    function openGold() private {
        VaultReceipts bars = new VaultReceipts(address(authority));
        ReserveOracle oracle = new ReserveOracle(address(authority), address(bars), 365 days);
        gold = new CommodityToken("Busan Gold", "BGD", address(authority), bars, oracle);
        bars.deposit(address(gold), REF, 1e18, 9_999, REF, REF);
        oracle.setAttestor(VM.addr(ATTESTOR_KEY), true, 1);
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = signed(ATTESTOR_KEY, oracle.hashOf(1e18, START));
        oracle.attest(1e18, START, signatures);
    }

    /// @dev Half of the funds with the trader, half in the vault.
    function fund(address account) internal {
        gold.mint(account, 2 * FUNDS, REF);
        fund(account, 2 * FUNDS);
        VM.startPrank(account);
        gold.approve(address(engine), type(uint256).max);
        won.approve(address(engine), type(uint256).max);
        gold.approve(address(engine.VAULT()), FUNDS);
        won.approve(address(engine.VAULT()), FUNDS);
        engine.VAULT().deposit(gold, FUNDS);
        engine.VAULT().deposit(won, FUNDS);
        VM.stopPrank();
    }

    function trader(uint256 key) internal pure returns (address) {
        return VM.addr(key);
    }

    function newOrder(
        uint256 key,
        bool isBuy,
        uint128 lots,
        uint128 limitPrice,
        uint64 nonceSeq
    ) internal view returns (Order memory order) {
        order.maker = trader(key);
        order.receiver = order.maker;
        order.market = market;
        order.isBuy = isBuy;
        order.lots = lots;
        order.limitPrice = limitPrice;
        order.expiry = uint64(block.timestamp + 1 hours);
        order.maxFeeBps = FEE_BPS;
        order.nonceSeq = nonceSeq;
    }

    function signOrder(uint256 key, Order memory order) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, engine.hashOf(order));
        return abi.encodePacked(r, s, v);
    }

    /// @dev One fill between trader 1, who buys, and trader 2, who sells.
    function pairOf(
        Order memory buy,
        Order memory sell,
        uint128 lots,
        uint128 price
    ) internal view returns (Batch memory batch) {
        return pairOf([uint256(1), 2], buy, sell, Fill(0, 1, lots, price));
    }

    function pairOf(
        uint256[2] memory keys,
        Order memory buy,
        Order memory sell,
        Fill memory fill
    ) internal view returns (Batch memory batch) {
        batch.market = market;
        batch.orders = new Order[](2);
        (batch.orders[0], batch.orders[1]) = (buy, sell);
        batch.signatures = new bytes[](2);
        batch.signatures[0] = signOrder(keys[0], buy);
        batch.signatures[1] = signOrder(keys[1], sell);
        batch.fills = new Fill[](1);
        batch.fills[0] = fill;
    }

    function settle(Batch memory batch) internal returns (uint256) {
        VM.prank(OPERATOR);
        return engine.settle(batch);
    }

    function refuses(Batch memory batch, bytes memory reason) internal {
        VM.expectRevert(reason);
        VM.prank(OPERATOR);
        engine.settle(batch);
    }

    function fillRefused(bytes32 reason) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(SettlementEngine.EngineFillRefused.selector, 0, reason);
    }

    function orderRefused(uint256 index, bytes32 reason) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(SettlementEngine.EngineOrderRefused.selector, index, reason);
    }

    function haltedUntil(uint256 time) internal view returns (bytes memory) {
        return abi.encodeWithSelector(SettlementEngine.EngineHalted.selector, market, time);
    }
}
