import { type EventOf, named } from './city-log.ts'
import { sum } from './claim.ts'

/** A member of the fund as the events leave it; won. */
export interface FundMember {
  limit: bigint
  committed: bigint
  called: bigint
  capital: bigint
  owed: bigint
  isDefaulted: boolean
  /** Of each call, what is not paid yet. */
  readonly due: Map<number, bigint>
}

/** What the fund's events add up to; won. */
export interface FundTotals {
  /** In the order of their numbers, from 1. */
  readonly members: readonly FundMember[]
  readonly fees: bigint
  readonly grantsPaid: bigint
  readonly paid: bigint
  readonly withdrawn: bigint
  readonly incomeRecorded: bigint
  /** Income that was assigned to members. */
  readonly incomeDistributed: bigint
  /** What went beyond a limit or a promise when it was told. */
  readonly breaches: readonly string[]
}

type FundEvent = EventOf<'BifFund'>

/** Replays the fund's events: what each member promised, owes and has (`BifFund.sol`, invariant F1). */
export function replayFund(events: readonly FundEvent[]): FundTotals {
  const members: FundMember[] = []
  const breaches: string[] = []
  for (const event of events) {
    replayMember(members, event)
    breaches.push(...breachesOf(members, event))
  }
  const amounts = (name: 'FeePaid' | 'GrantPaid' | 'Paid' | 'Withdrawn' | 'IncomeRecorded') =>
    sum(named<'BifFund', typeof name>(events, name).map(({ args }) => args.amount))
  const distributions = named<'BifFund', 'DistributionMade'>(events, 'DistributionMade')
  const income = distributions.filter(({ args }) => !args.isRecallable)
  return {
    members,
    fees: amounts('FeePaid'),
    grantsPaid: amounts('GrantPaid'),
    paid: amounts('Paid'),
    withdrawn: amounts('Withdrawn'),
    incomeRecorded: amounts('IncomeRecorded'),
    incomeDistributed: sum(income.flatMap(({ args }) => args.shares)),
    breaches,
  }
}

function breachesOf(
  members: readonly FundMember[],
  { eventName, args }: FundEvent,
): readonly string[] {
  if (eventName === 'Defaulted' && args.shares[args.member - 1] !== 0n && args.shares.length > 0) {
    return [`member ${args.member} got a share of what it forfeited itself`]
  }
  if (eventName !== 'Committed' && eventName !== 'Called') return []
  return members.flatMap(({ limit, committed, called }, index) => {
    if (called <= committed && committed <= limit) return []
    return [`member ${index + 1}: called ${called}, committed ${committed}, limit ${limit}`]
  })
}

function replayMember(members: FundMember[], { eventName, args }: FundEvent): void {
  switch (eventName) {
    case 'Admitted':
      memberAt(members, args.member).limit = args.limit
      break
    case 'Committed':
      memberAt(members, args.member).committed += args.amount
      break
    case 'Called':
      for (const [member, share] of sharesOf(members, args.shares)) {
        member.called += share
        member.due.set(args.callId, share)
      }
      break
    case 'Paid': {
      const member = memberAt(members, args.member)
      member.capital += args.amount
      member.due.set(args.callId, (member.due.get(args.callId) ?? 0n) - args.amount)
      break
    }
    case 'Defaulted':
      markDefault(members, args)
      break
    case 'DistributionMade':
      for (const [member, share] of sharesOf(members, args.shares)) {
        member.owed += share
        if (!args.isRecallable) continue
        member.capital -= share
        member.called = less(member.called, share)
      }
      break
    case 'Withdrawn':
      memberAt(members, args.member).owed -= args.amount
      break
  }
}

type Default = Extract<FundEvent, { eventName: 'Defaulted' }>['args']

function markDefault(members: FundMember[], { callId, member, due, shares }: Default): void {
  const defaulter = memberAt(members, member)
  defaulter.due.set(callId, (defaulter.due.get(callId) ?? 0n) - due)
  defaulter.called = less(defaulter.called, due)
  defaulter.committed = defaulter.called
  defaulter.isDefaulted = true
  defaulter.capital -= sum(shares)
  for (const [other, share] of sharesOf(members, shares)) other.capital += share
}

function sharesOf(members: FundMember[], shares: readonly bigint[]): [FundMember, bigint][] {
  const whole = shares.map((share, index) => [index + 1, share] as const)
  return whole
    .filter(([, share]) => share > 0n)
    .map(([number, share]) => [memberAt(members, number), share])
}

/** Members that no event admitted are there too, so that what names them is found to differ. */
function memberAt(members: FundMember[], number: number): FundMember {
  while (members.length < number) {
    const amounts = { limit: 0n, committed: 0n, called: 0n, capital: 0n, owed: 0n }
    members.push({ ...amounts, isDefaulted: false, due: new Map() })
  }
  return members[number - 1] as FundMember
}

const less = (from: bigint, amount: bigint): bigint => (from > amount ? from - amount : 0n)
