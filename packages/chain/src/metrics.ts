import type { Metrics } from '@busan/telemetry'
import type { ImportReason, StoredBlock } from './types.ts'

/** What the import reports. */
export interface ChainMetrics {
  imported(seconds: number): void
  refused(reason: ImportReason): void
}

/** Registers the chain's metrics; the names are those that Besu dashboards already read. */
export function createChainMetrics(
  metrics: Metrics,
  head: () => StoredBlock,
  oldestState: () => bigint,
): ChainMetrics {
  metrics.gauge('ethereum_blockchain_height', 'Number of the head block', () =>
    Number(head().header.number),
  )
  metrics.gauge(
    'besu_blockchain_chain_head_timestamp',
    'Timestamp of the head block, in seconds since the Unix epoch',
    () => Number(head().header.timestamp),
  )
  metrics.gauge('besu_blockchain_chain_head_gas_used', 'Gas used by the head block', () =>
    Number(head().header.gasUsed),
  )
  metrics.gauge('besu_blockchain_chain_head_gas_limit', 'Gas limit of the head block', () =>
    Number(head().header.gasLimit),
  )
  metrics.gauge(
    'besu_blockchain_chain_head_transaction_count',
    'Transactions in the head block',
    () => head().transactions.length,
  )
  metrics.gauge(
    'busan_chain_oldest_state',
    'Number of the oldest block whose state is kept; 0 in an archive',
    () => Number(oldestState()),
  )
  const importSeconds = metrics.histogram(
    'busan_chain_import_seconds',
    'Time from taking a block in hand to its being on disk and announced',
    // An executed proposal takes some 10 ms; a full block that must be executed a few hundred.
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  )
  const refused = metrics.counter('busan_chain_refused_blocks_total', 'Blocks refused, by reason', [
    'reason',
  ])
  return {
    imported: (seconds) => importSeconds.observe(seconds),
    refused: (reason) => refused.add(1, { reason }),
  }
}
