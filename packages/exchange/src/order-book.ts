/** Which way an order trades the base asset. */
export type Side = 'buy' | 'sell'

/** What the book knows of an order. */
export interface BookOrder {
  /** Unique: the hash that the maker signed. */
  readonly id: string
  /** Account that pays in. Two orders of one owner never trade with each other. */
  readonly owner: string
  /** Commitment of who stands behind the account, if any: equal groups never trade with each other. */
  readonly group?: string | undefined
  readonly side: Side
  /** Quote units per lot: the highest to pay or the lowest to take. */
  readonly limitPrice: bigint
  /** Lots still to trade. */
  readonly lots: bigint
}

/** One trade between two orders. */
export interface Trade {
  readonly buyId: string
  readonly sellId: string
  readonly lots: bigint
  /** Quote units per lot. */
  readonly price: bigint
}

/** Lots at one price. */
export interface DepthLevel {
  readonly price: bigint
  readonly lots: bigint
}

/** What placing an order did. */
export interface Placement {
  readonly trades: Trade[]
  /** Lots that wait in the book. */
  readonly restingLots: bigint
  /** Lots given up because the next order in line is of the same owner. */
  readonly refusedLots: bigint
}

/** A limit order book with price-time priority: the better price first, then the earlier order. */
export interface OrderBook {
  /** Trades what crosses at the resting orders' prices and keeps the rest. The id must be new. */
  place(order: BookOrder): Placement
  /** Keeps an order without trading, for a call auction to cross later. */
  rest(order: BookOrder): void
  /** Takes lots off a resting order, and the order out when none are left. */
  reduce(id: string, lots: bigint): void
  /** Takes an order out. @returns the lots that had not traded, or undefined when it is not in the book */
  cancel(id: string): bigint | undefined
  /** Orders in the order in which they trade. */
  orders(side: Side): BookOrder[]
  /** The best prices first. */
  depth(side: Side, levels: number): DepthLevel[]
}

interface Resting {
  readonly order: BookOrder
  lots: bigint
}

/** One price; a Map keeps the order of arrival. */
interface Level {
  readonly price: bigint
  readonly queue: Map<string, Resting>
}

/** The levels of one side, the best price last, where taking it out is cheap. */
type Levels = Level[]

/** An empty book. */
export function createOrderBook(): OrderBook {
  const sides: Record<Side, Levels> = { buy: [], sell: [] }
  const restingById = new Map<string, Resting>()

  function rest(order: BookOrder): void {
    if (restingById.has(order.id)) throw new Error(`order ${order.id} is already in the book`)
    const resting = { order, lots: order.lots }
    restingById.set(order.id, resting)
    levelAt(sides[order.side], order).queue.set(order.id, resting)
  }

  function remove({ order }: Resting): void {
    restingById.delete(order.id)
    const levels = sides[order.side]
    const index = levelIndex(levels, order)
    const level = levels[index] as Level
    level.queue.delete(order.id)
    if (level.queue.size === 0) levels.splice(index, 1)
  }

  function reduce(id: string, lots: bigint): void {
    const resting = restingById.get(id)
    if (resting === undefined || lots > resting.lots)
      throw new Error(`cannot take ${lots} lots off ${id}`)
    resting.lots -= lots
    if (resting.lots === 0n) remove(resting)
  }

  return {
    place(order) {
      const opposite = sides[order.side === 'buy' ? 'sell' : 'buy']
      const trades: Trade[] = []
      let lots = order.lots
      while (lots > 0n) {
        const best = firstOf(opposite.at(-1))
        if (best === undefined || !crosses(order, best.order)) break
        if (areOfOneOwner(best.order, order)) return { trades, restingLots: 0n, refusedLots: lots }
        const traded = lots < best.lots ? lots : best.lots
        trades.push(tradeBetween(order, best.order, traded, best.order.limitPrice))
        reduce(best.order.id, traded)
        lots -= traded
      }
      if (lots > 0n) rest({ ...order, lots })
      return { trades, restingLots: lots, refusedLots: 0n }
    },
    rest,
    reduce,
    cancel(id) {
      const resting = restingById.get(id)
      if (resting === undefined) return undefined
      remove(resting)
      return resting.lots
    },
    orders: (side) => ordersOf(sides[side]),
    depth: (side, levels) => depthOf(sides[side], levels),
  }
}

/** Whether a trade between the two would be a wash trade. */
export function areOfOneOwner(a: BookOrder, b: BookOrder): boolean {
  return a.owner === b.owner || (a.group !== undefined && a.group === b.group)
}

/** Names the buyer and the seller of a trade. */
export function tradeBetween(a: BookOrder, b: BookOrder, lots: bigint, price: bigint): Trade {
  const [buy, sell] = a.side === 'buy' ? [a, b] : [b, a]
  return { buyId: buy.id, sellId: sell.id, lots, price }
}

function ordersOf(side: Levels): BookOrder[] {
  return side
    .toReversed()
    .flatMap(({ queue }) => [...queue.values()].map(({ order, lots }) => ({ ...order, lots })))
}

function depthOf(side: Levels, levels: number): DepthLevel[] {
  return side
    .slice(-levels)
    .reverse()
    .map(({ price, queue }) => ({ price, lots: sumOf(queue.values()) }))
}

function crosses(incoming: BookOrder, resting: BookOrder): boolean {
  return incoming.side === 'buy'
    ? incoming.limitPrice >= resting.limitPrice
    : incoming.limitPrice <= resting.limitPrice
}

function firstOf(level: Level | undefined): Resting | undefined {
  return level?.queue.values().next().value
}

function sumOf(all: Iterable<Resting>): bigint {
  let sum = 0n
  for (const { lots } of all) sum += lots
  return sum
}

function levelAt(levels: Levels, order: BookOrder): Level {
  const index = levelIndex(levels, order)
  const found = levels[index]
  if (found?.price === order.limitPrice) return found
  const level = { price: order.limitPrice, queue: new Map<string, Resting>() }
  levels.splice(index, 0, level)
  return level
}

/** Where the price of the order is or would be: the first level that is not worse. */
function levelIndex(levels: Levels, { side, limitPrice }: BookOrder): number {
  let low = 0
  let high = levels.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const { price } = levels[middle] as Level
    const isWorse = side === 'buy' ? price < limitPrice : price > limitPrice
    if (isWorse) low = middle + 1
    else high = middle
  }
  return low
}
