import type { Block } from '@busan/chain-spec'
import type { ImportReason } from './types.ts'

/** As many as geth keeps. */
const KEPT_MAX = 10

/** What only a block that was sealed, or came from a trusted file, can be refused for. */
const REASONS: ReadonlySet<ImportReason> = new Set([
  'invalid-body',
  'invalid-transaction',
  'invalid-outcome',
])

/** Blocks that others agreed on and that do not hold here: somebody's program is wrong, and people must look. */
export interface BadBlocks {
  /** Keeps the block when the reason is of that kind. */
  note(block: Block, reason: ImportReason): void
  /** The latest last. */
  all(): readonly Block[]
}

/** Keeps the last few, in memory. */
export function createBadBlocks(): BadBlocks {
  const kept: Block[] = []
  return {
    note: (block, reason) => {
      if (!REASONS.has(reason)) return
      kept.push(block)
      if (kept.length > KEPT_MAX) kept.shift()
    },
    all: () => [...kept],
  }
}
