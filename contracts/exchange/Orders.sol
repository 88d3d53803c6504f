// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A limit order as its maker signs it (EIP-712).
/// @param maker who pays in
/// @param validAfter seconds since the epoch
/// @param maxFeeBps highest fee in hundredths of a per cent
/// @param isBuy buys the base asset when true, sells it when false
/// @param usesVault pays in from and out to the settlement vault
/// @param market which market
/// @param ownerGroup commitment of the owner; equal groups do not trade with each other
/// @param lots most lots to trade
/// @param limitPrice quote units per lot: the highest to pay or the lowest to take
/// @param nonceKey sequence of nonces
/// @param nonceSeq number in the sequence; one order per maker, key and number
/// @param receiver who is paid out
/// @param expiry seconds since the epoch; from then on it does not trade
/// @param minFill fewest lots in one fill; the last fill may be smaller
struct Order {
    address maker;
    uint64 validAfter;
    uint16 maxFeeBps;
    bool isBuy;
    bool usesVault;
    bytes32 market;
    bytes32 ownerGroup;
    uint128 lots;
    uint128 limitPrice;
    uint192 nonceKey;
    uint64 nonceSeq;
    address receiver;
    uint64 expiry;
    uint128 minFill;
}

/// @notice One trade between two orders of a batch.
/// @param buy index of the buying order
/// @param sell index of the selling order
/// @param lots how many lots
/// @param price quote units per lot
struct Fill {
    uint16 buy;
    uint16 sell;
    uint128 lots;
    uint128 price;
}

/// @notice What the market operator brings to settlement.
/// @param market which market
/// @param auctionPrice the one price of a call auction, which the dynamic band does not bind;
/// zero in continuous trading
/// @param orders the orders, each once
/// @param signatures one per order: of a key, or of a contract by ERC-1271
/// @param fills which orders trade, in the order of their trading
struct Batch {
    bytes32 market;
    uint128 auctionPrice;
    Order[] orders;
    bytes[] signatures;
    Fill[] fills;
}
