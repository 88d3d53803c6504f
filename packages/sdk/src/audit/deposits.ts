import type { Address } from 'viem'
import { type CityLog, type EventOf, eventsOf, named } from './city-log.ts'
import {
  type At,
  type Claim,
  claimsOf,
  never,
  type Row,
  repeated,
  type Statement,
  sum,
  view,
} from './claim.ts'
import { reserveStatements } from './reserve.ts'
import { tokenClaims } from './token.ts'

/** A deposit token with the oracle of its reserve. */
export interface DepositsAt {
  readonly token: At<'KrwDepositToken'>
  readonly oracle: At<'ReserveOracle'>
  /** Seconds for which an attestation counts. */
  readonly maxAgeSeconds: bigint
}

type TokenEvent = EventOf<'KrwDepositToken'>
type OracleEvent = EventOf<'ReserveOracle'>

/** Supply, reserve and mints of a deposit token (invariants M1 and M2). */
export function depositClaims(log: CityLog, place: DepositsAt): readonly Claim[] {
  const { token } = place
  const events = eventsOf(log, token)
  const minted = named<'KrwDepositToken', 'Minted'>(events, 'Minted')
  const redeemed = named<'KrwDepositToken', 'Redeemed'>(events, 'Redeemed')
  const issued =
    sum(minted.map(({ args }) => args.amount)) - sum(redeemed.map(({ args }) => args.amount))
  const statements: readonly Statement[] = [
    {
      id: 'M1-supply',
      what: 'the supply is what was minted and not redeemed',
      source: 'amounts of Minted less those of Redeemed',
      rows: [{ label: 'supply', expected: [issued], found: [view(token, 'totalSupply')] }],
    },
    ...reserveStatements(log, place, 'M1', 'won'),
    {
      id: 'M1-mints',
      what: 'after each mint the supply was within a fresh attested reserve',
      relation: 'at-most',
      source: 'Minted, Redeemed and Attested events in their order',
      rows: mintRows(log, place),
    },
    {
      id: 'M1-allowances',
      what: 'what minters may still mint is what they were allowed, less what they minted',
      source: 'MinterConfigured, then Minted of each minter',
      rows: allowanceRows(events, token),
    },
    never(
      'M1-references',
      'no bank reference counted twice',
      'bankRef of Minted events',
      repeated(minted.map(({ args }) => args.bankRef)),
    ),
    seizures(events),
  ]
  return [...claimsOf(token, statements), ...tokenClaims(log, token, 'won')]
}

function mintRows(log: CityLog, { token, oracle, maxAgeSeconds }: DepositsAt): readonly Row[] {
  const rows: Row[] = []
  let [supply, units, attestedAt] = [0n, 0n, 0n]
  for (const event of log) {
    const isOracle = event.of.address === oracle.address
    if (!isOracle && event.of.address !== token.address) continue
    const { eventName, args } = event as unknown as TokenEvent | OracleEvent
    if (eventName === 'Attested') [units, attestedAt] = [args.units, args.attestedAt]
    if (eventName === 'Redeemed') supply -= args.amount
    if (eventName !== 'Minted') continue
    supply += args.amount
    const isFresh = event.timestamp - attestedAt < maxAgeSeconds
    rows.push({
      label: `mint ${args.bankRef} in block ${event.blockNumber}`,
      expected: [isFresh ? units : 0n],
      found: [supply],
    })
  }
  return rows
}

function allowanceRows(events: readonly TokenEvent[], token: At): readonly Row[] {
  const left = new Map<Address, bigint>()
  for (const { eventName, args } of events) {
    if (eventName === 'MinterConfigured') left.set(args.minter, args.allowance)
    if (eventName === 'Minted') left.set(args.minter, (left.get(args.minter) ?? 0n) - args.amount)
  }
  return [...left].map(([minter, amount]) => ({
    label: minter,
    expected: [amount],
    found: [view(token, 'minterLimits', [minter], '0')],
  }))
}

function seizures(events: readonly TokenEvent[]): Statement {
  const amountsOf = (eventName: 'SeizureOrdered' | 'ForcedTransfer') =>
    named<'KrwDepositToken', typeof eventName>(events, eventName).map(({ args }) => args.amount)
  return {
    id: 'M2-orders',
    what: 'what was moved by force was ordered',
    source: 'amounts of ForcedTransfer against those of SeizureOrdered',
    rows: [
      { label: 'all', expected: amountsOf('SeizureOrdered'), found: amountsOf('ForcedTransfer') },
    ],
  }
}
