import { type CityLog, eventsOf, named } from './city-log.ts'
import {
  type At,
  type Claim,
  claimsOf,
  compare,
  never,
  type Row,
  repeated,
  type Statement,
  type View,
  view,
} from './claim.ts'
import { flowsOf, type TokenAt, transfersOf } from './token.ts'
import { type Programme, replayVouchers, TOTALS, type VoucherBooks } from './voucher-books.ts'

/** The voucher contract and what its money is. */
export interface VouchersAt {
  readonly vouchers: At<'VoucherProgram'>
  readonly token: TokenAt
  /** By programme, the one whose budget pays its cashback; fixed when a programme is proposed. */
  readonly cashbackOf: ReadonlyMap<bigint, bigint>
}

/** Liability of each programme, its books, and the deposits that cover all of them (V1, V2, V7). */
export function voucherClaims(log: CityLog, place: VouchersAt): readonly Claim[] {
  const { vouchers } = place
  const events = eventsOf(log, vouchers)
  const books = replayVouchers(events, place.cashbackOf)
  const proposed = named<'VoucherProgram', 'Proposed'>(events, 'Proposed')
  const programmes = [...books.programmes]
  const statements: readonly Statement[] = [
    ...coverClaims(log, place, books),
    {
      id: 'V2-programmes',
      what: 'there are as many programmes as the contract counts',
      source: 'Proposed events',
      unit: 'count',
      rows: [compare('programmes', BigInt(proposed.length), view(vouchers, 'programmeCount'))],
    },
    never(
      'V6-receipts',
      'each receipt adds up, and follows from the one before it',
      'receipts of Paid, Refunded and Collected',
      books.wrongReceipts,
    ),
    ...programmes.flatMap(([id, programme]) => programmeClaims(vouchers, id, programme)),
  ]
  return claimsOf(vouchers, statements)
}

function coverClaims(log: CityLog, place: VouchersAt, books: VoucherBooks): readonly Statement[] {
  const { vouchers, token } = place
  const { inward, outward } = flowsOf(transfersOf(log, token), vouchers.address)
  const liabilities = [...books.programmes.keys()].flatMap((id) => liabilityOf(vouchers, id))
  const waiting = view(vouchers, 'totalWaiting')
  const source = 'budgets of Opened, ToppedUp, rests of Paid and amounts of Refunded'
  return [
    {
      id: 'V1-cover',
      what: 'liabilities, what waits for merchants, and gifts are the deposits held',
      source: `transfers to the contract less ${source}, added to all liabilities`,
      rows: [
        {
          label: 'deposits',
          expected: [...liabilities, waiting, inward - books.inward],
          found: [view(token, 'balanceOf', [vouchers.address])],
        },
      ],
    },
    {
      id: 'V1-inflow',
      what: 'what the books say was paid in did come in',
      relation: 'at-most',
      source: `${source}, against Transfer events to the contract`,
      rows: [{ label: 'booked', expected: [inward], found: [books.inward] }],
    },
    {
      id: 'V1-outflow',
      what: 'nothing left the contract but what the books say',
      source: 'Paid, Collected, CashedOut, Refunded and Swept against Transfer events from it',
      rows: [{ label: 'booked', expected: [books.outward], found: [outward] }],
    },
    {
      id: 'V1-waiting',
      what: 'what waits for merchants is what they were paid and did not collect yet',
      source: 'receipts of Paid, Refunded and Collected that have a time until which they wait',
      rows: [compare('waiting', books.waiting, waiting)],
    },
  ]
}

const totalView = (vouchers: At, id: bigint, field: string): View =>
  view(vouchers, 'totalsOf', [id], field)

/** What a programme owes: to the city, to holders of its part, and to holders of own money. */
const liabilityOf = (vouchers: At, id: bigint): readonly View[] =>
  ['unclaimed', 'heldCity', 'heldOwn'].map((field) => totalView(vouchers, id, field))

function programmeClaims(
  vouchers: At<'VoucherProgram'>,
  id: bigint,
  programme: Programme,
): readonly Statement[] {
  const { totals, isOpened, nullifiers } = programme
  const total = (field: string) => totalView(vouchers, id, field)
  const budget = {
    label: 'budget',
    expected: [total('budget'), total('recovered')],
    found: ['unclaimed', 'heldCity', 'spent', 'cashedOut', 'swept'].map(total),
  }
  const liability = totals.unclaimed + totals.heldCity + totals.heldOwn
  return [
    {
      id: `V1-liability-${id}`,
      what: `programme ${id}: the liability is what its events add up to`,
      source: `budget, claims, top-ups, sales, refunds, cash-outs and sweep of programme ${id}`,
      rows: [{ label: 'liability', expected: [liability], found: liabilityOf(vouchers, id) }],
    },
    {
      id: `V2-budget-${id}`,
      what: `programme ${id}: the city's money is unclaimed, held, spent, cashed out or swept`,
      source: 'no event is needed, once the programme is open',
      rows: isOpened ? [budget] : [],
    },
    {
      id: `V2-totals-${id}`,
      what: `programme ${id}: each of its totals is what its events add up to`,
      source: `all events of programme ${id}, replayed`,
      rows: TOTALS.map((name) => compare(name, totals[name], total(name))),
    },
    ...holdingClaims(vouchers, id, programme),
    never(
      `V7-claims-${id}`,
      `programme ${id}: no right was claimed twice`,
      'nullifiers of Claimed events',
      repeated(nullifiers),
    ),
  ]
}

function holdingClaims(
  vouchers: At<'VoucherProgram'>,
  id: bigint,
  { holdings, isSwept }: Programme,
): readonly Statement[] {
  const held = [...holdings].flatMap(([account, { city, own }]): readonly Row[] => {
    const field = (name: string) => view(vouchers, 'holdingOf', [id, account], name)
    return [
      compare(`${account} city`, isSwept ? 0n : city, field('city')),
      compare(`${account} own`, own, field('own')),
    ]
  })
  const expected = ['heldCity', 'heldOwn'].map((field) => totalView(vouchers, id, field))
  return [
    {
      id: `V2-holdings-${id}`,
      what: `programme ${id}: each account holds what its events leave`,
      source: `all events of programme ${id}, by account`,
      rows: held,
    },
    {
      id: `V2-held-${id}`,
      what: `programme ${id}: all holdings together are what it says is held`,
      source: 'every account that an event of the programme names',
      rows: [{ label: 'held', expected, found: held.flatMap(({ found }) => found) }],
    },
  ]
}
