import type { Address } from 'viem'
import { type CityLog, type EventOf, eventsOf, named } from './city-log.ts'
import {
  type At,
  type Claim,
  claimsOf,
  compare,
  type Row,
  type Statement,
  sum,
  view,
} from './claim.ts'
import { flowsOf, type TokenAt, transfersOf } from './token.ts'

/** The engine of the exchange and its vault. */
export interface SettlementAt {
  readonly engine: At<'SettlementEngine'>
  readonly vault: At<'SettlementVault'>
  /** What its markets trade and pay with. */
  readonly tokens: readonly TokenAt[]
}

/** Balances in the vault and fees in the engine against the tokens they hold (invariant X1). */
export function settlementClaims(log: CityLog, place: SettlementAt): readonly Claim[] {
  const { engine, vault } = place
  const trades = eventsOf(log, engine)
  return [
    ...place.tokens.flatMap((token) => [
      ...claimsOf(
        vault,
        vaultStatements(log, vault, token).map((one) => ({ unit: 'units', ...one })),
      ),
      ...claimsOf(engine, feeStatements(trades, engine, token)),
    ]),
    ...claimsOf(engine, [batches(trades, engine)]),
  ]
}

function vaultStatements(
  log: CityLog,
  vault: At<'SettlementVault'>,
  token: TokenAt,
): readonly Statement[] {
  const events = eventsOf(log, vault).filter(({ args }) => args.token === token.address)
  const amounts = (name: 'Credited' | 'Debited') =>
    sum(named<'SettlementVault', typeof name>(events, name).map(({ args }) => args.amount))
  const [credited, debited] = [amounts('Credited'), amounts('Debited')]
  const { inward, outward } = flowsOf(transfersOf(log, token), vault.address)
  const total = view(vault, 'totalOf', [token.address])
  const held = balanceRows(events, vault, token)
  const of = `of token ${token.address}`
  return [
    {
      id: 'X1-balances',
      what: `each balance in the vault ${of} is what its events leave`,
      source: 'Credited and Debited events, by account',
      rows: held,
    },
    {
      id: 'X1-total',
      what: `all balances in the vault ${of} together are its total, and what events leave`,
      source: 'Credited less Debited; and every account that an event names',
      rows: [
        compare('total', credited - debited, total),
        { label: 'sum', expected: [total], found: held.flatMap(({ found }) => found) },
      ],
    },
    {
      id: 'X1-held',
      what: `balances in the vault ${of}, and gifts, are the tokens it holds`,
      source: 'transfers to the vault less Credited, added to its total',
      rows: [
        {
          label: 'tokens',
          expected: [total, inward - credited],
          found: [view(token, 'balanceOf', [vault.address])],
        },
      ],
    },
    {
      id: 'X1-inflow',
      what: `what was credited ${of} did come in`,
      relation: 'at-most',
      source: 'Credited against Transfer events to the vault',
      rows: [{ label: 'credited', expected: [inward], found: [credited] }],
    },
    {
      id: 'X1-outflow',
      what: `nothing ${of} left the vault but what was debited`,
      source: 'Debited against Transfer events from the vault',
      rows: [{ label: 'debited', expected: [debited], found: [outward] }],
    },
  ]
}

function balanceRows(
  events: readonly EventOf<'SettlementVault'>[],
  vault: At<'SettlementVault'>,
  token: TokenAt,
): readonly Row[] {
  const balances = new Map<Address, bigint>()
  for (const { eventName, args } of events) {
    const change = eventName === 'Credited' ? args.amount : -args.amount
    balances.set(args.account, (balances.get(args.account) ?? 0n) + change)
  }
  return [...balances].map(([account, amount]) =>
    compare(account, amount, view(vault, 'balanceOf', [token.address, account])),
  )
}

function feeStatements(
  events: readonly EventOf<'SettlementEngine'>[],
  engine: At<'SettlementEngine'>,
  token: TokenAt,
): readonly Statement[] {
  const opened = named<'SettlementEngine', 'MarketOpened'>(events, 'MarketOpened')
  const ours = opened.filter(({ args }) => args.quote === token.address)
  const markets = new Set(ours.map(({ args }) => args.market))
  const trades = named<'SettlementEngine', 'Traded'>(events, 'Traded')
  const fees = trades
    .filter(({ args }) => markets.has(args.market))
    .map(({ args }) => args.feeBuy + args.feeSell)
  const paid = named<'SettlementEngine', 'FeesCollected'>(events, 'FeesCollected')
    .filter(({ args }) => args.token === token.address)
    .map(({ args }) => args.amount)
  const waiting = view(engine, 'feesOf', [token.address])
  return [
    {
      id: 'X1-fees',
      what: `fees in token ${token.address} are those of trades and were not paid out yet`,
      unit: 'units',
      source: 'feeBuy and feeSell of Traded less FeesCollected',
      rows: [compare('fees', sum(fees) - sum(paid), waiting)],
    },
    {
      id: 'X1-engine',
      what: `the engine holds the fees in token ${token.address}`,
      relation: 'at-most',
      unit: 'units',
      source: 'no event is needed',
      rows: [
        { label: 'fees', expected: [view(token, 'balanceOf', [engine.address])], found: [waiting] },
      ],
    },
  ]
}

function batches(
  events: readonly EventOf<'SettlementEngine'>[],
  engine: At<'SettlementEngine'>,
): Statement {
  const trades = named<'SettlementEngine', 'Traded'>(events, 'Traded')
  const numbers = new Set(trades.map(({ args }) => args.batch))
  const count = view(engine, 'batchCount')
  return {
    id: 'X1-batches',
    what: 'there are as many batches with trades as the engine counts, and the last has that number',
    unit: 'same',
    source: 'batch of Traded events, each number once',
    rows: [
      compare('batches', BigInt(numbers.size), count),
      compare('last batch', trades.at(-1)?.args.batch ?? 0n, count),
    ],
  }
}
