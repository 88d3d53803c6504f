import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseGenesis } from '@busan/chain-spec'
import { computeGenesisState, createExecutor } from '@busan/execution'
import {
  type Address,
  bytesToHex,
  concatBytes,
  hexToBytes,
  isCodedError,
  keccak256,
  padLeft,
  toAddress,
} from '@busan/primitives'
import { createMemoryStore } from '@busan/storage'
import { governGenesis } from '../src/index.ts'

const CONFIG = new URL('../../../chain-config/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, CONFIG), 'utf8')
const template = read('devnet/genesis.json')
const contracts = JSON.parse(read('system-contracts.json')) as { name: string; address: Address }[]
const plan = JSON.parse(read('devnet/governance-plan.json')) as Record<string, never> & {
  committee: Address
  members: { name: string; account: Address }[]
}
const VALIDATORS = [4, 2, 3, 1].map((digit) => toAddress(`0x${`${digit}`.repeat(40)}`))
const TIMESTAMP = 1_800_000_000
const addressOf = (name: string) => contracts.find((one) => one.name === name)?.address as Address

const govern = (changes: object = {}, validators: readonly Address[] = VALIDATORS) =>
  governGenesis({
    template,
    contracts,
    plan: { ...plan, ...changes },
    validators,
    genesisTimestamp: TIMESTAMP,
  })

/** Asks contracts of the genesis block; a request is a signature and words, the answer hex words. */
async function open(text: string) {
  const document = JSON.parse(text)
  const spec = parseGenesis(JSON.stringify({ ...document, timestamp: TIMESTAMP }))
  const store = createMemoryStore()
  const { stateRoot, writes } = await computeGenesisState(spec.alloc)
  await store.batch(writes)
  const executor = createExecutor({ store, spec, blockHashByNumber: () => undefined })
  return async (name: string, signature: string, ...words: (bigint | Address)[]) => {
    const selector = keccak256(new TextEncoder().encode(signature)).subarray(0, 4)
    const args = words.map((word) =>
      padLeft(
        hexToBytes(typeof word === 'bigint' ? `0x${word.toString(16).padStart(64, '0')}` : word),
        32,
      ),
    )
    const request = { to: addressOf(name), data: concatBytes(selector, ...args) }
    const verdict = await executor.call(request, spec.genesisHeader(stateRoot))
    assert.ok(verdict.ok && verdict.value.status === 'success', signature)
    return (bytesToHex(verdict.value.output).slice(2).match(/.{64}/g) ?? []).map((word) =>
      BigInt(`0x${word}`),
    )
  }
}

describe('a governed genesis', () => {
  it('belongs to the timelock alone, and nothing is left to its maker', async () => {
    const ask = await open(await govern())
    const holds = async (role: bigint, account: Address) =>
      (await ask('CityAccessManager', 'hasRole(uint64,address)', role, account))[0] === 1n
    assert.equal(await holds(0n, addressOf('CityTimelock')), true)
    for (const role of [0n, 10n, 60n, 61n, 70n, 71n]) {
      assert.equal(await holds(role, addressOf('CityGenesis')), false)
    }
    assert.equal(await holds(0n, plan.committee), false)
    assert.equal(await holds(61n, plan.committee), true)
    assert.equal(await holds(70n, addressOf('GuardianCouncil')), true)
    const timelockRole = async (name: string, account: Address) => {
      const role = name === '' ? 0n : BigInt(bytesToHex(keccak256(new TextEncoder().encode(name))))
      return (await ask('CityTimelock', 'hasRole(bytes32,address)', role, account))[0] === 1n
    }
    assert.equal(await timelockRole('', addressOf('CityGenesis')), false)
    assert.equal(await timelockRole('PROPOSER_ROLE', plan.committee), true)
    assert.equal(await timelockRole('CANCELLER_ROLE', addressOf('GuardianCouncil')), true)
    assert.equal(await timelockRole('PROPOSER_ROLE', addressOf('GuardianCouncil')), false)
  })

  it('has its delays in force from the first second on', async () => {
    const ask = await open(
      await govern({ adminDelaySeconds: 604_800, consensusDelaySeconds: 1_209_600 }),
    )
    const delayOf = async (name: string) =>
      (await ask('CityAccessManager', 'getTargetAdminDelay(address)', addressOf(name)))[0]
    for (const name of ['PermissionRegistry', 'ValidatorRegistry', 'NodeRegistry']) {
      assert.equal(await delayOf(name), 1_209_600n, name)
    }
    assert.equal(await delayOf('AllianceRegistry'), 604_800n)
    assert.deepEqual(await ask('CityTimelock', 'getMinDelay()'), [604_800n])
  })

  it('seats the validators, ascending, and makes their runners members', async () => {
    const ask = await open(await govern())
    const [, count, ...listed] = await ask('ValidatorRegistry', 'getValidators()')
    assert.equal(count, 4n)
    assert.deepEqual(listed, [...VALIDATORS].sort().map(BigInt))
    for (const [index, { name, account }] of plan.members.entries()) {
      const id = BigInt(bytesToHex(keccak256(new TextEncoder().encode(name))))
      assert.deepEqual(await ask('AllianceRegistry', 'memberOf(address)', account), [id])
      const seat = VALIDATORS[index]
      if (seat === undefined) continue
      assert.deepEqual(await ask('ValidatorRegistry', 'organisationOf(address)', seat), [id])
    }
  })

  it('is the same for the same plan, and parses with the registry in force', async () => {
    const text = await govern()
    assert.equal(text, await govern())
    const { systemContracts } = parseGenesis(text)
    assert.equal(systemContracts.permissionRegistry, addressOf('PermissionRegistry'))
    assert.ok(systemContracts.recovery.get(addressOf('CityTimelock'))?.has('0x134008d3'), 'execute')
  })

  it('refuses a plan that does not hold, saying where', async () => {
    const refuses = (changes: object, message: RegExp, validators?: readonly Address[]) =>
      assert.rejects(govern(changes, validators), (error) => {
        assert.ok(isCodedError(error, 'invalid-config'))
        assert.match(error.message, message)
        return true
      })
    await refuses({ committee: '0x12' }, /committee: must be a 20-byte/)
    await refuses({ comittee: plan.committee }, /Unrecognized key: "comittee"/)
    await refuses({ guardianVotes: 7 }, /guardianVotes: 7 can never be reached with a weight of 6/)
    await refuses({}, /at least 4, got 3/, VALIDATORS.slice(1))
    await refuses({ members: plan.members.slice(1), adminDelaySeconds: -1 }, /adminDelaySeconds/)
    const twice = [...plan.members.slice(1), plan.members[1]]
    await assert.rejects(govern({ members: twice }), /constructor of CityGenesis failed/)
  })
})
