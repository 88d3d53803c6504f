// J18: a member of the alliance deploys a contract once it is approved, and becomes a validator: nominated by itself, admitted
// by the committee, carried into the headers by the validators.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { decodeHeader } from '@busan/chain-spec'
import { type Hex, hexToBytes } from '@busan/primitives'
import { decodeExtraData } from '@busan/qbft'
import { governanceAt, governanceDifferences } from '@busan/sdk'
import {
  type Abi,
  type Address,
  createPublicClient,
  createWalletClient,
  http,
  keccak256,
  toHex,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import {
  busan,
  makeNetwork,
  type NodeProcess,
  rpc,
  type TestNetwork,
  until,
} from '../e2e/chain-process.ts'
import { TEST_MNEMONIC } from '../interop/accounts.ts'
import { buildContracts, readArtifact } from '../interop/artifacts.ts'

const PLAN = path.join(import.meta.dirname, '../../chain-config/devnet/governance-plan.json')
const GOVERNANCE = path.join(import.meta.dirname, '../../chain-config/devnet/governance.json')
const DEADLINE_MS = 120_000
/** `validatorIntervalBlocks` of the plan. */
const INTERVAL = 10
const REF = keccak256(toHex('decision of the committee'))
const ADDRESSES = {
  PermissionRegistry: '0x0000000000000000000000000000000000008888',
  ValidatorRegistry: '0x0000000000000000000000000000000000007777',
  AllianceRegistry: '0x000000000000000000000000000000000000aaaa',
} as const
const TIER = { developer: 2, validator: 3 }
const SENDER_AND_DEPLOYER = 3

type Who = ReturnType<typeof mnemonicToAccount>

const [committee, member, stranger] = [0, 5, 7].map((addressIndex) =>
  mnemonicToAccount(TEST_MNEMONIC, { addressIndex }),
) as [Who, Who, Who]

suite('journey of a member of the alliance', { timeout: 400_000 }, () => {
  let network: TestNetwork
  let joining: NodeProcess
  let key: Address
  let publicClient: ReturnType<typeof createPublicClient>
  let wallet: ReturnType<typeof createWalletClient>
  const abis = new Map<string, Abi>()

  async function send(
    who: Who,
    name: keyof typeof ADDRESSES,
    functionName: string,
    args: unknown[],
  ) {
    const call = {
      address: ADDRESSES[name],
      abi: abis.get(name),
      functionName,
      args,
      account: who,
      chain: null,
    }
    const { request } = await publicClient.simulateContract(call as never)
    const hash = await wallet.writeContract(request as never)
    const receipt = await publicClient.waitForTransactionReceipt({ hash })
    assert.equal(receipt.status, 'success')
    return receipt
  }
  const read = (name: keyof typeof ADDRESSES, functionName: string, args: unknown[] = []) =>
    publicClient.readContract({
      address: ADDRESSES[name],
      abi: abis.get(name),
      functionName,
      args,
    } as never)
  const isRefused = (
    who: Who,
    name: keyof typeof ADDRESSES,
    call: string,
    args: unknown[],
    why: RegExp,
  ) => assert.rejects(send(who, name, call, args), why)
  const pendingSet = () => rpc<Address[]>(joining.url, 'qbft_getValidatorsByBlockNumber', 'pending')

  async function deployGreeting(who: Who) {
    const { abi, bytecode } = await readArtifact('CityToken')
    const call = { abi, bytecode, args: [who.address, 1_000n], account: who, chain: null }
    return wallet.deployContract({ ...call, gas: 3_000_000n } as never)
  }

  /** The votes that blocks carry, without repetition. */
  async function votesSince(first: number): Promise<readonly string[]> {
    const votes = new Set<string>()
    for (let number = first; number <= (await joining.height()); number++) {
      const { header } = await rpc<{ header: Hex }>(
        joining.url,
        'qbft_getCommitCertificate',
        toHex(number),
      )
      const extraData = decodeExtraData(decodeHeader(hexToBytes(header)).extraData)
      assert.ok(extraData.ok)
      const { vote } = extraData.value
      if (vote !== undefined) votes.add(`${vote.add ? 'add' : 'drop'} ${vote.recipient}`)
    }
    return [...votes]
  }

  before(async () => {
    await buildContracts()
    for (const name of Object.keys(ADDRESSES))
      abis.set(name, (await readArtifact(name, 'governance')).abi)
    network = await makeNetwork({ validators: 4, governance: PLAN })
    joining = network.rpcNode
    const keyFile = path.join(network.folder, 'rpc', 'validator.key.json')
    const password = path.join(network.folder, 'password')
    const made = await busan(['keys', 'new', keyFile, '--password-file', password])
    assert.equal(made.code, 0, made.output)
    key = made.output.trim().toLowerCase() as Address
    for (const node of network.validators) node.start()
    joining.start(['--node-private-key-file', keyFile])
    await joining.explain(
      until(
        'blocks',
        DEADLINE_MS,
        () => joining.height(),
        (seen) => seen > INTERVAL,
      ),
    )
    const transport = http(joining.url)
    publicClient = createPublicClient({ transport, pollingInterval: 200 })
    wallet = createWalletClient({ transport })
  })
  after(() => network?.close())

  test('J18 it deploys once the committee has approved it', async (t) => {
    await assert.rejects(deployGreeting(member), /not allowed to deploy/)
    await send(committee, 'PermissionRegistry', 'setAccount', [
      member.address,
      SENDER_AND_DEPLOYER,
      REF,
    ])
    const hash = await deployGreeting(member)
    const { status, contractAddress } = await publicClient.waitForTransactionReceipt({ hash })
    assert.equal(status, 'success')
    t.diagnostic(`refused, approved, then deployed ${contractAddress}`)
  })

  test('J18 its tier is looked up on the chain', async (t: TestContext) => {
    await isRefused(stranger, 'ValidatorRegistry', 'nominate', [key], /ValidatorNotMember/)
    const id = await read('AllianceRegistry', 'memberOf', [member.address])
    await send(committee, 'AllianceRegistry', 'change', [id, TIER.developer, false, REF])
    await isRefused(member, 'ValidatorRegistry', 'nominate', [key], /ValidatorNotEligible/)
    await send(committee, 'AllianceRegistry', 'change', [id, TIER.validator, false, REF])
    await send(member, 'ValidatorRegistry', 'nominate', [key])
    await isRefused(member, 'ValidatorRegistry', 'admit', [key, REF], /AccessManagedUnauthorized/)
    t.diagnostic(`stranger and developer refused; ${key} is nominated`)
  })

  test('J18 it is admitted, and the validators carry it into the headers', async (t) => {
    assert.equal((await pendingSet()).includes(key), false)
    const { blockNumber } = await send(committee, 'ValidatorRegistry', 'admit', [key, REF])
    const set = await until('five validators', DEADLINE_MS, pendingSet, (seen) =>
      seen.includes(key),
    )
    assert.deepEqual(
      set,
      await read('ValidatorRegistry', 'getValidators').then((list) =>
        (list as Address[]).map((one) => one.toLowerCase()),
      ),
    )
    assert.deepEqual(await votesSince(Number(blockNumber)), [`add ${key}`])
    await until(
      'it proposes',
      DEADLINE_MS,
      () =>
        rpc<{ address: string; proposedBlockCount: string }[]>(
          joining.url,
          'qbft_getSignerMetrics',
        ),
      (rows) => rows.some((row) => row.address === key && row.proposedBlockCount !== '0x0'),
    )
    t.diagnostic(
      `decided in block ${blockNumber}, in the set at ${await joining.height()} or before`,
    )
  })

  test('governance.json is what the chain says, but for the validators', async () => {
    const file = JSON.parse(readFileSync(GOVERNANCE, 'utf8'))
    const atFirst = await governanceAt(joining.url, 1n)
    const differences = governanceDifferences(file, atFirst)
    assert.deepEqual(
      differences.filter((line) => !line.startsWith('validators.')),
      [],
      'else write it anew: busan governance show --block 1',
    )
    const checked = await busan(['governance', 'check', GOVERNANCE, '--rpc', joining.url])
    assert.equal(checked.code, 1)
    const lines = checked.output.trim().split('\n')
    assert.ok(lines.every((line) => line.startsWith('validators.')))
    assert.match(checked.output, /^validators\.4\.organisation: absent, now "/m)
    assert.match(checked.output, /now "Busan Port Authority"$/m)
  })

  test('J18 no other vote counts, and the next change waits its time', async (t) => {
    const [first] = network.validators as [NodeProcess]
    const { self } = await rpc<{ self: Address }>(first.url, 'qbft_status')
    await assert.rejects(
      rpc(first.url, 'qbft_proposeValidatorVote', key, false),
      /validators are decided by the registry 0x0{36}7777/,
    )
    const changed = Number(await read('ValidatorRegistry', 'lastChange'))
    if ((await joining.height()) < changed + INTERVAL - 2) {
      await isRefused(committee, 'ValidatorRegistry', 'retire', [self, REF], /ValidatorTooEarly/)
    }
    await until(
      'the interval',
      DEADLINE_MS,
      () => joining.height(),
      (seen) => seen > changed + INTERVAL,
    )
    const { blockNumber } = await send(committee, 'ValidatorRegistry', 'retire', [self, REF])
    await until('four validators', DEADLINE_MS, pendingSet, (seen) => !seen.includes(self))
    assert.deepEqual(await votesSince(Number(blockNumber)), [`drop ${self}`])
    await until(
      'the interval',
      DEADLINE_MS,
      () => joining.height(),
      (seen) => seen > Number(blockNumber) + INTERVAL,
    )
    await isRefused(committee, 'ValidatorRegistry', 'retire', [key, REF], /ValidatorInvalidCount/)
    t.diagnostic(`${self} is retired; a set of three is refused`)
  })
})
