// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Fill, Order} from "../../../contracts/exchange/Orders.sol";
import {SettlementEngine} from "../../../contracts/exchange/SettlementEngine.sol";
import {SettlementVault} from "../../../contracts/exchange/SettlementVault.sol";
import {Exchange} from "./support/Exchange.sol";

/// @dev An operator who tries anything with real signatures, and a model of what may come of it.
contract Markets is Exchange {
    uint256 public settledCount;
    uint256 public haltedSettleCount;
    uint256 public violationCount;
    uint256 public escapeCount;
    mapping(bytes32 hash => uint256 lots) private _filled;
    mapping(bytes32 hash => bool done) private _isCancelled;
    Batch private _last;
    bool private _isHalted;

    constructor() {
        openExchange();
        fund(ALICE);
    }

    function trade(uint256 seed, uint128 lots, uint128 price, bool isAuction) external {
        Batch memory batch;
        (uint256 buyer, uint256 seller) = (bound(seed >> 8, 1, 4), bound(seed >> 16, 1, 4));
        Order memory buy = newOrder(buyer, true, uint128(bound(seed >> 24, 1, 50)), 0, 0);
        Order memory sell = newOrder(seller, false, uint128(bound(seed >> 32, 1, 50)), 0, 0);
        (buy.nonceSeq, sell.nonceSeq) = (uint64(seed >> 40) % 64, uint64(seed >> 48) % 64);
        buy.limitPrice = uint128(bound(seed >> 56, 900, 1_100));
        sell.limitPrice = uint128(bound(seed >> 64, 900, 1_100));
        (buy.usesVault, sell.usesVault) = (seed & 1 == 1, seed & 2 == 2);
        buy.ownerGroup = bytes32((seed >> 72) % 3);
        sell.ownerGroup = bytes32((seed >> 80) % 3);
        buy.maxFeeBps = FEE_BPS - uint16((seed >> 88) % 8 == 0 ? 1 : 0);
        price = uint128(bound(price, 170, 230)) * (seed & 4 == 4 ? TICK : TICK + 1);
        Fill memory fill = Fill(0, 1, uint128(bound(lots, 0, 30)), price);
        batch = pairOf([buyer, seller], buy, sell, fill);
        if (isAuction) batch.auctionPrice = price;
        attempt(batch);
    }

    /// @dev The same batch once more, with other lots, maybe later.
    function replay(uint128 lots, uint256 wait) external {
        if (_last.orders.length == 0) return;
        Batch memory batch = _last;
        batch.fills[0].lots = uint128(bound(lots, 0, 30));
        VM.warp(block.timestamp + bound(wait, 0, 20 minutes));
        attempt(batch);
    }

    function cancel(bool isBuy) external {
        if (_last.orders.length == 0) return;
        Order memory order = _last.orders[isBuy ? 0 : 1];
        VM.prank(order.maker);
        engine.cancel(order);
        _isCancelled[engine.hashOf(order)] = true;
    }

    function halt() external {
        VM.prank(SURVEILLANCE);
        engine.halt(market, REF);
        _isHalted = true;
    }

    function resume() external {
        VM.prank(SURVEILLANCE);
        engine.resume(market, REF);
        _isHalted = false;
    }

    /// @dev To anyone, halted or not; to itself always.
    function withdraw(uint256 key, uint256 receiver, uint256 amount) external {
        address account = trader(bound(key, 1, 4));
        address to = trader(bound(receiver, 1, 4));
        SettlementVault vault = engine.VAULT();
        amount = bound(amount, 0, vault.balanceOf(won, account));
        uint256[4] memory before = holdings();
        VM.prank(account);
        try vault.withdraw(won, amount, to) {} catch {
            if (to == account) ++violationCount;
        }
        judgeRestraints(before);
    }

    function deposit(uint256 key, uint256 amount) external {
        address account = trader(bound(key, 1, 4));
        uint256 unfrozen = won.balanceOf(account) - frozenIn(won.balanceOf(account), account);
        amount = bound(amount, 0, unfrozen);
        VM.startPrank(account);
        won.approve(address(engine.VAULT()), amount);
        engine.VAULT().deposit(won, amount);
        VM.stopPrank();
    }

    function freezeSome(uint256 key, uint256 amount) external {
        freeze(trader(bound(key, 1, 4)), bound(amount, 0, 3 * FUNDS));
    }

    function bringHome(uint256 key) external {
        engine.VAULT().bringHome(won, trader(bound(key, 1, 4)));
    }

    function sumsHold() external view returns (bool) {
        address vault = address(engine.VAULT());
        bool isEngineExact =
            gold.balanceOf(address(engine)) == 0 &&
                won.balanceOf(address(engine)) == engine.feesOf(won);
        bool isVaultExact =
            gold.balanceOf(vault) == engine.VAULT().totalOf(gold) &&
                won.balanceOf(vault) == engine.VAULT().totalOf(won);
        bool isStill = gold.balanceOf(ALICE) == FUNDS && won.balanceOf(ALICE) == FUNDS;
        return isEngineExact && isVaultExact && isStill && totalOf() == 10 * FUNDS;
    }

    function attempt(Batch memory batch) private {
        bytes32 buyHash = engine.hashOf(batch.orders[0]);
        bytes32 sellHash = engine.hashOf(batch.orders[1]);
        _last.market = batch.market;
        _last.auctionPrice = batch.auctionPrice;
        delete _last.orders;
        delete _last.signatures;
        delete _last.fills;
        for (uint256 i = 0; i < 2; ++i) {
            _last.orders.push(batch.orders[i]);
            _last.signatures.push(batch.signatures[i]);
        }
        _last.fills.push(batch.fills[0]);
        SettlementEngine.Market memory before = engine.marketOf(market);
        uint256[4] memory holdingsBefore = holdings();
        VM.prank(OPERATOR);
        try engine.settle(batch) returns (uint64 batchId) {
            judgeRestraints(holdingsBefore);
            if (_isHalted || block.timestamp < before.haltedUntil) ++haltedSettleCount;
            if (batchId == 0) return;
            ++settledCount;
            _filled[buyHash] += batch.fills[0].lots;
            _filled[sellHash] += batch.fills[0].lots;
            if (!isRight(batch, 0, buyHash) || !isRight(batch, 1, sellHash)) ++violationCount;
            if (!isInBands(before, batch)) ++violationCount;
        } catch {}
    }

    /// @dev What an account has in both places may fall, but not below what is frozen of it.
    function judgeRestraints(uint256[4] memory before) private {
        uint256[4] memory left = holdings();
        for (uint256 i = 0; i < 4; ++i) {
            bool isFree = left[i] >= before[i] || left[i] >= won.getFrozenTokens(trader(i + 1));
            if (!isFree) ++escapeCount;
        }
    }

    function holdings() private view returns (uint256[4] memory sums) {
        for (uint256 i = 0; i < 4; ++i) {
            address account = trader(i + 1);
            sums[i] = won.balanceOf(account) + engine.VAULT().balanceOf(won, account);
        }
    }

    function frozenIn(uint256 balance, address account) private view returns (uint256) {
        uint256 frozen = won.getFrozenTokens(account);
        return frozen < balance ? frozen : balance;
    }

    function totalOf() private view returns (uint256 sum) {
        sum = won.balanceOf(address(engine.VAULT())) + won.balanceOf(address(engine));
        sum += won.balanceOf(ALICE);
        for (uint256 key = 1; key <= 4; ++key) sum += won.balanceOf(trader(key));
    }

    function isRight(Batch memory batch, uint256 index, bytes32 hash) private view returns (bool) {
        Order memory order = batch.orders[index];
        Order memory other = batch.orders[1 - index];
        uint128 price = batch.fills[0].price;
        bool isPriceRight = order.isBuy ? price <= order.limitPrice : price >= order.limitPrice;
        bool isTimely = block.timestamp < order.expiry && order.maxFeeBps >= FEE_BPS;
        bool isOther =
            order.maker != other.maker &&
                (order.ownerGroup == 0 || order.ownerGroup != other.ownerGroup);
        bool isLeft = _filled[hash] <= order.lots && !_isCancelled[hash];
        return isPriceRight && isTimely && isOther && isLeft && price % TICK == 0;
    }

    function isInBands(
        SettlementEngine.Market memory before,
        Batch memory batch
    ) private pure returns (bool) {
        uint256 price = batch.fills[0].price;
        uint256 last = before.lastPrice;
        uint256 distance = price > last ? price - last : last - price;
        return batch.auctionPrice == price || distance * 10_000 <= last * 500;
    }
}

contract SettlementInvariantsTest is Exchange {
    Markets private markets;

    function setUp() public {
        markets = new Markets();
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(markets);
    }

    function invariant_X1_NothingIsMadeLostOrTakenUnsigned() public view {
        require(markets.sumsHold(), "X1");
    }

    function invariant_M2_FrozenWonLeaveNeitherOfAnAccountsBalances() public view {
        assertEq(markets.escapeCount(), 0);
    }

    function invariant_X2_EveryFillLiesWithinItsOrders() public view {
        assertEq(markets.violationCount(), 0);
    }

    function invariant_X3_AHaltedMarketSettlesNothing() public view {
        assertEq(markets.haltedSettleCount(), 0);
    }

    /// @dev The actions reach what the invariants speak of.
    function test_TheModelSettlesBatches() public {
        for (uint256 i = 0; i < 400; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i))) | 4;
            markets.trade(seed, uint128(seed >> 96), uint128(seed >> 128), i % 2 == 0);
            markets.resume();
        }
        require(markets.settledCount() > 5, "few batches settle");
    }
}
