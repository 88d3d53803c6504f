// The innovation fund on a devnet of its own: deployed by Ignition, its people, what its committee decides, what its books tell.
import assert from 'node:assert/strict'
import { contractsOf, ROLES } from '@busan/sdk'
import {
  type Abi,
  type Address,
  encodeFunctionData,
  hexToString,
  keccak256,
  parseEventLogs,
  type TransactionReceipt,
  toHex,
} from 'viem'
import { openCityMoney } from './city-money.ts'
import { type Call, person } from './devnet-contracts.ts'

/** Who acts: the city's money has the accounts before these. */
export const PEOPLE = {
  manager: person(10),
  auditor: person(11),
  mayor: person(12),
  planning: person(13),
  finance: person(14),
  bank: person(15),
  firm: person(16),
  startup: person(17),
  professor: person(18),
  engineer: person(19),
} as const
const { manager, auditor, mayor, planning, finance, bank, firm } = PEOPLE

/** Short stages, in seconds: the committee of a devnet does not wait for days. */
export const COURSE = {
  openSeconds: 8,
  votingSeconds: 15,
  reviewSeconds: 2,
  executionSeconds: 3_600,
} as const
/** Hash of a document. */
export const documentHash = (name: string) => keccak256(toHex(name))
const FOR = 1

/** Account of the books: what the fund holds. */
export const CASH = 100_000_000
/** The other accounts, to which the number of the member or the grant is added. */
export const ACCOUNTS = {
  receivable: 110_000_000,
  payable: 200_000_000,
  grantPayable: 210_000_000,
  capital: 300_000_000,
  distributed: 310_000_000,
  grants: 500_000_000,
} as const
/** Sum of amounts. */
export const sumOf = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((sum, amount) => sum + amount, 0n)

/** A journal of the fund's books. */
export interface Journal {
  readonly kind: string
  /** Positive debits, negative credits, in won. */
  readonly lines: Readonly<Record<number, bigint>>
}

/** A decision that the committee votes on. */
export interface Motion {
  readonly id: bigint
  readonly terms: readonly [
    targets: Address[],
    values: bigint[],
    calls: `0x${string}`[],
    text: string,
  ]
}

/** Opens the fund with three members, its committee of five, and money in the members' accounts. */
export async function openCityFund() {
  const people = [mayor, planning, firm, finance, bank].map(({ address }) => address)
  const seats = Object.fromEntries(people.map((address, i) => [`seat${i + 1}`, address]))
  const [member1, member2, member3] = [mayor.address, bank.address, firm.address]
  const parameters = { ...seats, member1, member2, member3, course: COURSE }
  const city = await openCityMoney('fund.ts', { Fund: parameters })
  const { devnet, addresses } = city
  const { BifFund, BifLedger, BifCommittee, Grants } = contractsOf(addresses, [
    'BifFund',
    'BifLedger',
    'BifCommittee',
    'Grants',
  ])
  const { CityAccessManager, KrwDepositToken } = city.contracts
  await devnet.sendAll(city.staff.admin, [
    [CityAccessManager, 'grantRole', [ROLES.FUND_MANAGER, manager.address, 0]],
    [CityAccessManager, 'grantRole', [ROLES.AUDITOR, auditor.address, 0]],
  ])

  /** What a member of the committee proposes. */
  async function propose([on, functionName, args = []]: Call, text: string): Promise<Motion> {
    const data = encodeFunctionData({ abi: on.abi as Abi, functionName, args } as never)
    const terms = [[on.address], [0n], [data], text] as const
    const { logs } = await devnet.send(planning, BifCommittee, 'propose', terms)
    const [created] = parseEventLogs({
      abi: BifCommittee.abi,
      logs,
      eventName: 'ProposalCreated',
    })
    assert.ok(created)
    return { id: created.args.proposalId, terms: [[on.address], [0n], [data], text] }
  }

  /** Waits for the vote; all that are named vote for all motions. */
  async function carry(motions: readonly Motion[], voters: readonly (typeof PEOPLE.bank)[]) {
    const { id } = motions.at(-1) as Motion
    const at = (name: string) => devnet.read<bigint>(BifCommittee, name, [id])
    await devnet.untilBlockTime((await at('proposalSnapshot')) + 1n, manager)
    const calls = motions.map(({ id }) => [BifCommittee, 'castVote', [id, FOR]] as const)
    await Promise.all(voters.map((voter) => devnet.sendAll(voter, calls)))
    const decided = (await at('proposalDeadline')) + BigInt(COURSE.reviewSeconds)
    await devnet.untilBlockTime(decided, manager)
  }

  /** Anyone has a decision carried out. */
  function execute({ terms: [targets, values, calls, text] }: Motion) {
    const args = [targets, values, calls, keccak256(toHex(text))]
    return devnet.send(manager, BifCommittee, 'execute', args)
  }

  /** The one journal that a transaction posted; its cash line is what the transaction moved, unless it books what had come in. */
  function journalOf({ logs }: Pick<TransactionReceipt, 'logs'>): Journal {
    const posted = parseEventLogs({ abi: BifLedger.abi, logs, eventName: 'Posted' })
    const [only] = posted
    assert.ok(only !== undefined && posted.length === 1, `${posted.length} journals`)
    const lines: Record<number, bigint> = {}
    for (const { account, amount } of only.args.lines) lines[account] = amount
    assert.equal(sumOf(Object.values(lines)), 0n)
    const kind = hexToString(only.args.kind, { size: 32 })
    const { abi } = KrwDepositToken
    const moved = parseEventLogs({ abi, logs, eventName: 'Transfer' }).map(({ args }) => {
      if (args.to === BifFund.address) return args.value
      return args.from === BifFund.address ? -args.value : 0n
    })
    if (kind !== 'income') assert.equal(sumOf(moved), lines[CASH] ?? 0n)
    return { kind, lines }
  }

  const balanceOf = (account: Address) =>
    devnet.read<bigint>(KrwDepositToken, 'balanceOf', [account])

  return {
    ...city,
    contracts: { ...city.contracts, BifFund, BifLedger, BifCommittee, Grants },
    propose,
    carry,
    execute,
    journalOf,
    balanceOf,
  }
}
