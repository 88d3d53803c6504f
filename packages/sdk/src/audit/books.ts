import { encodeAbiParameters, type Hex, keccak256, stringToHex, zeroHash } from 'viem'
import { ABIS } from '../../generated/abis.ts'
import { type CityLog, type EventOf, eventsOf, named } from './city-log.ts'
import {
  type At,
  type Claim,
  claimsOf,
  compare,
  never,
  type Statement,
  sum,
  view,
} from './claim.ts'

/** A journal of the fund's books as its event tells it. */
export type Journal = Extract<EventOf<'BifLedger'>, { eventName: 'Posted' }>['args']

/** Numbers of the fund's accounts, as `BifEntries.sol` has them; the member or grant is added. */
export const ACCOUNTS = {
  cash: 100_000_000,
  receivable: 110_000_000,
  payable: 200_000_000,
  grantsPayable: 210_000_000,
  capital: 300_000_000,
  income: 400_000_000,
} as const

const ADJUSTMENT = stringToHex('adjustment', { size: 32 })
const REVERSAL = stringToHex('reversal', { size: 32 })

/** The journals of a ledger, balanced, numbered, chained and added up (invariants L1 and L2). */
export function bookClaims(log: CityLog, ledger: At<'BifLedger'>): readonly Claim[] {
  const events = eventsOf(log, ledger)
  const journals = named<'BifLedger', 'Posted'>(events, 'Posted').map(({ args }) => args)
  const accounts = accountsOf(journals)
  const rows = [...accounts].map(([account, balance]) => ({
    label: `account ${account}`,
    expected: [balance],
    found: [view(ledger, 'balanceOf', [account])],
  }))
  const head = BigInt(journals.at(-1)?.hash ?? zeroHash)
  const statements: readonly Statement[] = [
    balanced(journals),
    {
      id: 'L1-journals',
      what: 'no journal is missing: as many as the ledger counts',
      source: 'Posted events',
      unit: 'count',
      rows: [compare('journals', BigInt(journals.length), view(ledger, 'journalCount'))],
    },
    {
      id: 'L1-accounts',
      what: 'each account is what its journals add up to',
      source: 'lines of all Posted events, by account',
      rows,
    },
    {
      id: 'L1-zero',
      what: 'all accounts together are zero',
      source: 'every account that a journal names',
      rows: [{ label: 'sum', expected: [], found: rows.flatMap(({ found }) => found) }],
    },
    never(
      'L2-chain',
      'each journal has the next number and the hash of its content and the journal before',
      'keccak256 as BifLedger.hashAfter, link by link',
      brokenLinks(journals),
    ),
    {
      id: 'L2-head',
      what: 'the last hash is the one that the ledger stores',
      source: 'hash of the last Posted event',
      unit: 'same',
      rows: [compare('hash', head, view(ledger, 'chainHash'))],
    },
    never(
      'L2-reversals',
      'adjustments touch income and expenses alone; a reversal is the exact negative of one, once',
      'Posted events of the kinds adjustment and reversal',
      wrongAdjustments(journals),
    ),
    ...closes(events, ledger),
  ]
  return claimsOf(ledger, statements)
}

/** Hash of a journal after the one before it, as `BifLedger.hashAfter` has it. */
export function journalHash(previous: Hex, journal: Omit<Journal, 'hash'>): Hex {
  const { inputs } = ABIS.BifLedger.find((item) => 'name' in item && item.name === 'hashAfter') as {
    inputs: Extract<(typeof ABIS.BifLedger)[number], { name: 'hashAfter' }>['inputs']
  }
  const { kind, month, lines, docHash, ref } = journal
  const values = [previous, journal.journal, kind, month, lines, docHash, ref] as const
  return keccak256(encodeAbiParameters(inputs, values))
}

/** Balances of all accounts that the journals name; debits are positive. */
export function accountsOf(journals: readonly Journal[]): ReadonlyMap<number, bigint> {
  const balances = new Map<number, bigint>()
  for (const { account, amount } of journals.flatMap(({ lines }) => lines)) {
    balances.set(account, (balances.get(account) ?? 0n) + amount)
  }
  return balances
}

