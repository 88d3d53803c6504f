import { type Address, zeroAddress } from 'viem'
import type { EventOf } from './city-log.ts'
import { sum } from './claim.ts'

/** Where a programme's money is, as `IVoucherProgram.Totals`; won. */
export const TOTALS = [
  'budget',
  'unclaimed',
  'spent',
  'heldCity',
  'heldOwn',
  'swept',
  'cashedOut',
  'recovered',
] as const

/** A programme as its events leave it. */
export interface Programme {
  readonly totals: Record<(typeof TOTALS)[number], bigint>
  isOpened: boolean
  isSwept: boolean
  /** City and own part of each account that ever had one; won. */
  readonly holdings: Map<Address, { city: bigint; own: bigint }>
  readonly nullifiers: string[]
}

type VoucherEvent = EventOf<'VoucherProgram'>
type Receipt = Extract<VoucherEvent, { eventName: 'Paid' }>['args']['receipt']
type Part = Receipt['parts'][number]

/** What came in and went out by the events; won. */
export interface VoucherBooks {
  readonly programmes: ReadonlyMap<bigint, Programme>
  /** For merchants, until their waiting time is over. */
  readonly waiting: bigint
  readonly inward: bigint
  readonly outward: bigint
  /** Receipts that do not add up, or do not follow from the one before. */
  readonly wrongReceipts: readonly string[]
}

/**
 * Replays the voucher contract's events into its books (`VoucherBooks.sol`, `VoucherMoves.sol`).
 * @param cashbackOf by programme, the one whose budget pays its cashback
 */
export function replayVouchers(
  events: readonly VoucherEvent[],
  cashbackOf: ReadonlyMap<bigint, bigint>,
): VoucherBooks {
  const replay = new VoucherReplay(cashbackOf)
  for (const event of events) replay.enter(event)
  return replay
}

const addsUp = ({ amount, rest, parts }: Receipt): boolean =>
  amount === rest + sum(parts.map(({ city, own }) => city + own))

/** Whether a receipt is the earlier one less an amount; cashback goes in proportion to the own part, rounded down. */
function follows(before: Receipt, after: Receipt, amount: bigint): boolean {
  const isSame = before.payer === after.payer && before.parts.length === after.parts.length
  const areParts = after.parts.every((part, index) => {
    const was = before.parts[index] ?? part
    const undone = was.own - part.own
    const cashback = undone === 0n ? 0n : (was.cashback * undone) / was.own
    const isLess = part.city <= was.city && part.own <= was.own
    return part.id === was.id && isLess && part.cashback === was.cashback - cashback
  })
  return isSame && areParts && after.rest <= before.rest && after.amount === before.amount - amount
}

class VoucherReplay implements VoucherBooks {
  readonly programmes = new Map<bigint, Programme>()
  waiting = 0n
  inward = 0n
  outward = 0n
  readonly wrongReceipts: string[] = []
  readonly #cashbackOf: ReadonlyMap<bigint, bigint>
  readonly #receipts = new Map<string, Receipt>()
  readonly #successors = new Map<Address, Address>()

  constructor(cashbackOf: ReadonlyMap<bigint, bigint>) {
    this.#cashbackOf = cashbackOf
  }

  enter({ eventName, args }: VoucherEvent): void {
    switch (eventName) {
      case 'Proposed':
        this.#programme(args.id).totals.budget = args.budget
        break
      case 'Opened': {
        const programme = this.#programme(args.id)
        const { totals } = programme
        programme.isOpened = true
        totals.unclaimed += totals.budget
        this.inward += totals.budget
        break
      }
      case 'Claimed':
        this.#programme(args.id).nullifiers.push(args.nullifier)
        this.#grant(args.id, args.account, args.amount)
        break
      case 'ToppedUp':
        this.#add(args.id, args.account, { city: 0n, own: args.amount })
        this.inward += args.amount
        break
      case 'CashedOut':
        this.#add(args.id, args.account, { city: -args.city, own: -args.own })
        this.#programme(args.id).totals.cashedOut += args.city
        this.outward += args.city + args.own
        break
      case 'Swept':
        this.#sweep(args)
        break
      case 'Succeeded':
        this.#successors.set(args.from, args.to)
        break
      case 'Followed': {
        const { from, to, city, own } = args
        this.#move(args.id, from, { city: -city, own: -own })
        this.#move(args.id, to, { city, own })
        break
      }
      case 'Paid':
        this.#pay(args.receiptId, args.receipt)
        break
      case 'Refunded':
        this.#refund(args.receiptId, args.amount, args.receipt)
        break
      case 'Collected':
        this.waiting -= args.receipt.amount
        this.outward += args.receipt.amount
        this.#keep(args.receiptId, args.receipt, 0n)
        break
    }
  }

