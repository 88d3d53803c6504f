// npm run bench -- delay: how long blocks of 30 M gas keep everything else on their thread waiting.
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { openChain } from '@busan/chain'
import { type Block, parseGenesis } from '@busan/chain-spec'
import {
  computeGenesisState,
  createExecutor,
  createPrecompileThread,
  createSenderRecovery,
  createTransactionDecoder,
  type Transaction,
} from '@busan/execution'
import { type Hash, hexToBytes, privateKeyToAddress, signDigest } from '@busan/primitives'
import { sealHash, withSeals } from '@busan/qbft'
import { openLevelStore } from '@busan/storage'
import { createMetrics, silentLogger } from '@busan/telemetry'
import { senderKey } from './lib/chain-state.ts'
import { type DelayWork, delayGenesis, delayWorks, transactionsOf } from './lib/delay-works.ts'
import { median, printTable, short, spread } from './lib/report.ts'

/** What a delay is measured in: the timer that is late fires each millisecond. */
const RESOLUTION_MS = 1

/** `--work a,b`; `--rounds 10`: as many blocks of each count, for whatever else the machine does shows up in one of them. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { work: { type: 'string' }, rounds: { type: 'string', default: '3' } },
  })
  const count = Number(values.rounds)
  const named = values.work?.split(',')
  const works = delayWorks().filter(({ name }) => named?.includes(name) ?? true)
  const proposer = await openBenchChain(works)
  const follower = await openBenchChain(works)
  const nonces: number[] = []
  const rows = [
    [
      '',
      'Mgas a block',
      'build, ms',
      'longest wait, ms',
      'check, ms',
      'longest wait, ms',
      'import, ms',
      'longest wait, ms',
    ],
  ]
  try {
    for (const work of works) rows.push(await measure(work, { proposer, follower, nonces, count }))
  } finally {
    await proposer.close()
    await follower.close()
  }
  console.log('')
  printTable(rows)
}

interface Setting {
  readonly proposer: BenchChain
  readonly follower: BenchChain
  readonly nonces: number[]
  /** Blocks that are measured of each work. */
  readonly count: number
}

interface Waited {
  readonly ms: number
  /** The longest that a timer came late. */
  readonly longestMs: number
}

async function measure(
  work: DelayWork,
  { proposer, follower, nonces, count }: Setting,
): Promise<string[]> {
  const mine = async () => {
    const transactions = transactionsOf(work, nonces).map(proposer.decode)
    const [block, building] = await waited(() => proposer.build(transactions))
    const [, checking] = await waited(() => follower.check(block))
    const sealed = seal(block)
    const [, importing] = await waited(() => follower.import(sealed))
    await proposer.import(sealed)
    return { gasUsed: block.header.gasUsed, parts: [building, checking, importing] }
  }
  // Warms up.
  const { gasUsed, parts } = await mine()
  const rounds: (typeof parts)[] = []
  while (rounds.length < count) rounds.push((await mine()).parts)
  const cells = parts.flatMap((_, part) => {
    const waits = rounds.map((round) => round[part] as Waited)
    return [
      short(median(waits.map(({ ms }) => ms))),
      spread(waits.map(({ longestMs }) => longestMs)),
    ]
  })
  return [work.name, short(Number(gasUsed) / 1e6), ...cells]
}

async function waited<Value>(task: () => Promise<Value>): Promise<[Value, Waited]> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const someTicks = () => new Promise((resolve) => setTimeout(resolve, 5 * RESOLUTION_MS))
  delay.enable()
  await someTicks()
  const startedMs = performance.now()
  const value = await task()
  const ms = performance.now() - startedMs
  await someTicks()
  delay.disable()
  return [value, { ms, longestMs: delay.max / 1e6 }]
}

/** A chain of one validator on disk, with the contracts of all works. */
interface BenchChain {
  decode(raw: Uint8Array): Transaction
  build(transactions: readonly Transaction[]): Promise<Block>
  check(block: Block): Promise<void>
  import(block: Block): Promise<void>
  close(): Promise<void>
}

async function openBenchChain(works: readonly DelayWork[]): Promise<BenchChain> {
  const spec = parseGenesis(delayGenesis(works))
  const folder = await mkdtemp(path.join(os.tmpdir(), 'busan-bench-'))
  const store = await openLevelStore(folder, { logger: silentLogger })
  const recovery = createSenderRecovery()
  const precompileThread = createPrecompileThread()
  let hashByNumber: (number: bigint) => Hash | undefined = () => undefined
  const executor = createExecutor({
    store,
    spec,
    precompileThread,
    decode: createTransactionDecoder({ recovery }),
    blockHashByNumber: (number) => hashByNumber(number),
  })
  const chain = await openChain({
    store,
    spec,
    executor,
    genesisState: () => computeGenesisState(spec.alloc),
    clock: { nowMs: () => Date.now(), schedule: () => ({ cancel: () => {} }) },
    logger: silentLogger,
    metrics: createMetrics(),
  })
  hashByNumber = chain.hashByNumber
  const must = (verdict: { readonly ok: boolean; readonly message?: string }) => {
    if (!verdict.ok) throw new Error(verdict.message)
  }
  return {
    decode(raw) {
      const decoded = executor.decodeTransaction(raw)
      if (!decoded.ok) throw new Error(decoded.message)
      return decoded.value
    },
    build: async (transactions) => {
      const { block } = await chain.buildProposal({
        round: 0,
        coinbase: privateKeyToAddress(senderKey(0)),
        nowMs: Number(chain.head().header.timestamp + 1n) * 1000,
        vanity: new Uint8Array(32),
        budgetMs: 600_000,
        candidates: Object.assign([...transactions], { skipSender: () => {} }),
      })
      return block
    },
    check: async (block) => must(await chain.checkProposal(block)),
    import: async (block) => must(await chain.importBlock(block)),
    close: async () => {
      await chain.close()
      await recovery.close()
      await precompileThread.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

function seal(block: Block): Block {
  const digest = hexToBytes(sealHash(block.header))
  return { ...block, header: withSeals(block.header, [signDigest(digest, senderKey(0))]) }
}
