import type { CounterMetric, Metrics } from '@busan/telemetry'
import type { Connections } from './connections.ts'

/** What the network layer counts. */
export interface P2pMetrics {
  /** Labels: topic, verdict (accept, ignore, reject; duplicate: judged before). Direct streams count as `qbft`. */
  readonly gossipMessages: CounterMetric
  /** Labels: protocol (a topic or request protocol), direction (in, out). Payload, without framing. */
  readonly bytes: CounterMetric
  /** Labels: protocol, outcome (ok or the kind of failure). */
  readonly requests: CounterMetric
  /** Labels: reason. */
  readonly penalties: CounterMetric
  /** Labels: reason (banned, not-allowed, full). */
  readonly refusals: CounterMetric
}

/** Registers the metrics of one host. */
export function createP2pMetrics(metrics: Metrics, connections: Connections): P2pMetrics {
  metrics.gauge('busan_p2p_peers', 'Connected peers', () => connections.peers().length)
  metrics.gauge(
    'busan_p2p_connections_inbound',
    'Open connections that others dialled',
    () => connections.all().filter(({ direction }) => direction === 'inbound').length,
  )
  return {
    gossipMessages: metrics.counter(
      'busan_p2p_gossip_messages_total',
      'Messages received by gossip or direct stream, by verdict',
      ['topic', 'verdict'],
    ),
    bytes: metrics.counter('busan_p2p_bytes_total', 'Payload bytes sent and received', [
      'protocol',
      'direction',
    ]),
    requests: metrics.counter('busan_p2p_requests_total', 'Requests sent to peers, by outcome', [
      'protocol',
      'outcome',
    ]),
    penalties: metrics.counter('busan_p2p_penalties_total', 'Penalties given to peers', ['reason']),
    refusals: metrics.counter('busan_p2p_refusals_total', 'Connections refused', ['reason']),
  }
}
