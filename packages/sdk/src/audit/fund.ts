import { ACCOUNTS, isByHand } from './books.ts'
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
  type View,
  view,
} from './claim.ts'
import { type FundMember, type FundTotals, replayFund } from './fund-members.ts'
import { flowsOf, type TokenAt, transfersOf } from './token.ts'

/** The fund, its books and what its money is. */
export interface FundAt {
  readonly fund: At<'BifFund'>
  readonly ledger: At<'BifLedger'>
  readonly token: TokenAt
}

/** Commitments, calls, cash and members of the fund, against its books (invariant F1). */
export function fundClaims(log: CityLog, place: FundAt): readonly Claim[] {
  const { fund, ledger } = place
  const events = eventsOf(log, fund)
  const totals = replayFund(events)
  return claimsOf(fund, [
    ...totalClaims(fund, totals),
    ...memberClaims(fund, totals.members),
    never(
      'F1-breaches',
      'no commitment went beyond a limit and no call beyond a commitment; a defaulter got no share',
      'Admitted, Committed, Called and Defaulted events in their order',
      totals.breaches,
    ),
    ...callClaims(fund, events, totals.members),
    ...cashClaims(log, place, totals),
    bookedMembers(fund, ledger, totals.members),
    bookedIncome(log, ledger, totals),
  ])
}

/** The account of the books that a member or grant has. */
export const accountView = (ledger: At<'BifLedger'>, account: number, number = 0): View =>
  view(ledger, 'balanceOf', [account + number])

const memberView = (fund: At, number: number, field: string): View =>
  view(fund, 'memberAt', [number], field)

function totalClaims(fund: At<'BifFund'>, totals: FundTotals): readonly Statement[] {
  const { members } = totals
  const committed = sum(members.map((member) => member.committed))
  const capital = sum(members.map((member) => member.capital))
  const freeIncome = totals.incomeRecorded - totals.incomeDistributed
  return [
    {
      id: 'F1-cap',
      what: 'all commitments together are within the cap of the fund',
      relation: 'at-most',
      source: 'no event is needed',
      rows: [
        {
          label: 'commitments',
          expected: [view(fund, 'CAP')],
          found: [view(fund, 'totalCommitted')],
        },
      ],
    },
    {
      id: 'F1-totals',
      what: "the fund's totals are what its events add up to",
      source: 'Committed, Called, Paid, Defaulted, DistributionMade, FeePaid, IncomeRecorded',
      rows: [
        compare('committed', committed, view(fund, 'totalCommitted')),
        compare('capital', capital, view(fund, 'totalCapital')),
        compare('fees', totals.fees, view(fund, 'totalFees')),
        compare('income not distributed', freeIncome, view(fund, 'freeIncome')),
      ],
    },
  ]
}

function memberClaims(fund: At<'BifFund'>, members: readonly FundMember[]): readonly Statement[] {
  const fields = ['limit', 'committed', 'called', 'capital', 'owed'] as const
  const rowsOf = (member: FundMember, index: number) =>
    fields.map((field) =>
      compare(`member ${index + 1} ${field}`, member[field], memberView(fund, index + 1, field)),
    )
  return [
    {
      id: 'F1-members',
      what: 'each member promised, owes and has what its events say',
      source: "each member's own amounts, replayed from all events of the fund",
      rows: members.flatMap(rowsOf),
    },
    {
      id: 'F1-defaults',
      what: 'as many members as the fund counts, and in default those that events say',
      source: 'Admitted and Defaulted events',
      unit: 'count',
      rows: [
        compare('members', BigInt(members.length), view(fund, 'memberCount')),
        ...members.map((member, index) =>
          compare(
            `member ${index + 1} in default`,
            BigInt(member.isDefaulted),
            memberView(fund, index + 1, 'isDefaulted'),
          ),
        ),
      ],
    },
    {
      id: 'F1-called',
      what: 'nothing is called from a member beyond its commitment, and it commits within its limit',
      relation: 'at-most',
      source: 'no event is needed',
      rows: members.flatMap((_, index) => {
        const [limit, committed, called] = ['limit', 'committed', 'called'].map((field) =>
          memberView(fund, index + 1, field),
        ) as [View, View, View]
        return [
          { label: `member ${index + 1} called`, expected: [committed], found: [called] },
          { label: `member ${index + 1} committed`, expected: [limit], found: [committed] },
        ]
      }),
    },
  ]
}

