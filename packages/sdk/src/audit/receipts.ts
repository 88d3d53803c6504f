import type { Address, Hex } from 'viem'
import { type CityLog, eventsOf, named } from './city-log.ts'
import { type At, type Claim, claimsOf, compare, never, repeated, view } from './claim.ts'

/** A bar as the events leave it. */
export interface VaultReceipt {
  readonly id: bigint
  readonly token: Address
  /** Hash of refiner and serial number. */
  readonly serial: Hex
  readonly milligrams: bigint
  readonly isAllocated: boolean
  /** Whether its milligrams were burned for it. */
  readonly wasRedeemed: boolean
  /** `VaultReceipts.State`. */
  readonly states: readonly number[]
}

const [ALLOCATED, ENCUMBERED, REDEEMING, RELEASED] = [1, 2, 3, 4]

/** States that may follow each other: only forward. */
const NEXT: Readonly<Record<number, readonly (number | undefined)[]>> = {
  1: [ENCUMBERED, REDEEMING],
  2: [RELEASED],
  3: [RELEASED],
}

/** All bars that the vault's events name, by number. */
export function receiptsIn(
  log: CityLog,
  receipts: At<'VaultReceipts'>,
): ReadonlyMap<bigint, VaultReceipt> {
  const events = eventsOf(log, receipts)
  const changes = named<'VaultReceipts', 'StateChanged'>(events, 'StateChanged')
  const deposits = named<'VaultReceipts', 'Deposited'>(events, 'Deposited')
  return new Map(
    deposits.map(({ args: { receiptId: id, token, serial, milligrams } }) => {
      const later = changes
        .filter(({ args }) => args.receiptId === id)
        .map(({ args }) => args.state)
      const states = [ALLOCATED as number, ...later]
      const isAllocated = later.length === 0
      const wasRedeemed = later.includes(REDEEMING as number)
      return [id, { id, token, serial, milligrams, isAllocated, wasRedeemed, states }]
    }),
  )
}

/** Bars against what the vault says of them (invariant G1). */
export function receiptClaims(log: CityLog, receipts: At<'VaultReceipts'>): readonly Claim[] {
  const bars = [...receiptsIn(log, receipts).values()]
  const events = eventsOf(log, receipts)
  const deposits = named<'VaultReceipts', 'Deposited'>(events, 'Deposited')
  const changes = named<'VaultReceipts', 'StateChanged'>(events, 'StateChanged')
  const known = new Set(bars.map(({ id }) => id))
  const strangers = changes.filter(({ args }) => !known.has(args.receiptId))
  const field = (id: bigint, name: string) => view(receipts, 'receiptOf', [id], name)
  const backward = bars.filter(({ states }) =>
    states.some((state, at) => at > 0 && NEXT[states[at - 1] as number]?.includes(state) !== true),
  )
  return claimsOf(receipts, [
    {
      id: 'G1-bars',
      what: 'each bar has the weight, the token and the serial number with which it came in',
      source: 'Deposited events',
      unit: 'same',
      rows: bars.flatMap(({ id, milligrams, token, serial }) => [
        compare(`receipt ${id} milligrams`, milligrams, field(id, 'milligrams')),
        compare(`receipt ${id} token`, BigInt(token), field(id, 'token')),
        compare(`receipt ${id} serial`, BigInt(serial), field(id, 'serial')),
      ]),
    },
    {
      id: 'G1-states',
      what: 'each bar stands where its last event says',
      source: 'last StateChanged of each receipt; none: allocated',
      unit: 'same',
      rows: bars.map(({ id, states }) =>
        compare(`receipt ${id}`, BigInt(states.at(-1) as number), field(id, 'state')),
      ),
    },
    {
      id: 'G1-receipts',
      what: 'there are as many receipts as the vault counts',
      source: 'Deposited events',
      unit: 'count',
      rows: [compare('receipts', BigInt(deposits.length), view(receipts, 'receiptCount'))],
    },
    never(
      'G1-forward',
      'no bar went back to an earlier state, and each that moved had come in',
      'StateChanged events in their order',
      [
        ...backward.map(({ id, states }) => `receipt ${id}: ${states.join(', ')}`),
        ...strangers.map(({ args }) => `receipt ${args.receiptId} never came in`),
      ],
    ),
    never(
      'G1-serials',
      'no serial number is on two receipts',
      'serial of Deposited events',
      repeated(deposits.map(({ args }) => args.serial)),
    ),
  ])
}
