// Journeys of the innovation fund on a devnet of its own: the committee's seats, recusals and the private veto.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ROLES } from '@busan/sdk'
import {
  type Address,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  parseEventLogs,
  toFunctionSelector,
  toHex,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { startFreshDevnet } from '../e2e/devnet-process.ts'
import { TEST_MNEMONIC } from '../interop/accounts.ts'
import { type Artifact, buildContracts, readArtifact } from '../interop/artifacts.ts'

type Deployed = { readonly address: Address } & Pick<Artifact, 'abi'>
type Who = ReturnType<typeof mnemonicToAccount>
type Proposal = readonly [readonly Address[], readonly bigint[], readonly Hex[], string]

const WHO = ['admin', 'secretary', 'auditor', 'mayor', 'planning', 'finance', 'bank', 'startup']
const [admin, secretary, auditor, mayor, planning, finance, bank, startup] = WHO.map((_, i) =>
  mnemonicToAccount(TEST_MNEMONIC, { addressIndex: i }),
) as [Who, Who, Who, Who, Who, Who, Who, Who]
/** A city's company that the grant would go to. */
const RELATED = mnemonicToAccount(TEST_MNEMONIC, { addressIndex: 9 }).address
const REF = keccak256(toHex('order 2026-204'))
const [CITY, PRIVATE] = [0, 2]
const [AGAINST, FOR] = [0, 1]
const [DEFEATED, SUCCEEDED, EXECUTED] = [3, 4, 7]
/** Short stages, in seconds: the committee of a devnet does not wait for days. */
const COURSE = { openSeconds: 30, votingSeconds: 40, reviewSeconds: 5, executionSeconds: 3_600 }
const YEAR = 365 * 86_400

suite('journeys of the innovation fund', { timeout: 300_000 }, () => {
  let devnet: Awaited<ReturnType<typeof startFreshDevnet>>
  let publicClient: ReturnType<typeof createPublicClient>
  let wallet: ReturnType<typeof createWalletClient>
  let authority: Deployed
  let committee: Deployed
  let fund: Deployed

  async function deploy(name: string, folder: string, args: unknown[]): Promise<Deployed> {
    const { abi, bytecode } = await readArtifact(name, folder)
    const hash = await wallet.deployContract({ abi, bytecode, args, account: admin, chain: null })
    const { contractAddress } = await publicClient.waitForTransactionReceipt({ hash })
    return { address: contractAddress as Address, abi }
  }

  async function send(who: Who, on: Deployed, functionName: string, args: readonly unknown[]) {
    const call = { ...on, functionName, args, account: who, chain: null }
    const { request } = await publicClient.simulateContract(call as never)
    const hash = await wallet.writeContract(request as never)
    return publicClient.waitForTransactionReceipt({ hash })
  }

  const read = <Value>(functionName: string, args: unknown[] = []): Promise<Value> =>
    publicClient.readContract({ ...committee, functionName, args } as never) as Promise<Value>

  const isRefused = (promise: Promise<unknown>, error: string) =>
    assert.rejects(promise, new RegExp(error))

  const now = async () => Number((await publicClient.getBlock()).timestamp)

  /** Makes blocks until one is later than this: an idle devnet makes few of its own. */
  async function untilAfter(time: bigint): Promise<void> {
    while ((await now()) <= time) {
      const call = { to: admin.address, value: 0n, account: admin, chain: null }
      const hash = await wallet.sendTransaction(call)
      await publicClient.waitForTransactionReceipt({ hash })
    }
  }

  /** The function may be called by the role, and by it alone. */
  async function permit(on: Deployed, signatures: string[], role: bigint, holder: Address) {
    const selectors = signatures.map((signature) => toFunctionSelector(signature))
    await send(admin, authority, 'setTargetFunctionRole', [on.address, selectors, role])
    await send(admin, authority, 'grantRole', [role, holder, 0])
  }

  const seat = (id: number, by: number, { address }: Who, until: number) =>
    send(secretary, committee, 'seat', [id, by, address, until, REF])

  /** To admit a member of the fund. */
  const admission = (member: Address, text: string): Proposal => {
    const call = { abi: fund.abi, functionName: 'admit', args: [member, 1, 20_000_000_000n, REF] }
    return [[fund.address], [0n], [encodeFunctionData(call as never)], text]
  }

  async function propose(proposal: Proposal): Promise<bigint> {
    const { logs } = await send(planning, committee, 'propose', proposal)
    const events = parseEventLogs({ abi: committee.abi, logs, eventName: 'ProposalCreated' })
    return (events[0] as unknown as { args: { proposalId: bigint } }).args.proposalId
  }

  const vote = (who: Who, id: bigint, support: number) =>
    send(who, committee, 'castVote', [id, support])
  const untilVote = async (id: bigint) => untilAfter(await read('proposalSnapshot', [id]))
  const untilDecided = async (id: bigint) => untilAfter(await read('proposalDeadline', [id]))

  before(async () => {
    await buildContracts()
    devnet = await startFreshDevnet()
    const transport = http(devnet.place.url)
    publicClient = createPublicClient({ transport, pollingInterval: 200 })
    wallet = createWalletClient({ transport })
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
    await isRefused(send(secretary, committee, 'vacate', [1, REF]), 'CityMajorityLost')
    await isRefused(seat(1, CITY, mayor, end - 1), 'CityMajorityLost')
    await isRefused(send(admin, committee, 'vacate', [4, REF]), 'AccessManagedUnauthorized')

    // The bank would become a member itself: it does not vote on that.
    const own = admission(bank.address, 'admit the bank')
    const ofBank = await propose(own)
    const { logs } = await send(secretary, committee, 'recuse', [ofBank, bank.address, REF])
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
    await send(bank, committee, 'markRelated', [ofCity, RELATED, REF])
    const alone = send(mayor, committee, 'recuse', [ofCity, mayor.address, REF])
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
      send(admin, committee, 'execute', [targets, values, calls, keccak256(toHex(text))])
    await isRefused(run(related), 'GovernorUnexpectedProposalState')
    await untilAfter(
      (await read<bigint>('proposalDeadline', [ofBank])) + BigInt(COURSE.reviewSeconds),
    )
    await run(own)
    assert.equal(await read('state', [ofBank]), EXECUTED)
    const numberOf = { ...fund, functionName: 'numberOf', args: [bank.address] }
    assert.equal(await publicClient.readContract(numberOf as never), 1)
    console.log(
      'J12: 3 seats of the city, 2 private; 6 changes that lose the majority refused; the bank recused from its own ' +
        'admission, which 3 votes of 4 carried and the committee made; 3 votes to 2 for a related party vetoed',
    )
  })
})
