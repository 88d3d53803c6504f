import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Header } from '@busan/chain-spec'
import type { EvmKind } from '@busan/execution'
import { type Hash, type Hex, hexToBytes, keccakHash, toAddress, toHash } from '@busan/primitives'
import {
  type Alloc,
  createFixtureFork,
  createSampler,
  EVM_KINDS,
  type FixtureFork,
  FORK_NAMES,
  fixtureFiles,
  headerOf,
  logsHash,
  readCases,
  SKIP_WITHOUT_FIXTURES,
  word,
} from './fixture-chain.ts'

interface StateTest {
  readonly env: Readonly<Record<string, Hex>>
  readonly pre: Alloc
  readonly post: Readonly<Record<string, readonly Post[]>>
}

interface Post {
  readonly hash: Hash
  readonly logs: Hash
  readonly txbytes: Hex
  readonly expectException?: string
}

const BLOB_TYPE = 3

/** BLOCKHASH in a state test is keccak256 of the number's decimal digits. */
const ancestorHash = (number: bigint): Hash =>
  keccakHash(new TextEncoder().encode(number.toString()))

/** Forks by name, each made once. */
function createForks(evm: EvmKind): (name: string) => FixtureFork {
  const forks = new Map<string, FixtureFork>()
  const options = { blockHashByNumber: ancestorHash, evm }
  return (name) => {
    const fork = forks.get(name) ?? createFixtureFork(name, options)
    forks.set(name, fork)
    return fork
  }
}

function environment(env: StateTest['env']): Partial<Header> {
  const { currentBaseFee, currentRandom, currentExcessBlobGas } = env
  const number = BigInt(env.currentNumber as Hex)
  return {
    parentHash: ancestorHash(number - 1n),
    number,
    coinbase: toAddress(env.currentCoinbase as Hex),
    gasLimit: BigInt(env.currentGasLimit as Hex),
    timestamp: BigInt(env.currentTimestamp as Hex),
    difficulty: BigInt(env.currentDifficulty as Hex),
    ...(currentBaseFee === undefined ? {} : { baseFeePerGas: BigInt(currentBaseFee) }),
    ...(currentRandom === undefined ? {} : { mixHash: word(currentRandom) }),
    ...(currentExcessBlobGas === undefined ? {} : { excessBlobGas: BigInt(currentExcessBlobGas) }),
  }
}

/** What differs from the fixture; undefined: nothing. */
async function runPost(
  fork: FixtureFork,
  { env, pre }: StateTest,
  post: Post,
): Promise<string | undefined> {
  const { stateRoot } = await fork.open(pre)
  const block = {
    header: headerOf(environment(env)),
    transactions: [hexToBytes(post.txbytes)],
  }
  const verdict = await fork.execute(block, headerOf({ stateRoot }))
  if (post.expectException !== undefined) {
    return verdict.ok ? `${post.expectException} was accepted` : undefined
  }
  if (!verdict.ok) return `refused: ${verdict.reason}: ${verdict.message}`
  const { value } = verdict
  if (value.stateRoot !== toHash(post.hash)) return `state root ${value.stateRoot}`
  const logs = logsHash(value)
  return logs === post.logs ? undefined : `logs ${logs}`
}

/** One case of each so many runs; BUSAN_ALL_VECTORS runs all (five minutes on two cores). */
const SAMPLE_ONE_IN = 6

for (const evm of EVM_KINDS) {
  test(`state tests of Ethereum end in the same state: ${evm}`, {
    skip: SKIP_WITHOUT_FIXTURES,
  }, async (context) => {
    const passed = new Map(FORK_NAMES.map((name) => [name, 0]))
    const failures: string[] = []
    let blobs = 0
    const forkOf = createForks(evm)
    const isSampled = createSampler(SAMPLE_ONE_IN)
    for (const { name, fork, fixture, post } of allPosts()) {
      if (!isSampled()) continue
      if (hexToBytes(post.txbytes)[0] === BLOB_TYPE) {
        blobs++
        continue
      }
      const failure = await runPost(forkOf(fork), fixture, post)
      if (failure === undefined) passed.set(fork, (passed.get(fork) ?? 0) + 1)
      else failures.push(`${name} (${fork}): ${failure}`)
    }
    context.diagnostic(
      `passed: ${[...passed].map(([fork, count]) => `${fork} ${count}`).join(', ')}`,
    )
    context.diagnostic(`not run: ${blobs} with blob transactions, which this chain refuses`)
    assert.deepEqual(failures, [])
  })
}

function* allPosts(): Iterable<{ name: string; fork: string; fixture: StateTest; post: Post }> {
  for (const file of fixtureFiles('state_tests')) {
    for (const [name, fixture] of readCases<StateTest>(file)) {
      for (const [fork, posts] of Object.entries(fixture.post)) {
        for (const post of posts) yield { name, fork, fixture, post }
      }
    }
  }
}