/** Whether two people posted the journal, and not the fund. */
export const isByHand = ({ kind }: Pick<Journal, 'kind'>): boolean =>
  kind === ADJUSTMENT || kind === REVERSAL

function balanced(journals: readonly Journal[]): Statement {
  const rows = journals.map(({ journal, lines }) => {
    const amounts = lines.map(({ amount }) => amount)
    return {
      label: `journal ${journal}`,
      expected: [sum(amounts.filter((amount) => amount > 0n))],
      found: [-sum(amounts.filter((amount) => amount < 0n))],
    }
  })
  return {
    id: 'L1-balanced',
    what: 'the credits of each journal are its debits',
    source: 'lines of Posted events',
    rows,
  }
}

function brokenLinks(journals: readonly Journal[]): readonly string[] {
  return journals.flatMap((journal, index) => {
    const previous = journals[index - 1]?.hash ?? zeroHash
    const isNext = journal.journal === BigInt(index + 1)
    if (isNext && journalHash(previous, journal) === journal.hash) return []
    return [`journal ${journal.journal}, in place ${index + 1}, has the hash ${journal.hash}`]
  })
}

function wrongAdjustments(journals: readonly Journal[]): readonly string[] {
  const open = new Map<bigint, Journal>()
  const textOf = (lines: Journal['lines'], sign: bigint) =>
    lines.map(({ account, amount }) => `${account} ${sign * amount}`).join()
  return journals.flatMap((journal) => {
    const { kind, lines } = journal
    if (!isByHand(journal)) return []
    const isWithin = lines.every(({ account }) => account >= ACCOUNTS.income)
    const name = `journal ${journal.journal}`
    if (!isWithin) return [`${name} touches other accounts`]
    if (kind === ADJUSTMENT) {
      open.set(journal.journal, journal)
      return []
    }
    const taken = open.get(BigInt(journal.ref))
    open.delete(BigInt(journal.ref))
    const isRight = taken !== undefined && textOf(taken.lines, -1n) === textOf(lines, 1n)
    return isRight ? [] : [`${name} takes back ${BigInt(journal.ref)}`]
  })
}

function closes(
  events: readonly EventOf<'BifLedger'>[],
  ledger: At<'BifLedger'>,
): readonly Statement[] {
  const [late, wrong]: [string[], string[]] = [[], []]
  let [closed, count, hash] = [0, 0n, zeroHash as Hex]
  for (const { eventName, args, timestamp } of events) {
    const current = monthOf(timestamp)
    // What the constructor emits: a ledger begins with the months before closed.
    if (eventName === 'AuthorityUpdated' && closed === 0) closed = current - 1
    if (eventName === 'Posted') {
      ;[count, hash] = [count + 1n, args.hash]
      const isOpen = args.month > closed && args.month <= current
      if (!isOpen || (!isByHand(args) && args.month !== current)) {
        late.push(`journal ${args.journal} of month ${args.month}, posted in ${current}`)
      }
    }
    if (eventName !== 'MonthClosed') continue
    const isTold = args.journalCount === count && args.chainHash === hash
    if (!isTold || args.month <= closed || args.month >= current) {
      wrong.push(`close of month ${args.month} tells ${args.journalCount} journals`)
    }
    closed = args.month
  }
  const source = 'Posted and MonthClosed events in their order, with the times of their blocks'
  const through = compare('last closed month', BigInt(closed), view(ledger, 'closedThrough'))
  return [
    never('L2-open', 'each journal is of a month that was open when it was posted', source, late),
    never(
      'L2-closes',
      'each close tells the journals before it, of a month that was over',
      source,
      wrong,
    ),
    {
      id: 'L2-months',
      what: 'the last closed month is that of the last close, or the one before the ledger began',
      source: 'MonthClosed events; without any, AuthorityUpdated of the deployment',
      unit: 'same',
      rows: [through],
    },
  ]
}

const KOREAN_SECONDS = 9n * 3_600n

/** Month in Korea, as KoreanTime.sol counts them: year times 12 plus month from 0. @param timestamp seconds */
function monthOf(timestamp: bigint): number {
  const date = new Date(Number(timestamp + KOREAN_SECONDS) * 1_000)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}
