// Blocks of a test chain, run again under a tracer.
import type { Header } from '@busan/chain-spec'
import { toHash } from '@busan/primitives'
import type { TracerSpec, Transaction } from '../src/index.ts'
import type { World } from './world.ts'

const BLOCK_HASH = toHash(`0x${'bb'.repeat(32)}`)

/** What a transaction needs of time and room in tests. */
export const PLENTY = { timeoutMs: 60_000, sizeMax: 100_000_000 }

/** Mines the transactions on `parent` and traces each of them. */
export async function traceMined<Result>(
  world: World,
  transactions: readonly Transaction[],
  tracer: TracerSpec,
  parent: Header = world.genesis,
): Promise<readonly Result[]> {
  const { block } = await world.mine(parent, transactions)
  const traceable = { hash: BLOCK_HASH, header: block.header, transactions }
  const traces = await world.executor.traceBlock(traceable, parent, { tracer, ...PLENTY })
  return traces.map((json) => JSON.parse(json) as Result)
}

/** The hash that traced blocks have. */
export const TRACED_BLOCK_HASH = BLOCK_HASH
