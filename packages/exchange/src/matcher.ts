import { accept, type Hex, refuse, type Verdict } from '@busan/primitives'
import { runCallAuction } from './call-auction.ts'
import {
  type BookOrder,
  createOrderBook,
  type DepthLevel,
  type Side,
  type Trade,
} from './order-book.ts'
import { type OrderJournal, openOrderJournal } from './order-journal.ts'
import { parseSignedOrder, type SignedOrderText, toJson } from './order-text.ts'
import {
  hashCancel,
  hashOrder,
  type Order,
  type SettlementDomain,
  type SignedOrder,
  signerOf,
} from './signed-order.ts'

/** A trade with its number, from 1. */
export interface NumberedTrade extends Trade {
  readonly number: number
}

/** Why an order or cancellation was refused. */
export type MatcherRefusal =
  | 'other-market'
  | 'expired'
  | 'invalid-amount'
  | 'off-tick'
  | 'fee-above-cap'
  | 'bad-signature'
  | 'nonce-used'
  | 'unknown-order'

/** What one matcher trades. */
export interface MatcherSettings {
  readonly domain: SettlementDomain
  readonly market: Hex
  /** Quote units between two allowed prices. */
  readonly tick: bigint
  /** Fee of each side in hundredths of a per cent. */
  readonly feeBps: number
  /** File of the journal. */
  readonly journalPath: string
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number
}

/** What became of an accepted order at once. */
export interface Acceptance {
  readonly id: Hex
  readonly trades: NumberedTrade[]
}

/** Matches the signed orders of one market. What it accepted is on disk before it says so. */
export interface Matcher {
  place(signed: SignedOrder): Promise<Verdict<Acceptance, MatcherRefusal>>
  cancel(orderId: Hex, signature: Hex): Promise<Verdict<{ readonly lots: bigint }, MatcherRefusal>>
  /** Takes orders whose time is over out of the book. */
  expire(): Promise<void>
  /** Crosses the book at one price. In an auction phase orders wait; this ends it. */
  runAuction(referencePrice: bigint): Promise<NumberedTrade[]>
  /** From now on orders wait for {@link runAuction}. */
  startAuction(): Promise<void>
  depth(side: Side, levels: number): DepthLevel[]
  /** Trades after a number, oldest first. */
  trades(after: number, limit: number): NumberedTrade[]
  /** The order with its signature, as settlement needs it. */
  orderOf(id: string): SignedOrder | undefined
  onTrades(listener: (trades: readonly NumberedTrade[]) => void): void
  close(): void
}

type Command =
  | { readonly kind: 'order'; readonly signed: SignedOrderText }
  | { readonly kind: 'remove'; readonly ids: Hex[] }
  | { readonly kind: 'auction-start' }
  | { readonly kind: 'auction-run'; readonly referencePrice: string }

/** Opens the journal and applies what it holds: the book and all trades are as they were. */
export function openMatcher(settings: MatcherSettings): Matcher {
  const { domain } = settings
  const journal = openOrderJournal(settings.journalPath)
  const state = createState(domain)
  for (const { body } of journal.replay()) state.apply(JSON.parse(body) as Command)
  const submit = createSubmit(journal, state)
  return {
    async place(signed) {
      const refusal = judge(settings, state, signed)
      if (refusal !== undefined) return refusal
      state.reserve(signed.order)
      const trades = await submit({ kind: 'order', signed: JSON.parse(toJson(signed)) })
      return accept({ id: hashOrder(domain, signed.order), trades })
    },
    async cancel(orderId, signature) {
      const found = state.open.get(orderId)
      if (found === undefined) return refuse('unknown-order', `order ${orderId} is not in the book`)
      if (signerOf(hashCancel(domain, orderId), signature) !== found.order.maker)
        return refuse('bad-signature', `only ${found.order.maker} may cancel its order`)
      await submit({ kind: 'remove', ids: [orderId] })
      return accept({ lots: state.removedLots.get(orderId) ?? 0n })
    },
    async expire() {
      const now = BigInt(Math.floor(settings.nowMs() / 1_000))
      const over = [...state.open].filter(([, { order }]) => order.expiry <= now)
      if (over.length > 0) await submit({ kind: 'remove', ids: over.map(([id]) => id) })
    },
    async startAuction() {
      await submit({ kind: 'auction-start' })
    },
    runAuction: (price) => submit({ kind: 'auction-run', referencePrice: String(price) }),
    depth: state.book.depth,
    trades: (after, limit) => state.trades.slice(after, after + limit),
    orderOf: (id) => state.signed.get(id),
    onTrades: (listener) => state.listeners.push(listener),
    close: journal.close,
  }
}

