// Journeys of the innovation fund on a devnet of its own: the committee's seats, recusals and the private veto.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ROLES } from '@busan/sdk'
import {
  type Address,
  encodeFunctionData,
  type Hex,
  keccak256,
  parseEventLogs,
  toFunctionSelector,
  toHex,
} from 'viem'
import type { HDAccount } from 'viem/accounts'
import { readArtifact } from '../interop/artifacts.ts'
import { type Deployed, isRefused, openDevnet, person } from './devnet-contracts.ts'

type Proposal = readonly [readonly Address[], readonly bigint[], readonly Hex[], string]

const admin = person(0)
const secretary = person(1)
const auditor = person(2)
const mayor = person(3)
const planning = person(4)
const finance = person(5)
const bank = person(6)
const startup = person(7)
/** A city's company that the grant would go to. */
const RELATED = person(9).address
const REF = keccak256(toHex('order 2026-204'))
const [CITY, PRIVATE] = [0, 2]
const [AGAINST, FOR] = [0, 1]
const [DEFEATED, SUCCEEDED, EXECUTED] = [3, 4, 7]
/** Short stages, in seconds: the committee of a devnet does not wait for days. */
const COURSE = { openSeconds: 30, votingSeconds: 40, reviewSeconds: 5, executionSeconds: 3_600 }
const YEAR = 365 * 86_400

