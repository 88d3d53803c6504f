import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { parseGenesis } from '@busan/chain-spec'
import { computeGenesisState, createExecutor, type PermissionRules } from '@busan/execution'
import {
  type Address,
  concatBytes,
  hexToBytes,
  keccakHash,
  padLeft,
  toAddress,
} from '@busan/primitives'
import { createMemoryStore } from '@busan/storage'
import { governGenesis } from '../src/index.ts'

const CONFIG = new URL('../../../chain-config/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, CONFIG), 'utf8')
const REGISTRY = '0x0000000000000000000000000000000000008888'
const VALIDATORS = [1, 2, 3, 4].map((digit) => toAddress(`0x${`${digit}`.repeat(40)}`))
const [sender, plain, factory] = ['a', 'b', 'c'].map((digit) =>
  toAddress(`0x${digit.repeat(40)}`),
) as [Address, Address, Address]
const MODES = ['Open', 'DeployListed', 'AllListed', 'Emergency'] as const

type Alloc = Record<string, { storage: Record<string, string> }>

let genesis: { alloc: Alloc }
before(async () => {
  const text = await governGenesis({
    template: read('devnet/genesis.json'),
    contracts: JSON.parse(read('system-contracts.json')),
    plan: JSON.parse(read('devnet/governance-plan.json')),
    validators: VALIDATORS,
    genesisTimestamp: 1_800_000_000,
  })
  genesis = JSON.parse(text)
})

/** The slot of a mapping's entry. */
const entry = (mapping: number, key: Address) =>
  keccakHash(concatBytes(padLeft(hexToBytes(key), 32), padLeft(Uint8Array.of(mapping), 32)))

/** The city's registry, deployed as a genesis does, with other contents. */
async function registryWith(mode: number, permissions: number): Promise<PermissionRules> {
  const document = structuredClone(genesis)
  const storage = document.alloc[REGISTRY]?.storage as Record<string, string>
  const first = `0x${'00'.repeat(32)}`
  // The mode stands before the authority (20 bytes) and its flag.
  const digits = (storage[first] as string).slice(2)
  storage[first] =
    `0x${digits.slice(0, 20)}${mode.toString(16).padStart(2, '0')}${digits.slice(22)}`
  const word = (value: number) => `0x${value.toString(16).padStart(64, '0')}`
  if (permissions > 0) storage[entry(1, sender)] = word(permissions)
  storage[entry(2, factory)] = word(1)
  const spec = parseGenesis(JSON.stringify(document))
  const store = createMemoryStore()
  const { stateRoot, writes } = await computeGenesisState(spec.alloc)
  await store.batch(writes)
  const executor = createExecutor({ store, spec, blockHashByNumber: () => undefined })
  return executor.permissionsAt(stateRoot) as PermissionRules
}

const subjectOf = (to: Address | null) => ({
  ...{ hash: keccakHash(hexToBytes(to ?? '0x')), sender, to, valueWei: 0n, gasLimit: 21_000n },
  ...{ maxFeePerGasWei: 0n, data: new Uint8Array(0), authorizationList: [] },
})

describe('the rule behind a denial', () => {
  for (const [mode, name] of MODES.entries()) {
    it(`stands against exactly what the registry denies in mode ${name}`, async () => {
      const rules = new Set<string>()
      for (let permissions = 0; permissions < 8; permissions++) {
        const registry = await registryWith(mode, permissions)
        for (const to of [plain, factory, null]) {
          const verdict = await registry.judge(subjectOf(to))
          const rule = await registry.rule({ sender, to })
          assert.equal(rule?.ok, verdict.ok, `permissions ${permissions}, to ${to}`)
          if (rule?.ok === false) {
            assert.match(rule.message, new RegExp(`^mode ${name}: .*0xaAaA`))
            rules.add(rule.reason)
          }
        }
      }
      const expected = {
        Open: [],
        DeployListed: ['deployer-not-listed'],
        AllListed: ['sender-not-listed', 'deployer-not-listed'],
        Emergency: ['emergency'],
      }
      assert.deepEqual(rules, new Set(expected[name]))
    })
  }

  it('is not made up for a registry that is not the city’s', async () => {
    const document = structuredClone(genesis)
    Object.assign(document.alloc[REGISTRY] ?? {}, { code: '0x5f5ffd' })
    const spec = parseGenesis(JSON.stringify(document))
    const store = createMemoryStore()
    const { stateRoot, writes } = await computeGenesisState(spec.alloc)
    await store.batch(writes)
    const executor = createExecutor({ store, spec, blockHashByNumber: () => undefined })
    assert.equal(await executor.permissionsAt(stateRoot)?.rule({ sender, to: null }), undefined)
  })
})
