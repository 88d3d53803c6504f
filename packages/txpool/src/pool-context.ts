import type { FeePolicy } from '@busan/chain-spec'
import type { Clock } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { Departures } from './departures.ts'
import type { EntryBook } from './entries.ts'
import type { EvictionOrder } from './eviction.ts'
import type { PoolLimits } from './limits.ts'
import type { TxPoolMetrics } from './metrics.ts'
import type { HeadState, PoolTransaction } from './types.ts'

/** The parts of one pool, shared by its operations. */
export interface PoolContext<Tx extends PoolTransaction> {
  readonly chainId: bigint
  readonly feePolicy: FeePolicy
  readonly allowsBlobs: boolean
  readonly limits: PoolLimits
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: TxPoolMetrics
  readonly entries: EntryBook<Tx>
  readonly departures: Departures
  readonly evictionOrder: EvictionOrder<Tx>
  /**
   * Replaced by `onHead` before anything else, so that every later check sees the current state.
   */
  head: HeadState
  /** Tells the listeners what changed since the last call, in one batch. */
  announce(): void
}
