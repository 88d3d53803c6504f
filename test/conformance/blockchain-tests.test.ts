import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Block, decodeBlock, EMPTY_REQUESTS_HASH, type Header } from '@busan/chain-spec'
import type { EvmKind } from '@busan/execution'
import { ETHER, type Hash, type Hex, hexToBytes, toHash } from '@busan/primitives'
import {
  type Alloc,
  type BlockVerdict,
  createFixtureFork,
  EVM_KINDS,
  type FixtureFork,
  FORK_NAMES,
  fixtureFiles,
  headerOf,
  readCases,
  SKIP_WITHOUT_FIXTURES,
} from './fixture-chain.ts'
import { applyBlockStart } from './system-contracts.ts'

interface BlockchainTest {
  readonly network: string
  readonly pre: Alloc
  readonly genesisBlockHeader: { readonly stateRoot: Hash; readonly hash: Hash }
  readonly blocks: readonly FixtureBlock[]
}

interface FixtureBlock {
  readonly rlp: Hex
  readonly expectException?: string
  readonly blockHeader?: { readonly hash: Hash }
}

const BLOB_TYPE = 3

/**
 * Tests of the contracts that collect requests, EIP-7002 and EIP-7251 (where ethereumjs itself fails
 * `test_system_contract_errors` and `test_system_contract_deployment`), EIP-6110 and EIP-7685. This chain calls none.
 */
const REQUEST_CONTRACTS = /\/eip(7002|7251|6110|7685)_/

/** What keeps a case from our executor, each a deliberate difference of this chain. */
type Skip = 'blobs' | 'ommers or withdrawals' | 'requests' | 'fork transition' | 'invalid header'

const hashes = new Map<bigint, Hash>()

/** Paid for each block, before the merge: Frontier 5 ether, Byzantium (EIP-649) 3, Constantinople (EIP-1234) 2. */
function blockReward(name: string): bigint {
  const isFrom = (fork: string) => FORK_NAMES.indexOf(name) >= FORK_NAMES.indexOf(fork)
  if (isFrom('Paris')) return 0n
  if (isFrom('ConstantinopleFix')) return 2n * ETHER
  return isFrom('Byzantium') ? 3n * ETHER : 5n * ETHER
}

/** Forks by name, each made once. */
function createForks(evm: EvmKind): (name: string) => FixtureFork {
  const forks = new Map<string, FixtureFork>()
  const blockHashByNumber = (number: bigint) => hashes.get(number)
  return (name) => {
    const options = { blockRewardWei: blockReward(name), blockHashByNumber, evm }
    const fork = forks.get(name) ?? createFixtureFork(name, options)
    forks.set(name, fork)
    return fork
  }
}

/** Whether the case can be run at all, from the blocks as they are encoded. */
function skipReason(fixture: BlockchainTest): Skip | undefined {
  if (!FORK_NAMES.includes(fixture.network)) return 'fork transition'
  for (const { rlp, expectException } of fixture.blocks) {
    const block = tryDecode(rlp)
    if (expectException !== undefined && !expectException.startsWith('TransactionException')) {
      return 'invalid header'
    }
    if (block === undefined) return 'ommers or withdrawals'
    if (block.transactions.some((raw) => raw[0] === BLOB_TYPE)) return 'blobs'
    if ((block.header.requestsHash ?? EMPTY_REQUESTS_HASH) !== EMPTY_REQUESTS_HASH)
      return 'requests'
  }
  return undefined
}

function tryDecode(rlp: Hex): Block | undefined {
  try {
    return decodeBlock(hexToBytes(rlp))
  } catch {
    return undefined
  }
}

/** What differs from the fixture; undefined: nothing. */
async function runCase(fork: FixtureFork, fixture: BlockchainTest): Promise<string | undefined> {
  const { stateRoot, store } = await fork.open(fixture.pre)
  if (stateRoot !== fixture.genesisBlockHeader.stateRoot) return `genesis state root ${stateRoot}`
  hashes.clear()
  hashes.set(0n, fixture.genesisBlockHeader.hash)
  let parent: Header = headerOf({ stateRoot })
  for (const { rlp, blockHeader, expectException } of fixture.blocks) {
    const block = decodeBlock(hexToBytes(rlp))
    const startRoot = await applyBlockStart(store, parent.stateRoot, block.header)
    const verdict = await fork.execute(block, { ...parent, stateRoot: startRoot })
    const difference = compare(block.header, verdict)
    if (expectException !== undefined) {
      if (difference === undefined) return `${expectException} was accepted`
      continue
    }
    if (difference !== undefined) return `block ${block.header.number}: ${difference}`
    if (verdict.ok) await store.batch(verdict.value.stateWrites)
    hashes.set(block.header.number, toHash(blockHeader?.hash as Hash))
    parent = block.header
  }
  return undefined
}

function compare(header: Header, verdict: BlockVerdict): string | undefined {
  if (!verdict.ok) return `refused: ${verdict.reason}: ${verdict.message}`
  const { stateRoot, receiptsRoot, transactionsRoot, gasUsed, logsBloom } = verdict.value
  const actual = { gasUsed, transactionsRoot, logsBloom, receiptsRoot, stateRoot }
  for (const [field, value] of Object.entries(actual)) {
    const expected = header[field as keyof typeof actual]
    if (value !== expected) return `${field} ${value}, expected ${expected}`
  }
  return undefined
}

for (const evm of EVM_KINDS) {
  test(`blocks of Ethereum end in the same state, receipts and gas: ${evm}`, {
    skip: SKIP_WITHOUT_FIXTURES,
  }, async (context) => {
    const passed = new Map<string, number>()
    const skipped = new Map<string, number>()
    const failures: string[] = []
    const forkOf = createForks(evm)
    const count = (counts: Map<string, number>, key: string) =>
      counts.set(key, (counts.get(key) ?? 0) + 1)
    for (const file of fixtureFiles('blockchain_tests')) {
      for (const [name, fixture] of readCases<BlockchainTest>(file)) {
        const skip = REQUEST_CONTRACTS.test(file) ? 'requests' : skipReason(fixture)
        if (skip !== undefined) {
          count(skipped, skip)
          continue
        }
        const failure = await runCase(forkOf(fixture.network), fixture)
        if (failure === undefined) count(passed, fixture.network)
        else failures.push(`${name}: ${failure}`)
      }
    }
    context.diagnostic(`passed: ${FORK_NAMES.map((fork) => `${fork} ${passed.get(fork) ?? 0}`)}`)
    context.diagnostic(`not run: ${[...skipped].map(([why, times]) => `${times} for ${why}`)}`)
    assert.deepEqual(failures, [])
  })
}