suite('journeys of the innovation fund', { timeout: 300_000 }, () => {
  let devnet: Awaited<ReturnType<typeof openDevnet>>
  let authority: Deployed
  let committee: Deployed
  let fund: Deployed

  const deploy = async (name: string, folder: string, args: unknown[]) =>
    devnet.deploy(admin, await readArtifact(name, folder), args)
  const read = <Value>(functionName: string, args: unknown[] = []) =>
    devnet.read<Value>(committee, functionName, args)
  const now = async () => Number(await devnet.now())
  const untilAfter = (time: bigint) => devnet.untilBlockTime(time + 1n, admin)

  /** The function may be called by the role, and by it alone. */
  async function permit(on: Deployed, signatures: string[], role: bigint, holder: Address) {
    const selectors = signatures.map((signature) => toFunctionSelector(signature))
    await devnet.sendAll(admin, [
      [authority, 'setTargetFunctionRole', [on.address, selectors, role]],
      [authority, 'grantRole', [role, holder, 0]],
    ])
  }

  const seat = (id: number, by: number, { address }: HDAccount, until: number) =>
    devnet.send(secretary, committee, 'seat', [id, by, address, until, REF])

  /** To admit a member of the fund. */
  const admission = (member: Address, text: string): Proposal => {
    const call = { abi: fund.abi, functionName: 'admit', args: [member, 1, 20_000_000_000n, REF] }
    return [[fund.address], [0n], [encodeFunctionData(call as never)], text]
  }

  async function propose(proposal: Proposal): Promise<bigint> {
    const { logs } = await devnet.send(planning, committee, 'propose', proposal)
    const events = parseEventLogs({ abi: committee.abi, logs, eventName: 'ProposalCreated' })
    return (events[0] as unknown as { args: { proposalId: bigint } }).args.proposalId
  }

  const vote = (who: HDAccount, id: bigint, support: number) =>
    devnet.send(who, committee, 'castVote', [id, support])
  const untilVote = async (id: bigint) => untilAfter(await read('proposalSnapshot', [id]))
  const untilDecided = async (id: bigint) => untilAfter(await read('proposalDeadline', [id]))

  before(async () => {
    devnet = await openDevnet()
    authority = await deploy('CityAccessManager', 'governance', [admin.address])
    const at = authority.address
    const won = await deploy('KrwDepositToken', 'money', ['Busan KRW', 'KRWB', at, 86_400n])
    const ledger = await deploy('BifLedger', 'bif', [at])
    const terms = { noticeSeconds: 14n, graceSeconds: 30n, forfeitBps: 5_000, feeBps: 200 }
    fund = await deploy('BifFund', 'bif', [at, won.address, ledger.address, terms])
    committee = await deploy('BifCommittee', 'bif', [at, COURSE])
    const record = [
      'function seat(uint16,uint8,address,uint40,bytes32)',
      'function vacate(uint16,bytes32)',
      'function recuse(uint256,address,bytes32)',
      'function markRelated(uint256,address,bytes32)',
    ]
    await permit(committee, record, ROLES.SECRETARIAT, secretary.address)
    const control = [
      'function cancel(address[],uint256[],bytes[],bytes32)',
      'function clearRelated(uint256,bytes32)',
    ]
    await permit(committee, control, ROLES.AUDITOR, auditor.address)
    const admit = ['function admit(address,uint8,uint128,bytes32)']
    await permit(fund, admit, ROLES.COMMITTEE, committee.address)
  })
  after(() => devnet?.close())

  test('J12: the city keeps its majority, recusals are on record, a private minority vetoes', async () => {
    const end = (await now()) + YEAR
    await isRefused(seat(1, PRIVATE, bank, end), 'CityMajorityLost')
    await seat(1, CITY, mayor, end)
    await seat(2, CITY, planning, end)
    await isRefused(seat(3, PRIVATE, bank, end + 1), 'CityMajorityLost')
    await seat(3, PRIVATE, bank, end)
    await isRefused(seat(4, PRIVATE, startup, end), 'CityMajorityLost')
    await seat(5, CITY, finance, end)
    await seat(4, PRIVATE, startup, end)
    await isRefused(devnet.send(secretary, committee, 'vacate', [1, REF]), 'CityMajorityLost')
    await isRefused(seat(1, CITY, mayor, end - 1), 'CityMajorityLost')
    await isRefused(devnet.send(admin, committee, 'vacate', [4, REF]), 'AccessManagedUnauthorized')

    // The bank would become a member itself: it does not vote on that.
    const own = admission(bank.address, 'admit the bank')
    const ofBank = await propose(own)
    const { logs } = await devnet.send(secretary, committee, 'recuse', [ofBank, bank.address, REF])
    const [recused] = parseEventLogs({ abi: committee.abi, logs, eventName: 'Recused' })
    assert.deepEqual((recused as unknown as { args: object }).args, {
      proposalId: ofBank,
      seat: 3,
      member: bank.address,
      reason: REF,
    })
    // Of a related party: all of the city's votes do not suffice without one private seat.
    const related = admission(RELATED, 'admit the company of the city')
    const ofCity = await propose(related)
    await devnet.send(bank, committee, 'markRelated', [ofCity, RELATED, REF])
    const alone = devnet.send(mayor, committee, 'recuse', [ofCity, mayor.address, REF])
    await isRefused(alone, 'CityMajorityLost')

    await untilVote(ofCity)
    await isRefused(vote(bank, ofBank, FOR), 'CommitteeRecused')
    for (const who of [mayor, planning, finance]) {
      await vote(who, ofBank, FOR)
      await vote(who, ofCity, FOR)
    }
    for (const who of [bank, startup]) await vote(who, ofCity, AGAINST)
    await isRefused(vote(secretary, ofCity, FOR), 'CommitteeNotSeated')
    await untilDecided(ofCity)
    assert.deepEqual(await read('tallyOf', [ofCity]), {
      against: 2,
      inFavour: 3,
      abstained: 0,
      privateInFavour: 0,
    })
    assert.deepEqual(
      [await read('state', [ofBank]), await read('state', [ofCity])],
      [SUCCEEDED, DEFEATED],
    )
    const run = ([targets, values, calls, text]: Proposal) =>
      devnet.send(admin, committee, 'execute', [targets, values, calls, keccak256(toHex(text))])
    await isRefused(run(related), 'GovernorUnexpectedProposalState')
    await untilAfter(
      (await read<bigint>('proposalDeadline', [ofBank])) + BigInt(COURSE.reviewSeconds),
    )
    await run(own)
    assert.equal(await read('state', [ofBank]), EXECUTED)
    assert.equal(await devnet.read(fund, 'numberOf', [bank.address]), 1)
    console.log(
      'J12: 3 seats of the city, 2 private; 6 changes that lose the majority refused; the bank recused from its own ' +
        'admission, which 3 votes of 4 carried and the committee made; 3 votes to 2 for a related party vetoed',
    )
  })
})
