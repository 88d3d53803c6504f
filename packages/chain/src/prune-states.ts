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
  readonly logger: Logger
}

const BLOCKS_BETWEEN_SWEEPS = 1_000

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
  const sweep = async (): Promise<void> => {
    const started = await context.queue.run(() => giveUpStates(context, keptStates))
    await options.sweep.begin(started.kept)
    const deleted = await deleteUnneeded(context, options.sweep, (key) => written?.has(key) ?? true)
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
async function giveUpStates({ store, reader, head }: PrunerContext, keptStates: number) {
  const { number } = head.current().block.header
  const before = readOldestState(store) ?? 0n
  const wanted = number + 1n - BigInt(keptStates)
  const oldest = wanted > before ? wanted : before
  await store.batch([putOldestState(oldest)])
  const roots: Hash[] = []
  // The head first: what the others have in common with it is walked once.
  for (let at = number; at >= oldest; at--) {
    const header = reader.headerByNumber(at)
    if (header !== undefined && header.stateRoot !== roots.at(-1)) roots.push(header.stateRoot)
  }
  return { oldest, kept: { roots, slotsUnsetUpTo: before } }
}

async function deleteUnneeded(
  { store, queue }: PrunerContext,
  sweep: StateSweep,
  isWrittenSince: (key: Uint8Array) => boolean,
): Promise<number> {
  let deleted = 0
  for (;;) {
    const found = await sweep.next()
    if (found.length === 0) return deleted
    await queue.run(async () => {
      const gone = found.filter((key) => !isWrittenSince(key))
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
