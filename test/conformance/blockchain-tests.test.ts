// The public blockchain fixtures, imported block by block as `busan blocks import` does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openChain } from '@busan/chain'
import { type Block, type ChainSpec, decodeImportedBlock, type Header } from '@busan/chain-spec'
import { computeGenesisState, createExecutor, type EvmKind } from '@busan/execution'
import { type Hash, type Hex, hexToBytes } from '@busan/primitives'
import { createMemoryStore, type KeyValueStore } from '@busan/storage'
import { createMetrics, silentLogger } from '@busan/telemetry'
import {
  type Alloc,
  EVM_KINDS,
  FORK_NAMES,
  fixtureFiles,
  genesisAccounts,
  importedSpec,
  readCases,
  SKIP_WITHOUT_FIXTURES,
} from './fixture-chain.ts'

interface BlockchainTest {
  readonly network: string
  readonly pre: Alloc
  readonly genesisRLP: Hex
  readonly genesisBlockHeader: { readonly hash: Hash }
  readonly lastblockhash: Hash
  readonly blocks: readonly { readonly rlp: Hex; readonly expectException?: string }[]
}

/** Later than any timestamp of 64 bits: fixtures use the largest. */
const NOW_MS = 2 ** 75

/** Rules and machines of one network, made once; the database is exchanged for each case. */
interface Network {
  run(fixture: BlockchainTest): Promise<string | undefined>
}

function createNetwork(name: string, evm: EvmKind): Network {
  const spec = importedSpec(name)
  let store: KeyValueStore = createMemoryStore()
  let hashByNumber: (number: bigint) => Hash | undefined = () => undefined
  const executor = createExecutor({
    store: { get: (key) => store.get(key) },
    spec,
    blockHashByNumber: (number) => hashByNumber(number),
    evm,
  })
  return {
    async run(fixture) {
      store = createMemoryStore()
      const { header } = decodeImportedBlock(hexToBytes(fixture.genesisRLP))
      const chain = await openChain({
        store,
        spec: withGenesis(spec, header),
        executor,
        genesisState: () => computeGenesisState(genesisAccounts(fixture.pre)),
        clock: { nowMs: () => NOW_MS, schedule: () => ({ cancel() {} }) },
        logger: silentLogger,
        metrics: createMetrics(),
      })
      hashByNumber = chain.hashByNumber
      if (chain.genesisHash !== fixture.genesisBlockHeader.hash) return 'another genesis'
      for (const [index, { rlp, expectException }] of fixture.blocks.entries()) {
        const block = tryDecode(rlp)
        const verdict = block && (await chain.importBlock(block))
        const isIn = verdict?.ok === true
        if (expectException !== undefined && isIn) return `${expectException} was accepted`
        if (expectException === undefined && !isIn) {
          return `block ${index + 1}: ${verdict?.ok === false ? verdict.message : 'not decodable'}`
        }
      }
      const { hash } = chain.head()
      return hash === fixture.lastblockhash ? undefined : `the head is ${hash}`
    },
  }
}

/** The header with the state root that was computed, so that a wrong one is found by the hash. */
function withGenesis(spec: ChainSpec, header: Header): ChainSpec {
  return { ...spec, genesisHeader: (stateRoot) => ({ ...header, stateRoot }) }
}

function tryDecode(rlp: Hex): Block | undefined {
  try {
    return decodeImportedBlock(hexToBytes(rlp))
  } catch {
    return undefined
  }
}

for (const evm of EVM_KINDS) {
  test(`blocks of Ethereum are imported or refused as they must be: ${evm}`, {
    skip: SKIP_WITHOUT_FIXTURES,
  }, async (context) => {
    const networks = new Map<string, Network>()
    const passed = new Map(FORK_NAMES.map((name) => [name, 0]))
    const failures: string[] = []
    for (const file of fixtureFiles('blockchain_tests')) {
      for (const [name, fixture] of readCases<BlockchainTest>(file)) {
        const network = networks.get(fixture.network) ?? createNetwork(fixture.network, evm)
        networks.set(fixture.network, network)
        const failure = await network.run(fixture)
        if (failure === undefined) {
          passed.set(fixture.network, (passed.get(fixture.network) ?? 0) + 1)
        } else failures.push(`${name}: ${failure}`)
      }
    }
    context.diagnostic(
      `passed: ${[...passed].map(([fork, count]) => `${fork} ${count}`).join(', ')}`,
    )
    assert.deepEqual(failures, [])
  })
}
