import { type Address, zeroAddress } from 'viem'
import { type CityLog, type EventOf, eventsOf, named } from './city-log.ts'
import {
  type At,
  type Claim,
  claimsOf,
  compare,
  never,
  type Row,
  type Statement,
  sum,
  view,
} from './claim.ts'

type CarbonEvent = EventOf<'CarbonUnits'>

/** Tonnes of each project and vintage: where they are, and that no serial counts twice (invariant C1). */
export function carbonClaims(log: CityLog, carbon: At<'CarbonUnits'>): readonly Claim[] {
  const events = eventsOf(log, carbon)
  const immobilised = named<'CarbonUnits', 'Immobilised'>(events, 'Immobilised')
  const retired = named<'CarbonUnits', 'Retired'>(events, 'Retired')
  const ids = [...new Set([...immobilised.map(({ args }) => args.id), ...movedIds(events)])]
  const statements: readonly Statement[] = [
    {
      id: 'C1-totals',
      what: 'tonnes immobilised, circulating, retired and returned are what events add up to',
      source: 'serials of Immobilised, amounts of Retired and Returned, by project and vintage',
      rows: ids.flatMap((id) => totalRows(events, carbon, id)),
    },
    {
      id: 'C1-whole',
      what: 'tonnes that circulate, are retired or returned are those immobilised',
      source: 'no event is needed',
      rows: ids.map((id) => ({
        label: `id ${id}`,
        expected: [total(carbon, id, 'immobilised')],
        found: ['circulating', 'retired', 'returned'].map((field) => total(carbon, id, field)),
      })),
    },
    ...balanceStatements(events, carbon, ids),
    {
      id: 'C1-certificates',
      what: 'there are as many certificates as retirements',
      unit: 'count',
      source: 'Retired events',
      rows: [compare('certificates', BigInt(retired.length), view(carbon, 'certificateCount'))],
    },
    {
      id: 'C1-retired',
      what: 'each certificate is of the tonnes that were retired',
      source: 'Retired events, by certificate',
      rows: retired.map(({ args: { certificateId, amount } }) =>
        compare(
          `certificate ${certificateId}`,
          amount,
          view(carbon, 'certificateOf', [certificateId], 'amount'),
        ),
      ),
    },
    never(
      'C1-serials',
      'no serial of a registry was immobilised twice',
      'registry, start and end of Immobilised events',
      overlaps(immobilised.map(({ args }) => args)),
    ),
  ]
  return claimsOf(
    carbon,
    statements.map((one) => ({ unit: 'tonnes' as const, ...one })),
  )
}

const total = (carbon: At, id: bigint, field: string) => view(carbon, 'totalsOf', [id], field)

function totalRows(events: readonly CarbonEvent[], carbon: At, id: bigint): readonly Row[] {
  const amounts = (name: 'Retired' | 'Returned') =>
    sum(
      named<'CarbonUnits', typeof name>(events, name)
        .filter(({ args }) => args.id === id)
        .map(({ args }) => args.amount),
    )
  const [retired, returned] = [amounts('Retired'), amounts('Returned')]
  const immobilised = sum(
    named<'CarbonUnits', 'Immobilised'>(events, 'Immobilised')
      .filter(({ args }) => args.id === id)
      .map(({ args }) => args.end - args.start + 1n),
  )
  const circulating = immobilised - retired - returned
  return Object.entries({ immobilised, circulating, retired, returned }).map(([field, amount]) =>
    compare(`id ${id} ${field}`, amount, total(carbon, id, field)),
  )
}

function balanceStatements(
  events: readonly CarbonEvent[],
  carbon: At<'CarbonUnits'>,
  ids: readonly bigint[],
): readonly Statement[] {
  const balances = new Map<bigint, Map<Address, bigint>>()
  for (const { id, from, to, value } of movesOf(events)) {
    const ofId = balances.get(id) ?? new Map<Address, bigint>()
    balances.set(id, ofId)
    ofId.set(from, (ofId.get(from) ?? 0n) - value)
    ofId.set(to, (ofId.get(to) ?? 0n) + value)
  }
  const rowsOf = (id: bigint): readonly Row[] =>
    [...(balances.get(id) ?? [])]
      .filter(([account]) => account !== zeroAddress)
      .map(([account, amount]) =>
        compare(`id ${id} of ${account}`, amount, view(carbon, 'balanceOf', [account, id])),
      )
  return [
    {
      id: 'C1-balances',
      what: 'each balance is what its transfers leave',
      source: 'TransferSingle and TransferBatch events, by id and account',
      rows: [...balances.keys()].flatMap(rowsOf),
    },
    {
      id: 'C1-sum',
      what: 'all balances of an id together are what circulates of it',
      source: 'every account that a transfer names',
      rows: ids.map((id) => ({
        label: `id ${id}`,
        expected: [total(carbon, id, 'circulating')],
        found: rowsOf(id).flatMap(({ found }) => found),
      })),
    },
  ]
}

function movesOf(events: readonly CarbonEvent[]) {
  return events.flatMap(({ eventName, args }) => {
    if (eventName === 'TransferSingle') return [args]
    if (eventName !== 'TransferBatch') return []
    const { from, to, ids, values } = args
    return ids.map((id, index) => ({ id, from, to, value: values[index] ?? 0n }))
  })
}

const movedIds = (events: readonly CarbonEvent[]) => movesOf(events).map(({ id }) => id)

interface Serials {
  readonly registry: string
  readonly start: bigint
  readonly end: bigint
}

function overlaps(ranges: readonly Serials[]): readonly string[] {
  const sorted = ranges.toSorted((a, b) => (a.start < b.start ? -1 : 1))
  const reached = new Map<string, bigint>()
  return sorted.flatMap(({ registry, start, end }) => {
    const last = reached.get(registry) ?? 0n
    reached.set(registry, end > last ? end : last)
    return start > last && end >= start ? [] : [`${start} to ${end} of registry ${registry}`]
  })
}
