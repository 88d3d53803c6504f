import { ACCOUNTS } from './books.ts'
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
  sum,
  view,
} from './claim.ts'
import { accountView, type FundAt } from './fund.ts'

/** Grants with the fund that pays them. */
export interface GrantsAt extends FundAt {
  readonly grants: At<'Grants'>
}

const [PAID, RETURNED] = [3, 4]

/** What was set aside, paid and returned of each grant (invariant F3). */
export function grantClaims(log: CityLog, place: GrantsAt): readonly Claim[] {
  const { fund, grants } = place
  const awarded = named<'Grants', 'Awarded'>(eventsOf(log, grants), 'Awarded')
  const paid = named<'BifFund', 'GrantPaid'>(eventsOf(log, fund), 'GrantPaid')
  const paidOf = (grant: number) =>
    sum(paid.filter(({ args }) => args.grant === grant).map(({ args }) => args.amount))
  const statements: readonly Statement[] = [
    ...reservedStatements(log, place, sum(paid.map(({ args }) => args.amount))),
    {
      id: 'F3-grants',
      what: 'each grant is the sum of its milestones: paid as the fund did, returned, or set aside',
      source: 'milestones of Awarded, amounts of GrantPaid',
      rows: awarded.flatMap(({ args }) => {
        const approved = sum(args.milestones.map(({ amount }) => amount))
        return grantRows(place, args.grant, approved, paidOf(args.grant))
      }),
    },
    {
      id: 'F3-count',
      what: 'there are as many grants as the contract counts',
      source: 'Awarded events',
      unit: 'count',
      rows: [compare('grants', BigInt(awarded.length), view(grants, 'grantCount'))],
    },
    ...milestoneClaims(log, grants, paidOf),
  ]
  return claimsOf(grants, statements)
}

function reservedStatements(log: CityLog, place: GrantsAt, paid: bigint): readonly Statement[] {
  const { fund } = place
  const reserved = named<'BifFund', 'GrantReserved'>(eventsOf(log, fund), 'GrantReserved')
  const open = new Map(reserved.map(({ args }) => [args.grant, args.unreleased]))
  return [
    {
      id: 'F3-reserved',
      what: 'what is set aside for each grant is what the fund said last, and in its books',
      source: 'last GrantReserved of each grant; account 2100 with its number',
      rows: [...open].flatMap(([grant, unreleased]) => reservedRows(place, grant, unreleased)),
    },
    {
      id: 'F3-steps',
      what: 'each change of what is set aside has its journal',
      source: 'GrantReserved events against account 2100 with the number after each journal on it',
      rows: [...open.keys()].flatMap((grant) => stepRows(log, place, grant)),
    },
    {
      id: 'F3-totals',
      what: 'grants in the fund are those paid and those set aside',
      source: 'GrantPaid and GrantReserved events',
      rows: [compare('grants', paid + sum(open.values()), view(fund, 'totalGrants'))],
    },
    {
      id: 'F3-free',
      what: 'fees and grants, paid or set aside, are within the capital paid in',
      relation: 'at-most',
      source: 'no event is needed',
      rows: [
        {
          label: 'spent or set aside',
          expected: [view(fund, 'totalCapital')],
          found: [view(fund, 'totalFees'), view(fund, 'totalGrants')],
        },
      ],
    },
  ]
}

function reservedRows({ fund, ledger }: GrantsAt, grant: number, unreleased: bigint): Row[] {
  const stored = view(fund, 'unreleasedOf', [grant])
  const account = accountView(ledger, ACCOUNTS.grantsPayable, grant)
  return [
    compare(`grant ${grant}`, unreleased, stored),
    { label: `grant ${grant} in the books`, expected: [], found: [account, stored] },
  ]
}

function stepRows(log: CityLog, { fund, ledger }: GrantsAt, grant: number): readonly Row[] {
  const told = named<'BifFund', 'GrantReserved'>(eventsOf(log, fund), 'GrantReserved')
    .filter(({ args }) => args.grant === grant)
    .map(({ args }) => args.unreleased)
  let balance = 0n
  const booked = named<'BifLedger', 'Posted'>(eventsOf(log, ledger), 'Posted')
    .flatMap(({ args }) => args.lines)
    .filter(({ account }) => account === ACCOUNTS.grantsPayable + grant)
    .map(({ amount }) => {
      balance += amount
      return -balance
    })
  const steps = Math.max(told.length, booked.length)
  return Array.from({ length: steps }, (_, index) => ({
    label: `grant ${grant}, change ${index + 1}`,
    // Where there is none, the number is one that no amount has.
    expected: [told[index] ?? -1n],
    found: [booked[index] ?? -1n],
  }))
}

function grantRows(place: GrantsAt, grant: number, approved: bigint, paid: bigint): Row[] {
  const [awarded, released, returned] = ['approved', 'paid', 'returned'].map((field) =>
    view(place.grants, 'grantAt', [grant], field),
  ) as [Row['found'][0], Row['found'][0], Row['found'][0]]
  const open = view(place.fund, 'unreleasedOf', [grant])
  return [
    { label: `grant ${grant} awarded`, expected: [approved], found: [awarded] },
    { label: `grant ${grant} paid`, expected: [paid], found: [released] },
    { label: `grant ${grant} whole`, expected: [awarded], found: [released, returned, open] },
  ]
}

function milestoneClaims(
  log: CityLog,
  grants: At<'Grants'>,
  paidOf: (grant: number) => bigint,
): readonly Statement[] {
  const events = eventsOf(log, grants)
  const moved = named<'Grants', 'Moved'>(events, 'Moved').map(({ args }) => args)
  const reached = moved.filter(({ stage }) => stage === PAID)
  const rows = named<'Grants', 'Awarded'>(events, 'Awarded').flatMap(({ args }): Row[] => {
    const amountsAt = (end: number) => {
      const ofGrant = moved.filter(({ grant, stage }) => grant === args.grant && stage === end)
      return ofGrant.map(({ milestone }) => args.milestones[milestone]?.amount ?? 0n)
    }
    const returned = view(grants, 'grantAt', [args.grant], 'returned')
    const name = `grant ${args.grant}`
    return [
      { label: `${name} paid`, expected: amountsAt(PAID), found: [paidOf(args.grant)] },
      { label: `${name} returned`, expected: amountsAt(RETURNED), found: [returned] },
    ]
  })
  return [
    never(
      'F3-once',
      'no milestone was paid twice',
      'Moved events to the stage Paid',
      repeated(reached.map(({ grant, milestone }) => `grant ${grant}, milestone ${milestone}`)),
    ),
    {
      id: 'F3-milestones',
      what: 'the milestones that were verified were paid, and those given up went back to the fund',
      source: 'milestones of Awarded that Moved to Paid, against GrantPaid; and those to Returned',
      rows,
    },
  ]
}
