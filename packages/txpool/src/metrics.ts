import type { Metrics } from '@busan/telemetry'
import type { PoolReason } from './types.ts'

/** What the pool reports to operators. */
export interface TxPoolMetrics {
  /** Counts one refused transaction. */
  rejected(reason: PoolReason): void
}

/** Registers the pool's metrics; the gauges read the pool at each scrape. */
export function createTxPoolMetrics(
  metrics: Metrics,
  counts: { pending(): number; queued(): number },
): TxPoolMetrics {
  metrics.gauge('busan_txpool_pending', 'Executable transactions in the pool', counts.pending)
  metrics.gauge('busan_txpool_queued', 'Transactions waiting for a missing nonce', counts.queued)
  const rejected = metrics.counter(
    'busan_txpool_rejected_total',
    'Transactions refused at admission, by reason',
    ['reason'],
  )
  return { rejected: (reason) => rejected.add(1, { reason }) }
}
