import type { CounterMetric, HistogramMetric, Metrics } from '@busan/telemetry'

/** How long blocks take to run, and how much gas runs. */
export interface ExecutionMetrics {
  /** Label `kind`: `execute` or `build`. */
  readonly blockSeconds: HistogramMetric
  readonly gas: CounterMetric
}

/** Registers the metrics of this package. */
export function createExecutionMetrics(metrics: Metrics): ExecutionMetrics {
  return {
    blockSeconds: metrics.histogram(
      'busan_execution_block_seconds',
      'Time to run all transactions of a block and compute its roots',
      // An empty block takes a millisecond, a full one some hundred; above a second a round is at risk.
      [0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
      ['kind'],
    ),
    gas: metrics.counter('busan_execution_gas_total', 'Gas used by blocks run here'),
  }
}
