import type { CounterMetric, HistogramMetric, Metrics } from '@busan/telemetry'

/** What the server counts. `method` is a name of ours or `unknown`; `code` is `ok` or a JSON-RPC code. */
export interface RpcMetrics {
  readonly requests: CounterMetric
  readonly duration: HistogramMetric
}

/** Most requests are reads of some 0.2 ms; calls run up to five seconds, waits for inclusion longer. */
const DURATION_BUCKETS_SECONDS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 20]

/** Registers this package's metrics. @param connections read at each scrape */
export function createRpcMetrics(metrics: Metrics, connections: () => number): RpcMetrics {
  metrics.gauge('busan_rpc_websocket_connections', 'Open WebSocket connections.', connections)
  return {
    requests: metrics.counter('busan_rpc_requests_total', 'JSON-RPC requests by outcome.', [
      'method',
      'code',
    ]),
    duration: metrics.histogram(
      'busan_rpc_request_duration_seconds',
      'Time from parsed request to result.',
      DURATION_BUCKETS_SECONDS,
      ['method'],
    ),
  }
}
