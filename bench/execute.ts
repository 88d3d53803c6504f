// npm run bench -- execute: blocks of work on a state on disk: decoding, recovery, execution, roots and write.
import { parseArgs } from 'node:util'
import type { Block, Header } from '@busan/chain-spec'
import {
  createExecutor,
  createSenderRecovery,
  createTransactionDecoder,
  type EvmKind,
} from '@busan/execution'
import { type ChainState, createChainState, type Work, workBlock } from './lib/chain-state.ts'
import { compareLoops } from './lib/loops.ts'
import { median, printTable, short, spread, timeMs } from './lib/report.ts'
import { createStockVm, runStockBlock } from './lib/stock.ts'

/** A way to run blocks one after another, from genesis on. */
interface Runner {
  readonly name: string
  /** Runs the next block and writes it. @returns the state root */
  next(block: Block): Promise<string>
  close(): Promise<void>
}

interface Outcome {
  readonly roots: string[]
  readonly ms: number[]
  gasUsed: number
}

const COUNTS: Readonly<Record<Work, number>> = {
  transfers: 1000,
  erc20: 1000,
  deploys: 200,
  storage: 200,
}

/** `--accounts N`, `--rounds N`, `--work a,b`, `--without stock`, `--growth`, `--loops`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      accounts: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '3' },
      work: { type: 'string', default: 'transfers,erc20,deploys,storage' },
      without: { type: 'string', default: '' },
      growth: { type: 'boolean', default: false },
      loops: { type: 'boolean', default: false },
    },
  })
  const works = values.work.split(',') as Work[]
  if (values.growth) return measureGrowth(works, Number(values.rounds))
  if (values.loops) return compareLoops(Number(values.rounds))
  const state = await createChainState(Number(values.accounts))
  try {
    for (const work of works) {
      await compareOn(state, work, Number(values.rounds), values.without.split(','))
    }
  } finally {
    await state.close()
  }
}

async function compareOn(
  state: ChainState,
  work: Work,
  rounds: number,
  without: readonly string[],
): Promise<void> {
  // The first block of each warms up and is not counted.
  const blocks = Array.from({ length: rounds + 1 }, (_, i) =>
    workBlock(state, work, i + 1, COUNTS[work]),
  )
  const runners = [
    ...(without.includes('stock') ? [] : [await stockRunner(state)]),
    oursRunner(state, 'reference'),
    oursRunner(state, 'fast'),
  ]
  const outcomes = new Map(
    runners.map(({ name }) => [name, { roots: [], ms: [], gasUsed: 0 } as Outcome]),
  )
  for (const [index, block] of blocks.entries()) {
    const rotated = runners.map((_, i) => runners[(i + index) % runners.length] as Runner)
    for (const runner of rotated) {
      const outcome = outcomes.get(runner.name) as Outcome
      const ms = await timeMs(async () => outcome.roots.push(await runner.next(block)))
      if (index > 0) outcome.ms.push(ms)
    }
  }
  for (const runner of runners) await runner.close()
  print(work, outcomes)
}

function print(work: Work, outcomes: ReadonlyMap<string, Outcome>): void {
  const all = [...outcomes]
  const [, first] = all[0] as (typeof all)[number]
  const isEqual = all.every(([, { roots }]) => roots.join() === first.roots.join())
  console.log(`\n${work}: blocks of ${COUNTS[work]}, state roots ${isEqual ? 'equal' : 'DIFFER'}`)
  printTable([
    ['', 'ms a block', 'tx/s', 'times the first'],
    ...all.map(([name, { ms }]) => [
      name,
      spread(ms),
      short((COUNTS[work] / median(ms)) * 1000),
      short(median(first.ms) / median(ms)),
    ]),
  ])
  if (!isEqual) process.exitCode = 1
}

async function stockRunner(state: ChainState): Promise<Runner> {
  const { vm, close } = await createStockVm(state)
  return { name: 'stock', next: (block) => runStockBlock(vm, block), close }
}

function oursRunner({ spec, store, genesis }: ChainState, evm: EvmKind): Runner {
  const recovery = createSenderRecovery()
  const decode = createTransactionDecoder({ recovery })
  const executor = createExecutor({ store, spec, evm, decode, blockHashByNumber: () => undefined })
  let parent: Header = genesis
  return {
    name: evm === 'fast' ? 'ours' : 'ours, reference evm',
    async next(block) {
      const verdict = await executor.executeBlock(block, parent)
      if (!verdict.ok) throw new Error(verdict.message)
      const { stateWrites, stateRoot, receipts } = verdict.value
      const failed = receipts.filter(({ succeeded }) => !succeeded)
      if (failed.length > 0) throw new Error(`${failed.length} transactions failed`)
      await store.batch(stateWrites, { sync: true })
      parent = { ...block.header, stateRoot }
      return stateRoot
    },
    close: () => recovery.close(),
  }
}

/** Not counted: they would pay for what is compiled while they run. */
const WARM_UP_BLOCKS = 3

/** The same block on states of 10,000, 100,000 and 1,000,000 accounts, by turns: the machine's moods meet all of them. */
async function measureGrowth(works: readonly Work[], rounds: number): Promise<void> {
  const states: ChainState[] = []
  for (const accounts of [10_000, 100_000, 1_000_000]) states.push(await createChainState(accounts))
  for (const work of works) {
    const runners = states.map((state) => oursRunner(state, 'fast'))
    const ms = states.map((): number[] => [])
    for (let height = 1; height <= rounds + WARM_UP_BLOCKS; height++) {
      for (const [index, state] of states.entries()) {
        const block = workBlock(state, work, height, COUNTS[work])
        const took = await timeMs(async () => runners[index]?.next(block))
        if (height > WARM_UP_BLOCKS) ms[index]?.push(took)
      }
    }
    for (const runner of runners) await runner.close()
    printGrowth(work, states, ms)
  }
  for (const state of states) await state.close()
}

function printGrowth(work: Work, states: readonly ChainState[], ms: readonly number[][]): void {
  const first = median(ms[0] as number[])
  console.log('')
  printTable([
    ['accounts', `${work}, ms a block`, 'times the first'],
    ...states.map(({ accountCount }, index) => {
      const own = ms[index] as number[]
      return [accountCount.toLocaleString('en-US'), spread(own), (median(own) / first).toFixed(2)]
    }),
  ])
}
