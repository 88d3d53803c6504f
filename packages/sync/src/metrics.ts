import type { CounterMetric, Metrics } from '@busan/telemetry'

/** What catching up counts. */
export interface SyncMetrics {
  readonly blocksImported: CounterMetric
  /** Labels: outcome (ok, empty, malformed, failed, stalled). */
  readonly downloads: CounterMetric
}

/** Registers the metrics of one node. @param highestBlock the highest head that a peer claims */
export function createSyncMetrics(metrics: Metrics, highestBlock: () => bigint): SyncMetrics {
  metrics.gauge('busan_sync_highest_block', 'Highest head that a connected peer claims', () =>
    Number(highestBlock()),
  )
  return {
    blocksImported: metrics.counter(
      'busan_sync_blocks_imported_total',
      'Blocks imported by catching up',
    ),
    downloads: metrics.counter('busan_sync_downloads_total', 'Range downloads, by outcome', [
      'outcome',
    ]),
  }
}
