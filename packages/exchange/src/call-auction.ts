import {
  areOfOneOwner,
  type BookOrder,
  type OrderBook,
  type Trade,
  tradeBetween,
} from './order-book.ts'

/** What a call auction came to. */
export interface AuctionResult {
  /** The one price of all trades, quote units per lot; undefined when nothing crosses. */
  readonly price: bigint | undefined
  readonly trades: Trade[]
}

/**
 * Crosses a book at the one price that trades most lots; among such prices the one that leaves the fewest lots of
 * either side waiting, then the one nearest to the reference, then the lower. Better prices trade first, then
 * earlier orders; an order skips those of its own owner.
 * @param referencePrice quote units per lot
 */
export function runCallAuction(book: OrderBook, referencePrice: bigint): AuctionResult {
  const buys = book.orders('buy')
  const sells = book.orders('sell')
  const price = clearingPrice(buys, sells, referencePrice)
  if (price === undefined) return { price, trades: [] }
  const trades = allocate(
    buys.filter((order) => order.limitPrice >= price),
    sells.filter((order) => order.limitPrice <= price),
    price,
  )
  for (const { buyId, sellId, lots } of trades) {
    book.reduce(buyId, lots)
    book.reduce(sellId, lots)
  }
  return { price: trades.length > 0 ? price : undefined, trades }
}

function clearingPrice(
  buys: readonly BookOrder[],
  sells: readonly BookOrder[],
  referencePrice: bigint,
): bigint | undefined {
  const prices = [...new Set([...buys, ...sells].map((order) => order.limitPrice))]
  const candidates = prices
    .map((price) => {
      const demand = sumOf(buys.filter((order) => order.limitPrice >= price))
      const supply = sumOf(sells.filter((order) => order.limitPrice <= price))
      const volume = demand < supply ? demand : supply
      return { price, volume, surplus: distance(demand, supply) }
    })
    .filter(({ volume }) => volume > 0n)
  candidates.sort(
    (a, b) =>
      compare(b.volume, a.volume) ||
      compare(a.surplus, b.surplus) ||
      compare(distance(a.price, referencePrice), distance(b.price, referencePrice)) ||
      compare(a.price, b.price),
  )
  return candidates[0]?.price
}

function allocate(buys: readonly BookOrder[], sells: readonly BookOrder[], price: bigint): Trade[] {
  const trades: Trade[] = []
  const left = new Map(sells.map((sell) => [sell.id, sell.lots]))
  for (const buy of buys) {
    let wanted = buy.lots
    for (const sell of sells) {
      const offered = left.get(sell.id) as bigint
      if (wanted === 0n) break
      if (offered === 0n || areOfOneOwner(sell, buy)) continue
      const lots = wanted < offered ? wanted : offered
      trades.push(tradeBetween(buy, sell, lots, price))
      left.set(sell.id, offered - lots)
      wanted -= lots
    }
  }
  return trades
}

function sumOf(orders: readonly BookOrder[]): bigint {
  return orders.reduce((sum, { lots }) => sum + lots, 0n)
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
