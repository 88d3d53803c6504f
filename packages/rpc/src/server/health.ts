import { larger } from '../bigint-order.ts'
import type { RpcPorts } from '../ports.ts'

/** What a load balancer asks of a node. */
export interface ReadinessThresholds {
  readonly minPeers: number
  readonly maxBlocksBehind: number
  /** Seconds since the head block's timestamp; a halted chain is not ready. */
  readonly maxHeadAge: number
}

/** One condition, and the numbers behind the judgement. */
export interface HealthCheck {
  readonly name: keyof ReadinessThresholds
  readonly ok: boolean
  readonly detail: string
}

type HealthPorts = Pick<RpcPorts, 'chain' | 'network' | 'sync' | 'clock'>

const HEAD_AGE_MIN_SECONDS = 30
const HEAD_AGE_BLOCKS = 5

/**
 * Thresholds from the chain's own settings: a peer unless this is the only validator, Besu's two blocks, and
 * a head no older than a few block periods.
 */
export function defaultThresholds({ chain }: Pick<RpcPorts, 'chain'>): ReadinessThresholds {
  const qbft = chain.spec.qbftAfter(chain.head().header)
  const periodMs = Math.max(qbft.blockPeriodMs, qbft.emptyBlockPeriodMs)
  const patienceSeconds = Math.ceil((HEAD_AGE_BLOCKS * periodMs + qbft.requestTimeoutMs) / 1000)
  return {
    minPeers: chain.validatorState().validators.length > 1 ? 1 : 0,
    maxBlocksBehind: 2,
    // Nothing more comes to an imported chain.
    maxHeadAge:
      chain.spec.consensus === 'ethereum'
        ? Number.POSITIVE_INFINITY
        : Math.max(HEAD_AGE_MIN_SECONDS, patienceSeconds),
  }
}

/** Judges each threshold; the node is ready when all are met. */
export function checkReadiness(ports: HealthPorts, wanted: ReadinessThresholds): HealthCheck[] {
  const head = ports.chain.head().header
  const status = ports.sync.status()
  const peers = ports.network.peers().length
  const known = [
    ...(status.syncing ? [status.highestBlock] : []),
    ...ports.network.peers().map((peer) => peer.status?.headNumber ?? 0n),
  ].reduce(larger, head.number)
  const behind = known - head.number
  const ageSeconds = Math.max(0, Math.floor(ports.clock.nowMs() / 1000 - Number(head.timestamp)))
  return [
    {
      name: 'minPeers',
      ok: peers >= wanted.minPeers,
      detail: `${peers} peers, want at least ${wanted.minPeers}`,
    },
    {
      name: 'maxBlocksBehind',
      ok: behind <= BigInt(wanted.maxBlocksBehind),
      detail: `${behind} blocks behind, want at most ${wanted.maxBlocksBehind}`,
    },
    {
      name: 'maxHeadAge',
      ok: ageSeconds <= wanted.maxHeadAge,
      detail: `head block ${head.number} is ${ageSeconds} s old, ${ageLimit(wanted.maxHeadAge)}`,
    },
  ]
}

function ageLimit(seconds: number): string {
  return Number.isFinite(seconds) ? `want at most ${seconds} s` : 'and may be of any age'
}