  #sweep({ id, amount }: { readonly id: bigint; readonly amount: bigint }): void {
    const programme = this.#programme(id)
    const { totals } = programme
    programme.isSwept = true
    totals.swept = totals.unclaimed + totals.heldCity
    totals.unclaimed = 0n
    totals.heldCity = 0n
    this.outward += amount
  }

  #pay(receiptId: string, receipt: Receipt): void {
    this.#receipts.set(receiptId, receipt)
    if (!addsUp(receipt)) this.wrongReceipts.push(`${receiptId} as paid`)
    for (const { id, city, own, cashback } of receipt.parts) {
      if (city + own === 0n) continue
      this.#add(id, receipt.payer, { city: -city, own: -own })
      this.#programme(id).totals.spent += city
      if (cashback > 0n) this.#grant(this.#source(id), receipt.payer, cashback)
    }
    this.inward += receipt.rest
    if (receipt.heldUntil > 0n) this.waiting += receipt.amount
    else this.outward += receipt.amount
  }

  /** The parts lost what the receipt before had more; the last part was undone first. */
  #refund(receiptId: string, amount: bigint, receipt: Receipt): void {
    const before = this.#keep(receiptId, receipt, amount)
    if (receipt.heldUntil > 0n) this.waiting -= amount
    else this.inward += amount
    this.outward += (before?.rest ?? 0n) - receipt.rest
    const payer = this.#lastOf(receipt.payer)
    for (const [index, part] of [...receipt.parts.entries()].reverse()) {
      const was = before?.parts[index] ?? part
      const undone = {
        id: part.id,
        city: was.city - part.city,
        own: was.own - part.own,
        cashback: was.cashback - part.cashback,
      }
      if (undone.city + undone.own > 0n) this.#undo(payer, undone)
    }
  }

  /** Puts a receipt in place of the one before it, which it has to follow from. @returns that */
  #keep(receiptId: string, receipt: Receipt, amount: bigint): Receipt | undefined {
    const before = this.#receipts.get(receiptId)
    this.#receipts.set(receiptId, receipt)
    const isRight = addsUp(receipt) && before !== undefined && follows(before, receipt, amount)
    if (!isRight) this.wrongReceipts.push(`${receiptId} after ${amount} were taken off`)
    return before
  }

  #undo(payer: Address, { id, city, own, cashback }: Part): void {
    const short = cashback > 0n ? this.#takeBack(payer, this.#source(id), cashback) : 0n
    const { totals, isSwept } = this.#programme(id)
    totals.spent -= city
    this.#add(id, payer, { city: isSwept ? 0n : city, own: own - short })
    if (!isSwept) return
    totals.swept += city
    this.outward += city
  }

  /** Cashback goes back into its budget; what the holding lacks of it is taken from own money. @returns that */
  #takeBack(payer: Address, source: bigint, cashback: bigint): bigint {
    const { totals, isSwept, holdings } = this.#programme(source)
    const held = holdings.get(payer)?.city ?? 0n
    const there = held < cashback ? held : cashback
    const short = cashback - there
    this.#move(source, payer, { city: -there, own: 0n })
    totals.recovered += short
    if (isSwept) {
      totals.swept += short
      this.outward += short
    } else {
      totals.heldCity -= there
      totals.unclaimed += cashback
    }
    return short
  }

  #grant(id: bigint, account: Address, amount: bigint): void {
    this.#programme(id).totals.unclaimed -= amount
    this.#add(id, account, { city: amount, own: 0n })
  }

  #add(id: bigint, account: Address, change: { city: bigint; own: bigint }): void {
    const { totals } = this.#programme(id)
    totals.heldCity += change.city
    totals.heldOwn += change.own
    this.#move(id, account, change)
  }

  #move(id: bigint, account: Address, { city, own }: { city: bigint; own: bigint }): void {
    const { holdings } = this.#programme(id)
    const before = holdings.get(account) ?? { city: 0n, own: 0n }
    holdings.set(account, { city: before.city + city, own: before.own + own })
  }

  #source(id: bigint): bigint {
    return this.#cashbackOf.get(id) ?? 0n
  }

  #lastOf(account: Address): Address {
    let last = account
    const seen = new Set<Address>()
    for (;;) {
      const next = this.#successors.get(last) ?? zeroAddress
      if (next === zeroAddress || seen.has(next)) return last
      seen.add(next)
      last = next
    }
  }

  #programme(id: bigint): Programme {
    const known = this.programmes.get(id)
    if (known !== undefined) return known
    const totals = Object.fromEntries(TOTALS.map((name) => [name, 0n])) as Programme['totals']
    const state = { isOpened: false, isSwept: false }
    const fresh: Programme = { totals, ...state, holdings: new Map(), nullifiers: [] }
    this.programmes.set(id, fresh)
    return fresh
  }
}
