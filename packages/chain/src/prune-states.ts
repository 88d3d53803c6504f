import { setImmediate } from 'node:timers/promises'
import { createKeySet, type KeySet, type StateSweep } from '@busan/execution'
import type { Hash } from '@busan/primitives'
import {
  type BatchOperation,
  type KeyValueStore,
  putOldestState,
  readOldestState,
} from '@busan/storage'
import type { Logger } from '@busan/telemetry'
import type { Head } from './head.ts'
import type { BlockReader } from './queries/block-reader.ts'
import type { SerialQueue } from './serial-queue.ts'
import type { TipWriter } from './tip-writer.ts'

/** Which states a chain keeps, and who finds the rest. */
export interface PruningOptions {
  readonly sweep: StateSweep
  /** States of the last so many blocks are always there. */
  readonly keptStates: number
  /** Blocks between two sweeps; default: as many as are kept, and 1,000 at least. */
  readonly everyBlocks?: number
}

/** Gives up old states, one sweep at a time. */
export interface StatePruner {
  /** Told of what each block writes, before it does: a node that a sweep has found may be made again. */
  noteWrites(writes: readonly BatchOperation[]): void
  /** Begins a sweep when it is time and none is under way. */
  consider(): void
  /** Begins no more; one that is under way ends with the queue or the sweep. */
  close(): void
}

/** Keeps everything. */
export const NO_PRUNER: StatePruner = { noteWrites: () => {}, consider: () => {}, close: () => {} }

/** What a pruner works on. */
export interface PrunerContext {
  readonly store: KeyValueStore
  readonly reader: Pick<BlockReader, 'headerByNumber'>
  readonly head: Pick<Head, 'current'>
  /** Imports wait here: nothing is deleted while a block is being written. */
  readonly queue: SerialQueue
  readonly writer: Pick<TipWriter, 'written'>
  readonly logger: Logger
}

/** Runs what must not come while a block is judged or written. */
type BetweenImports = <Result>(task: () => Promise<Result>) => Promise<Result>

const BLOCKS_BETWEEN_SWEEPS = 1_000

/** Read between two turns of the event loop. */
const HEADERS_PER_TURN = 64n

/** A pruner that has not begun. */
export function createStatePruner(context: PrunerContext, options: PruningOptions): StatePruner {
  const { keptStates, everyBlocks = Math.max(keptStates, BLOCKS_BETWEEN_SWEEPS) } = options
  /** Of the blocks since the sweep began; undefined: there is none. */
  let written: KeySet | undefined
  let isClosed = false
  const isDue = (): boolean => {
    const { number } = context.head.current().block.header
    const oldest = readOldestState(context.store) ?? 0n
    return number + 1n - oldest >= BigInt(keptStates + everyBlocks)
  }
  const betweenImports: BetweenImports = (task) =>
    context.queue.run(async () => {
      // A write that failed has told its caller.
      await context.writer.written().catch(() => {})
      return task()
    })
  const sweep = async (): Promise<void> => {
    const started = await betweenImports(() => giveUpStates(context, keptStates))
    const roots = await rootsOf(context.reader, started)
    await options.sweep.begin({ roots, slotsUnsetUpTo: started.before })
    const isUnneeded = (key: Uint8Array) => written?.has(key) === false
    const deleted = await deleteUnneeded(context.store, options.sweep, {
      betweenImports,
      isUnneeded,
    })
    context.logger.info('swept old states', { oldestState: started.oldest, deleted })
  }
  return {
    noteWrites: (writes) => {
      if (written === undefined) return
      for (const { key } of writes) if (endsWithHash(key)) written.add(key)
    },
    consider: () => {
      if (isClosed || written !== undefined || !isDue()) return
      written = createKeySet()
      void sweep()
        .catch((error: unknown) => {
          if (isClosed) return
          context.logger.error('old states stay: the sweep failed', { error })
        })
        .finally(() => {
          written = undefined
        })
    },
    close: () => {
      isClosed = true
    },
  }
}

/** Says on disk which states are given up, before any is; a crash after that leaves garbage for the next sweep. */
async function giveUpStates({ store, head }: PrunerContext, keptStates: number) {
  const { number } = head.current().block.header
  const before = readOldestState(store) ?? 0n
  const wanted = number + 1n - BigInt(keptStates)
  const oldest = wanted > before ? wanted : before
  await store.batch([putOldestState(oldest)])
  return { number, oldest, before }
}

/** State roots of the blocks, the head's first: what the others have in common with it is walked once. */
async function rootsOf(
  reader: PrunerContext['reader'],
  { number, oldest }: { readonly number: bigint; readonly oldest: bigint },
): Promise<readonly Hash[]> {
  const roots: Hash[] = []
  for (let at = number; at >= oldest; at--) {
    const header = reader.headerByNumber(at)
    if (header !== undefined && header.stateRoot !== roots.at(-1)) roots.push(header.stateRoot)
    // Consensus shares this thread, and a node may keep a million states.
    if (at % HEADERS_PER_TURN === 0n) await setImmediate()
  }
  return roots
}

async function deleteUnneeded(
  store: KeyValueStore,
  sweep: StateSweep,
  how: { readonly betweenImports: BetweenImports; isUnneeded(key: Uint8Array): boolean },
): Promise<number> {
  let deleted = 0
  for (;;) {
    const found = await sweep.next()
    if (found.length === 0) return deleted
    await how.betweenImports(async () => {
      const gone = found.filter(how.isUnneeded)
      deleted += gone.length
      await store.batch(
        gone.map((key) => ({ type: 'del', key })),
        { sync: false },
      )
    })
  }
}

/** All that a sweep can find does. */
function endsWithHash(key: Uint8Array): boolean {
  return key.length > 32
}