function callClaims(
  fund: At<'BifFund'>,
  events: readonly EventOf<'BifFund'>[],
  members: readonly FundMember[],
): readonly Statement[] {
  const calls = named<'BifFund', 'Called'>(events, 'Called').map(({ args }) => args)
  return [
    {
      id: 'F1-shares',
      what: 'the shares of each call are its amount, to the won',
      source: 'shares of Called events',
      rows: calls.map(({ callId, shares }) =>
        compare(`call ${callId}`, sum(shares), view(fund, 'callOf', [callId], 'amount')),
      ),
    },
    {
      id: 'F1-calls',
      what: 'there are as many calls as the fund counts',
      source: 'Called events',
      unit: 'count',
      rows: [compare('calls', BigInt(calls.length), view(fund, 'callCount'))],
    },
    {
      id: 'F1-dues',
      what: 'what members have yet to pay of each call is their share less what they paid',
      source: 'Called, Paid and Defaulted events',
      rows: members.flatMap(({ due }, index) =>
        [...due].map(([callId, amount]) =>
          compare(
            `call ${callId}, member ${index + 1}`,
            amount,
            view(fund, 'dueOf', [callId, index + 1]),
          ),
        ),
      ),
    },
  ]
}

function cashClaims(log: CityLog, place: FundAt, totals: FundTotals): readonly Statement[] {
  const { fund, ledger, token } = place
  const { inward, outward } = flowsOf(transfersOf(log, token), fund.address)
  const booked = totals.paid + totals.incomeRecorded
  const spent = totals.withdrawn + totals.fees + totals.grantsPaid
  return [
    {
      id: 'F1-cash',
      what: 'cash in the books, and what came in and is not booked yet, is the deposits held',
      source:
        'transfers to the fund less amounts of Paid and IncomeRecorded, added to account 100000000',
      rows: [
        {
          label: 'cash',
          expected: [accountView(ledger, ACCOUNTS.cash), inward - booked],
          found: [view(token, 'balanceOf', [fund.address])],
        },
      ],
    },
    {
      id: 'F1-inflow',
      what: 'what was booked as paid in or earned did come in',
      relation: 'at-most',
      source: 'Paid and IncomeRecorded against Transfer events to the fund',
      rows: [{ label: 'booked', expected: [inward], found: [booked] }],
    },
    {
      id: 'F1-outflow',
      what: 'nothing left the fund but withdrawals, fees and grants',
      source: 'Withdrawn, FeePaid and GrantPaid against Transfer events from the fund',
      rows: [{ label: 'spent', expected: [spent], found: [outward] }],
    },
  ]
}

/** Credits are negative, so an account and what it stands for are zero together. */
function bookedMembers(
  fund: At<'BifFund'>,
  ledger: At<'BifLedger'>,
  members: readonly FundMember[],
): Statement {
  const rowsOf = ({ due }: FundMember, index: number): readonly Row[] => {
    const number = index + 1
    const dues = [...due.keys()].map((callId) => view(fund, 'dueOf', [callId, number]))
    const [receivable, capital, payable] = (['receivable', 'capital', 'payable'] as const).map(
      (name) => accountView(ledger, ACCOUNTS[name], number),
    ) as [View, View, View]
    return [
      { label: `member ${number} receivable`, expected: dues, found: [receivable] },
      {
        label: `member ${number} capital`,
        expected: [],
        found: [capital, memberView(fund, number, 'capital'), ...dues],
      },
      {
        label: `member ${number} payable`,
        expected: [],
        found: [payable, memberView(fund, number, 'owed')],
      },
    ]
  }
  return {
    id: 'F1-books',
    what: "members' accounts in the books are what the fund says of them",
    source: 'accounts 1100, 2000 and 3000 with the number of the member; no event is needed',
    rows: members.flatMap(rowsOf),
  }
}

/** Adjustments by hand may move income, so only what the fund posted itself is counted. */
function bookedIncome(log: CityLog, ledger: At<'BifLedger'>, totals: FundTotals): Statement {
  const posted = named<'BifLedger', 'Posted'>(eventsOf(log, ledger), 'Posted')
  const lines = posted.flatMap(({ args }) => (isByHand(args) ? [] : args.lines))
  const won = (from: number, to: number) =>
    sum(
      lines.filter((line) => line.account >= from && line.account < to).map(({ amount }) => amount),
    )
  return {
    id: 'F1-booked',
    what: 'income, distributions and fees in the books are those of the fund',
    source: 'lines on accounts 4000, 3100 and 5100 of journals that the fund posted',
    rows: [
      {
        label: 'income',
        expected: [-totals.incomeRecorded],
        found: [won(400_000_000, 500_000_000)],
      },
      {
        label: 'distributed',
        expected: [totals.incomeDistributed],
        found: [won(310_000_000, 400_000_000)],
      },
      { label: 'fees', expected: [totals.fees], found: [won(510_000_000, 600_000_000)] },
    ],
  }
}
