import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BookOrder, createOrderBook, runCallAuction, type Trade } from '../src/index.ts'

const orderArbitrary = fc.record({
  owner: fc.constantFrom('a', 'b', 'c', 'd'),
  group: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  limitPrice: fc.bigInt({ min: 95n, max: 105n }),
  lots: fc.bigInt({ min: 1n, max: 20n }),
})
const ordersArbitrary = fc
  .array(orderArbitrary, { maxLength: 60 })
  .map((orders) => orders.map((order, index): BookOrder => ({ id: String(index), ...order })))

/** The same rules by search through a flat list. */
function createModel() {
  let resting: BookOrder[] = []
  return {
    place(order: BookOrder): Trade[] {
      const trades: Trade[] = []
      let { lots } = order
      while (lots > 0n) {
        const best = resting
          .filter((one) => one.side !== order.side)
          .filter((one) =>
            order.side === 'buy'
              ? one.limitPrice <= order.limitPrice
              : one.limitPrice >= order.limitPrice,
          )
          .sort((a, b) => Number(a.limitPrice - b.limitPrice) * (order.side === 'buy' ? 1 : -1))[0]
        if (best === undefined) break
        if (best.owner === order.owner || (best.group !== undefined && best.group === order.group))
          return trades
        const traded = lots < best.lots ? lots : best.lots
        const [buy, sell] = order.side === 'buy' ? [order, best] : [best, order]
        trades.push({ buyId: buy.id, sellId: sell.id, lots: traded, price: best.limitPrice })
        lots -= traded
        resting = resting
          .map((one) => (one.id === best.id ? { ...one, lots: one.lots - traded } : one))
          .filter((one) => one.lots > 0n)
      }
      if (lots > 0n) resting.push({ ...order, lots })
      return trades
    },
    cancel(id: string): bigint | undefined {
      const lots = resting.find((one) => one.id === id)?.lots
      resting = resting.filter((one) => one.id !== id)
      return lots
    },
  }
}

test('the book trades as price-time priority by plain search does, with cancellations between', () => {
  fc.assert(
    fc.property(ordersArbitrary, fc.infiniteStream(fc.nat(80)), (orders, cancels) => {
      const book = createOrderBook()
      const model = createModel()
      for (const order of orders) {
        assert.deepEqual(book.place(order).trades, model.place(order))
        const id = String(cancels.next().value)
        assert.equal(book.cancel(id), model.cancel(id))
      }
      const [bid] = book.depth('buy', 1)
      const [ask] = book.depth('sell', 1)
      const isSelfCrossed = bid !== undefined && ask !== undefined && bid.price >= ask.price
      assert.equal(isSelfCrossed, false)
    }),
    { numRuns: 300 },
  )
})

test('lots are conserved: traded, resting and refused lots are all that came in', () => {
  fc.assert(
    fc.property(ordersArbitrary, (orders) => {
      const book = createOrderBook()
      const left = new Map(orders.map(({ id, lots }) => [id, lots]))
      const take = (id: string, lots: bigint) => left.set(id, (left.get(id) as bigint) - lots)
      for (const order of orders) {
        const { trades, refusedLots } = book.place(order)
        take(order.id, refusedLots)
        for (const { buyId, sellId, lots } of trades) {
          take(buyId, lots)
          take(sellId, lots)
        }
      }
      const resting = new Map(
        [...book.orders('buy'), ...book.orders('sell')].map(({ id, lots }) => [id, lots]),
      )
      for (const [id, lots] of left) assert.equal(lots, resting.get(id) ?? 0n)
    }),
  )
})

test('an auction trades at one price within every limit, and no other price trades more', () => {
  fc.assert(
    fc.property(ordersArbitrary, (all) => {
      const orders = all.map((order) => ({ ...order, owner: order.id, group: undefined }))
      const book = createOrderBook()
      for (const order of orders) book.rest(order)
      const { price, trades } = runCallAuction(book, 100n)
      const byId = new Map(orders.map((order) => [order.id, order]))
      const volume = trades.reduce((sum, { lots }) => sum + lots, 0n)
      for (const trade of trades) {
        assert.equal(trade.price, price)
        assert.ok((byId.get(trade.buyId) as BookOrder).limitPrice >= trade.price)
        assert.ok((byId.get(trade.sellId) as BookOrder).limitPrice <= trade.price)
      }
      for (let other = 95n; other <= 105n; other++) {
        const sum = (side: string, crosses: (limit: bigint) => boolean) =>
          orders
            .filter((order) => order.side === side && crosses(order.limitPrice))
            .reduce((lots, order) => lots + order.lots, 0n)
        const demand = sum('buy', (limit) => limit >= other)
        const supply = sum('sell', (limit) => limit <= other)
        assert.ok((demand < supply ? demand : supply) <= volume)
      }
    }),
  )
})

test('an auction never crosses two orders of one owner', () => {
  fc.assert(
    fc.property(ordersArbitrary, (orders) => {
      const book = createOrderBook()
      for (const order of orders) book.rest(order)
      const byId = new Map(orders.map((order) => [order.id, order]))
      for (const { buyId, sellId } of runCallAuction(book, 100n).trades) {
        const [buy, sell] = [byId.get(buyId) as BookOrder, byId.get(sellId) as BookOrder]
        assert.notEqual(buy.owner, sell.owner)
        if (buy.group !== undefined) assert.notEqual(buy.group, sell.group)
      }
    }),
  )
})
