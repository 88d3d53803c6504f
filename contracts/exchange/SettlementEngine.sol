// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {ListingRegistry} from "./ListingRegistry.sol";
import {Batch, Fill, Order} from "./Orders.sol";
import {Restraints} from "./Restraints.sol";
import {SettlementVault} from "./SettlementVault.sol";

/// @title SettlementEngine
/// @author Busan Chain
/// @notice Settles batches of signed orders, delivery against payment, netted per account and
/// asset.
/// The operator chooses the fills and nothing else: every fill lies within both signatures, the
/// tick
/// and the bands, and what is not conserved reverts the whole batch.
contract SettlementEngine is AccessManaged, EIP712, ReentrancyGuardTransient {
    using Restraints for IERC20;
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.Int256Slot;

    /// @notice One market.
    /// @param base what is delivered
    /// @param feeBps fee of each side in hundredths of a per cent
    /// @param dynamicBandBps how far a price may be from the last one, in continuous trading
    /// @param staticBandBps how far a price may be from the day's reference
    /// @param lot base units in one lot
    /// @param tick quote units between two allowed prices
    /// @param quote what is paid
    /// @param coolingSeconds how long a breach of a band halts the market
    /// @param haltedUntil seconds since the epoch; the largest number until surveillance resumes
    /// @param lastPrice price of the latest fill
    /// @param referencePrice last price of the day before
    /// @param referenceDay days since the epoch
    struct Market {
        IERC20 base;
        uint16 feeBps;
        uint16 dynamicBandBps;
        uint16 staticBandBps;
        uint64 lot;
        uint64 tick;
        IERC20 quote;
        uint32 coolingSeconds;
        uint64 haltedUntil;
        uint128 lastPrice;
        uint128 referencePrice;
        uint64 referenceDay;
    }

    /// @notice What became of an order.
    /// @param filled lots traded; the largest number when cancelled
    /// @param tag second half of the order's hash, which binds the nonce to one order
    struct Use {
        uint128 filled;
        uint128 tag;
    }

    /// @notice The base asset is not listed, or the market exists, or a term is out of range.
    /// @param base what was to be traded
    error EngineInvalidMarket(address base);

    /// @notice The market is unknown or halted.
    /// @param market which market
    /// @param haltedUntil seconds since the epoch
    error EngineHalted(bytes32 market, uint256 haltedUntil);

    /// @notice A batch needs fills and one signature per order.
    error EngineInvalidBatch();

    /// @notice An order of the batch may not trade.
    /// @param index which order
    /// @param reason short word
    error EngineOrderRefused(uint256 index, bytes32 reason);

    /// @notice A fill of the batch may not happen.
    /// @param index which fill
    /// @param reason short word
    error EngineFillRefused(uint256 index, bytes32 reason);

    /// @notice A token moved more or less than the batch says.
    /// @param token which token
    error EngineNotConserved(address token);

    /// @notice Only the maker cancels.
    /// @param caller who tried
    error EngineNotMaker(address caller);

    /// @notice A market was opened.
    /// @param market which market
    /// @param base what is delivered
    /// @param quote what is paid
    event MarketOpened(bytes32 indexed market, address indexed base, address indexed quote);

    /// @notice Two orders traded.
    /// @param batch number of the batch
    /// @param market which market
    /// @param buyHash hash of the buying order
    /// @param sellHash hash of the selling order
    /// @param lots how many lots
    /// @param price quote units per lot
    /// @param feeBuy quote units the buyer paid on top
    /// @param feeSell quote units the seller was short
    event Traded(
        uint64 indexed batch,
        bytes32 indexed market,
        bytes32 buyHash,
        bytes32 sellHash,
        uint128 lots,
        uint128 price,
        uint256 feeBuy,
        uint256 feeSell
    );

    /// @notice An order was cancelled.
    /// @param orderHash hash of the order
    event Cancelled(bytes32 indexed orderHash);

    /// @notice All orders of a sequence below a number were cancelled.
    /// @param maker whose orders
    /// @param nonceKey which sequence
    /// @param nextSeq first number that still trades
    event CancelledBelow(address indexed maker, uint192 indexed nonceKey, uint64 nextSeq);

    /// @notice A price left its band.
    /// @param market which market
    /// @param price quote units per lot
    /// @param haltedUntil seconds since the epoch
    event CircuitBreaker(bytes32 indexed market, uint128 price, uint64 haltedUntil);

    /// @notice Surveillance halted a market, until it resumes it.
    /// @param market which market
    /// @param orderRef hash of the order
    event Halted(bytes32 indexed market, bytes32 orderRef);

    /// @notice Surveillance resumed a market.
    /// @param market which market
    /// @param orderRef hash of the order
    event Resumed(bytes32 indexed market, bytes32 orderRef);

    /// @notice Fees were paid out.
    /// @param token which token
    /// @param to who got them
    /// @param amount smallest units
    event FeesCollected(address indexed token, address indexed to, uint256 amount);

    // solhint-disable gas-small-strings
    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(address maker,uint64 validAfter,uint16 maxFeeBps,bool isBuy,bool usesVault"
        ",bytes32 market,bytes32 ownerGroup,uint128 lots,uint128 limitPrice,uint192 nonce"
        "Key,uint64 nonceSeq,address receiver,uint64 expiry,uint128 minFill)"
    );
    // solhint-enable gas-small-strings
    uint256 private constant BPS = 10_000;
    uint128 private constant CANCELLED = type(uint128).max;

    /// @notice What may trade.
    ListingRegistry public immutable LISTINGS;

    /// @notice Where retail balances lie.
    SettlementVault public immutable VAULT;

    /// @notice Number of the latest batch.
    uint64 public batchCount;

    /// @notice Quote units earned and not yet paid out.
    mapping(IERC20 token => uint256 amount) public feesOf;

    mapping(bytes32 market => Market state) private _markets;
    mapping(bytes32 nonceId => Use use) private _uses;
    mapping(address maker => mapping(uint192 nonceKey => uint64 seq)) private _nextSeqs;

    /// @notice Creates the engine and its vault.
    /// @param authority who decides over roles
    /// @param listings what may trade
    constructor(
        address authority,
        ListingRegistry listings
    ) AccessManaged(authority) EIP712("Busan Settlement", "1") {
        LISTINGS = listings;
        VAULT = new SettlementVault();
    }

    /// @notice Opens a market for a listed asset. Restricted to the listing body.
    /// @param base what is delivered
    /// @param quote what is paid
    /// @param openingPrice first reference, quote units per lot
    /// @param bandsBps dynamic and static band, in hundredths of a per cent
    /// @param feeBps fee of each side
    /// @param coolingSeconds how long a breach halts the market
    /// @return market its id: the hash of base and quote
    function openMarket(
        IERC20 base,
        IERC20 quote,
        uint128 openingPrice,
        uint16[2] calldata bandsBps,
        uint16 feeBps,
        uint32 coolingSeconds
    ) external restricted returns (bytes32 market) {
        market = keccak256(abi.encode(base, quote));
        Market storage state = _markets[market];
        bool isSound = openingPrice > 0 && feeBps < BPS && address(base) != address(quote);
        bool isFree = address(state.base) == address(0) && LISTINGS.isTradable(address(base));
        require(isSound && isFree, EngineInvalidMarket(address(base)));
        ListingRegistry.Listing memory listing = LISTINGS.listingOf(address(base));
        (state.base, state.quote) = (base, quote);
        (state.lot, state.tick) = (listing.lot, listing.tick);
        (state.dynamicBandBps, state.staticBandBps) = (bandsBps[0], bandsBps[1]);
        (state.feeBps, state.coolingSeconds) = (feeBps, coolingSeconds);
        (state.lastPrice, state.referencePrice) = (openingPrice, openingPrice);
        state.referenceDay = (block.timestamp / 1 days).toUint64();
        emit MarketOpened(market, address(base), address(quote));
    }

    /// @notice Settles a batch, all or nothing. Restricted to the market operator. A price outside
    /// its band settles nothing and halts the market instead.
    /// @param batch orders, signatures and fills
    /// @return batchId its number, zero when a band was breached
    function settle(
        Batch calldata batch
    ) external restricted nonReentrant returns (uint64 batchId) {
        Market storage state = _requireOpen(batch.market);
        bool isSound = batch.fills.length > 0 && batch.orders.length == batch.signatures.length;
        require(isSound, EngineInvalidBatch());
        bytes32[] memory hashes = _requireOrders(state, batch);
        _rollReference(state);
        uint128 breach = _findBreach(state, batch);
        if (breach != 0) {
            _break(state, batch, breach);
            return 0;
        }
        batchId = ++batchCount;
        uint256 fees = 0;
        for (uint256 i = 0; i < batch.fills.length; ++i) fees += _fill(state, batch, hashes, i);
        state.lastPrice = batch.fills[batch.fills.length - 1].price;
        _exchange(state.base, batch.orders, 0);
        _exchange(state.quote, batch.orders, fees);
        feesOf[state.quote] += fees;
    }

    /// @notice Cancels one's own order for ever.
    /// @param order the order
    function cancel(Order calldata order) external {
        require(msg.sender == order.maker, EngineNotMaker(msg.sender));
        bytes32 hash = hashOf(order);
        _uses[_nonceId(order)] = Use(CANCELLED, _tag(hash));
        emit Cancelled(hash);
    }

    /// @notice Cancels all own orders of a sequence below a number, for ever.
    /// @param nonceKey which sequence
    /// @param nextSeq first number that still trades; lower than before changes nothing
    function cancelBelow(uint192 nonceKey, uint64 nextSeq) external {
        if (nextSeq <= _nextSeqs[msg.sender][nonceKey]) return;
        _nextSeqs[msg.sender][nonceKey] = nextSeq;
        emit CancelledBelow(msg.sender, nonceKey, nextSeq);
    }

    /// @notice Stops a market until it is resumed. Restricted to surveillance.
    /// @param market which market
    /// @param orderRef hash of the order
    function halt(bytes32 market, bytes32 orderRef) external restricted {
        _markets[market].haltedUntil = type(uint64).max;
        emit Halted(market, orderRef);
    }

    /// @notice Lets a market trade again. Restricted to surveillance.
    /// @param market which market
    /// @param orderRef hash of the order
    function resume(bytes32 market, bytes32 orderRef) external restricted {
        _markets[market].haltedUntil = 0;
        emit Resumed(market, orderRef);
    }

    /// @notice Pays out all fees of a token. Restricted to the treasury.
    /// @param token which token
    /// @param to who gets them
    function collectFees(IERC20 token, address to) external restricted {
        uint256 amount = feesOf[token];
        feesOf[token] = 0;
        emit FeesCollected(address(token), to, amount);
        token.safeTransfer(to, amount);
    }

    /// @notice Tells what settling would refuse, fill by fill, each as if it were the only one.
    /// @param batch orders, signatures and fills
    /// @return reasons a short word per fill; zero when nothing is wrong with it
    function check(Batch calldata batch) external view returns (bytes32[] memory reasons) {
        Market storage state = _markets[batch.market];
        reasons = new bytes32[](batch.fills.length);
        for (uint256 i = 0; i < batch.fills.length; ++i) {
            Fill calldata fill = batch.fills[i];
            bytes32 reason = _fillRefusal(state, batch, i);
            if (reason == 0) reason = _sideRefusal(state, batch, fill, fill.buy);
            if (reason == 0) reason = _sideRefusal(state, batch, fill, fill.sell);
            reasons[i] = reason;
        }
    }

    /// @notice A market as it stands.
    /// @param market which market
    /// @return its state
    function marketOf(bytes32 market) external view returns (Market memory) {
        return _markets[market];
    }

    /// @notice Lots of an order that have traded.
    /// @param order the order
    /// @return the lots; the largest number when it was cancelled
    function filledOf(Order calldata order) external view returns (uint128) {
        return _uses[_nonceId(order)].filled;
    }

    /// @notice What the maker signs.
    /// @param order the order
    /// @return the EIP-712 digest
    function hashOf(Order calldata order) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ORDER_TYPEHASH, order)));
    }

    function _fill(
        Market storage state,
        Batch calldata batch,
        bytes32[] memory hashes,
        uint256 index
    ) private returns (uint256 fees) {
        _requireFill(state, batch, index);
        Fill calldata fill = batch.fills[index];
        _use(batch, fill.buy, fill.lots, hashes[fill.buy]);
        _use(batch, fill.sell, fill.lots, hashes[fill.sell]);
        uint256 fee = _book(state, batch.orders[fill.buy], batch.orders[fill.sell], fill);
        emit Traded(
            batchCount,
            batch.market,
            hashes[fill.buy],
            hashes[fill.sell],
            fill.lots,
            fill.price,
            fee,
            fee
        );
        return 2 * fee;
    }

    /// @dev Each side pays the fee, rounded down, on top or out of its proceeds.
    function _book(
        Market storage state,
        Order calldata buy,
        Order calldata sell,
        Fill calldata fill
    ) private returns (uint256 fee) {
        uint256 value = uint256(fill.lots) * fill.price;
        fee = (value * state.feeBps) / BPS;
        int256 base = (uint256(fill.lots) * state.lot).toInt256();
        _add(state.quote, buy.maker, buy.usesVault, -(value + fee).toInt256());
        _add(state.quote, sell.receiver, sell.usesVault, (value - fee).toInt256());
        _add(state.base, sell.maker, sell.usesVault, -base);
        _add(state.base, buy.receiver, buy.usesVault, base);
    }

    /// @dev Only orders that truly cross may halt a market.
    function _break(Market storage state, Batch calldata batch, uint128 price) private {
        for (uint256 i = 0; i < batch.fills.length; ++i) _requireFill(state, batch, i);
        state.haltedUntil = (block.timestamp + state.coolingSeconds).toUint64();
        emit CircuitBreaker(batch.market, price, state.haltedUntil);
    }

    /// @dev Asks for the nonce again: an earlier fill of the batch may have bound it otherwise.
    function _use(Batch calldata batch, uint256 index, uint128 lots, bytes32 hash) private {
        Order calldata order = batch.orders[index];
        bytes32 reason = _nonceRefusal(order, hash);
        require(reason == 0, EngineOrderRefused(index, reason));
        Use storage use = _uses[_nonceId(order)];
        (use.filled, use.tag) = (use.filled + lots, _tag(hash));
    }

    function _add(IERC20 token, address account, bool usesVault, int256 amount) private {
        TransientSlot.Int256Slot slot = _netSlot(token, account, usesVault);
        slot.tstore(slot.tload() + amount);
    }

    /// @dev All pay-ins, then all pay-outs. A net is cleared when it is moved, so that an
    /// account that
    /// stands in several orders moves once.
    function _exchange(IERC20 token, Order[] calldata orders, uint256 fees) private {
        uint256 before = token.balanceOf(address(this));
        for (uint256 i = 0; i < orders.length; ++i) {
            _payIn(token, orders[i].maker, orders[i].usesVault);
            _payIn(token, orders[i].receiver, orders[i].usesVault);
        }
        for (uint256 i = 0; i < orders.length; ++i) {
            _payOut(token, orders[i].maker, orders[i].usesVault);
            _payOut(token, orders[i].receiver, orders[i].usesVault);
        }
        bool isConserved = token.balanceOf(address(this)) == before + fees;
        require(isConserved, EngineNotConserved(address(token)));
    }

    function _payIn(IERC20 token, address account, bool usesVault) private {
        TransientSlot.Int256Slot slot = _netSlot(token, account, usesVault);
        int256 net = slot.tload();
        if (net >= 0) return;
        slot.tstore(0);
        if (usesVault) VAULT.payIn(token, account, uint256(-net));
        else token.safeTransferFrom(account, address(this), uint256(-net));
    }

    function _payOut(IERC20 token, address account, bool usesVault) private {
        TransientSlot.Int256Slot slot = _netSlot(token, account, usesVault);
        int256 net = slot.tload();
        if (net <= 0) return;
        slot.tstore(0);
        if (usesVault) {
            token.forceApprove(address(VAULT), uint256(net));
            VAULT.payOut(token, account, uint256(net));
        } else {
            token.safeTransfer(account, uint256(net));
        }
    }

    function _rollReference(Market storage state) private {
        uint64 day = (block.timestamp / 1 days).toUint64();
        if (day == state.referenceDay) return;
        (state.referenceDay, state.referencePrice) = (day, state.lastPrice);
    }

    function _requireOpen(bytes32 market) private view returns (Market storage state) {
        state = _markets[market];
        bool isOpen = address(state.base) != address(0) && block.timestamp >= state.haltedUntil;
        require(isOpen, EngineHalted(market, state.haltedUntil));
        bool isTradable = LISTINGS.isTradable(address(state.base));
        require(isTradable, EngineInvalidMarket(address(state.base)));
    }

    function _requireOrders(
        Market storage state,
        Batch calldata batch
    ) private view returns (bytes32[] memory hashes) {
        hashes = new bytes32[](batch.orders.length);
        for (uint256 i = 0; i < batch.orders.length; ++i) {
            hashes[i] = hashOf(batch.orders[i]);
            bytes32 reason = _orderRefusal(state, batch, i, hashes[i]);
            require(reason == 0, EngineOrderRefused(i, reason));
        }
    }

    function _requireFill(Market storage state, Batch calldata batch, uint256 index) private view {
        bytes32 reason = _fillRefusal(state, batch, index);
        require(reason == 0, EngineFillRefused(index, reason));
    }

    function _sideRefusal(
        Market storage state,
        Batch calldata batch,
        Fill calldata fill,
        uint256 index
    ) private view returns (bytes32) {
        Order calldata order = batch.orders[index];
        bytes32 reason = _orderRefusal(state, batch, index, hashOf(order));
        return reason == 0 ? _fundsRefusal(state, order, fill) : reason;
    }

    function _orderRefusal(
        Market storage state,
        Batch calldata batch,
        uint256 index,
        bytes32 hash
    ) private view returns (bytes32) {
        Order calldata order = batch.orders[index];
        if (order.market != batch.market) return "other-market";
        if (block.timestamp < order.validAfter) return "not-yet-valid";
        if (block.timestamp >= order.expiry) return "expired";
        if (state.feeBps > order.maxFeeBps) return "fee-above-cap";
        bytes32 reason = _nonceRefusal(order, hash);
        if (reason != 0) return reason;
        bool isSigned = SignatureChecker.isValidSignatureNowCalldata(
            order.maker,
            hash,
            batch.signatures[index]
        );
        return isSigned ? bytes32(0) : bytes32("bad-signature");
    }

    function _nonceRefusal(Order calldata order, bytes32 hash) private view returns (bytes32) {
        Use storage use = _uses[_nonceId(order)];
        if (use.filled == CANCELLED) return "cancelled";
        if (order.nonceSeq < _nextSeqs[order.maker][order.nonceKey]) return "cancelled";
        return use.filled != 0 && use.tag != _tag(hash) ? bytes32("nonce-used") : bytes32(0);
    }

    function _fillRefusal(
        Market storage state,
        Batch calldata batch,
        uint256 index
    ) private view returns (bytes32) {
        Fill calldata fill = batch.fills[index];
        Order calldata buy = batch.orders[fill.buy];
        Order calldata sell = batch.orders[fill.sell];
        if (!buy.isBuy || sell.isBuy) return "wrong-side";
        bool isSameGroup = buy.ownerGroup != 0 && buy.ownerGroup == sell.ownerGroup;
        if (buy.maker == sell.maker || isSameGroup) return "same-owner";
        if (fill.price == 0 || fill.price % state.tick != 0) return "off-tick";
        if (fill.price > buy.limitPrice || fill.price < sell.limitPrice) return "beyond-limit";
        if (!_fits(buy, fill.lots) || !_fits(sell, fill.lots)) return "wrong-amount";
        return 0;
    }

    function _fits(Order calldata order, uint128 lots) private view returns (bool) {
        uint128 filled = _uses[_nonceId(order)].filled;
        if (filled >= order.lots) return false;
        uint128 left = order.lots - filled;
        return lots != 0 && lots <= left && (lots >= order.minFill || lots == left);
    }

    function _fundsRefusal(
        Market storage state,
        Order calldata order,
        Fill calldata fill
    ) private view returns (bytes32) {
        IERC20 token = order.isBuy ? state.quote : state.base;
        uint256 value = uint256(fill.lots) * fill.price;
        uint256 needed =
            order.isBuy ? value + (value * state.feeBps) / BPS : uint256(fill.lots) * state.lot;
        if (order.usesVault) {
            if (VAULT.balanceOf(token, order.maker) < needed) return "no-funds";
            return VAULT.spendableOf(token, order.maker) < needed ? bytes32("frozen") : bytes32(0);
        }
        if (token.allowance(order.maker, address(this)) < needed) return "no-allowance";
        if (token.balanceOf(order.maker) < needed) return "no-funds";
        return token.spendable(order.maker) < needed ? bytes32("frozen") : bytes32(0);
    }

    /// @dev The first price outside its band, or zero.
    function _findBreach(
        Market storage state,
        Batch calldata batch
    ) private view returns (uint128) {
        uint128 last = state.lastPrice;
        bool isAuction = batch.auctionPrice != 0;
        for (uint256 i = 0; i < batch.fills.length; ++i) {
            uint128 price = batch.fills[i].price;
            bool isUniform = !isAuction || price == batch.auctionPrice;
            require(isUniform, EngineFillRefused(i, "off-auction-price"));
            if (!_isNear(price, state.referencePrice, state.staticBandBps)) return price;
            if (!isAuction && !_isNear(price, last, state.dynamicBandBps)) return price;
            last = price;
        }
        return 0;
    }

    function _isNear(uint256 price, uint256 center, uint256 bandBps) private pure returns (bool) {
        uint256 distance = price > center ? price - center : center - price;
        return distance * BPS <= center * bandBps;
    }

    function _netSlot(
        IERC20 token,
        address account,
        bool usesVault
    ) private pure returns (TransientSlot.Int256Slot) {
        return keccak256(abi.encode("net", token, account, usesVault)).asInt256();
    }

    function _nonceId(Order calldata order) private pure returns (bytes32) {
        return keccak256(abi.encode(order.maker, order.nonceKey, order.nonceSeq));
    }

    function _tag(bytes32 hash) private pure returns (uint128) {
        return uint128(uint256(hash));
    }
}
