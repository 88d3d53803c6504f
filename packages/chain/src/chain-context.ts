import type { Block, ChainSpec } from '@busan/chain-spec'
import type { ExecutionResult, Executor } from '@busan/execution'
import type { Clock, Hash, Lru } from '@busan/primitives'
import type { KeyValueStore } from '@busan/storage'
import type { Logger } from '@busan/telemetry'
import type { CanonicalHeaders } from './canonical-headers.ts'
import type { ConsensusRules } from './consensus/ports.ts'
import type { Head } from './head.ts'
import type { ChainMetrics } from './metrics.ts'
import type { StatePruner } from './prune-states.ts'
import type { BlockReader } from './queries/block-reader.ts'
import type { SerialQueue } from './serial-queue.ts'
import type { TipWriter } from './tip-writer.ts'

/** What every step of the import shares. */
export interface ChainContext {
  readonly store: KeyValueStore
  readonly spec: ChainSpec
  readonly consensus: ConsensusRules
  readonly executor: Executor
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ChainMetrics
  readonly canonical: CanonicalHeaders
  readonly reader: BlockReader
  readonly head: Head
  /** Blocks are judged and built in turns here, and what must not come between their steps is done. */
  readonly queue: SerialQueue
  /** Writes the tip while the queue goes on. */
  readonly writer: TipWriter
  readonly pruner: StatePruner
  /**
   * Blocks run on the tip as proposals, by on-chain hash. The hash covers everything that execution sees: it
   * leaves out only the round and the seals, which the EVM cannot read.
   */
  readonly executed: Lru<Hash, ExecutedBlock>
}

/** A block and what running it gave. */
export interface ExecutedBlock {
  readonly block: Block
  readonly result: ExecutionResult
}