type State = ReturnType<typeof createState>

/** Commands are applied in the order of the journal, which is the order in which they were appended. */
function createSubmit(journal: OrderJournal, state: State) {
  return async (command: Command): Promise<NumberedTrade[]> => {
    await journal.append(JSON.stringify(command))
    const trades = state.apply(command)
    if (trades.length > 0) for (const listener of state.listeners) listener(trades)
    return trades
  }
}

function createState(domain: SettlementDomain) {
  const book = createOrderBook()
  const signed = new Map<string, SignedOrder>()
  const open = new Map<Hex, SignedOrder>()
  const nonces = new Set<string>()
  const removedLots = new Map<Hex, bigint>()
  const trades: NumberedTrade[] = []
  const listeners: ((trades: readonly NumberedTrade[]) => void)[] = []
  let isAuction = false

  function place(text: SignedOrderText): Trade[] {
    const one = parseSignedOrder(text)
    const id = hashOrder(domain, one.order)
    nonces.add(nonceOf(one.order))
    signed.set(id, one)
    open.set(id, one)
    if (isAuction) book.rest(toBookOrder(id, one.order))
    else return book.place(toBookOrder(id, one.order)).trades
    return []
  }

  function remove(ids: readonly Hex[]): void {
    for (const id of ids) {
      const lots = book.cancel(id)
      if (lots !== undefined) removedLots.set(id, lots)
      open.delete(id)
    }
  }

  function run(command: Command): Trade[] {
    if (command.kind === 'order') return place(command.signed)
    if (command.kind === 'remove') remove(command.ids)
    if (command.kind === 'auction-start') isAuction = true
    if (command.kind !== 'auction-run') return []
    isAuction = false
    return runCallAuction(book, BigInt(command.referencePrice)).trades
  }

  return {
    book,
    signed,
    open,
    removedLots,
    trades,
    listeners,
    reserve: (order: Order) => nonces.add(nonceOf(order)),
    isNonceUsed: (order: Order) => nonces.has(nonceOf(order)),
    apply(command: Command): NumberedTrade[] {
      const numbered = run(command).map((trade, i) => ({ number: trades.length + i + 1, ...trade }))
      trades.push(...numbered)
      return numbered
    },
  }
}

/** Refuses what the settlement engine would refuse for itself. */
function judge(settings: MatcherSettings, state: State, { order, signature }: SignedOrder) {
  const now = BigInt(Math.floor(settings.nowMs() / 1_000))
  if (order.market !== settings.market)
    return refuse('other-market', `this is market ${settings.market}, not ${order.market}`)
  if (order.expiry <= now || order.validAfter > now)
    return refuse('expired', `valid from ${order.validAfter} to ${order.expiry}, now is ${now}`)
  if (order.lots === 0n || order.minFill > 1n)
    return refuse('invalid-amount', 'lots must be above 0 and minFill at most 1')
  if (order.limitPrice === 0n || order.limitPrice % settings.tick !== 0n)
    return refuse('off-tick', `the price must be a multiple of ${settings.tick}`)
  if (order.maxFeeBps < settings.feeBps)
    return refuse(
      'fee-above-cap',
      `the fee is ${settings.feeBps} bps, the order allows ${order.maxFeeBps}`,
    )
  if (state.isNonceUsed(order))
    return refuse(
      'nonce-used',
      `nonce ${order.nonceKey}/${order.nonceSeq} has an order; sign the next one`,
    )
  if (signerOf(hashOrder(settings.domain, order), signature) !== order.maker)
    return refuse('bad-signature', `the signature is not of ${order.maker}`)
  return undefined
}

function toBookOrder(id: Hex, order: Order): BookOrder {
  return {
    id,
    owner: order.maker,
    group: /^0x0+$/.test(order.ownerGroup) ? undefined : order.ownerGroup,
    side: order.isBuy ? 'buy' : 'sell',
    limitPrice: order.limitPrice,
    lots: order.lots,
  }
}

function nonceOf({ maker, nonceKey, nonceSeq }: Order): string {
  return `${maker}/${nonceKey}/${nonceSeq}`
}
