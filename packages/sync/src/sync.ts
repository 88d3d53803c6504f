import type { Clock } from '@busan/primitives'
import type { Logger, Metrics } from '@busan/telemetry'
import { judgeGossipBlock } from './gossip-block.ts'
import { createSyncMetrics } from './metrics.ts'
import { createPeerHeads } from './peer-heads.ts'
import type { ChainPort, GossipVerdict, NetworkPort, PeerHead, PeerId } from './ports.ts'
import { createRefusalJudge } from './refusals.ts'
import { createRunner } from './runner.ts'

/** What sync needs. */
export interface SyncOptions {
  readonly chain: ChainPort
  readonly network: NetworkPort
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** True when the local validator decides blocks alone: it has no one to wait for. */
  readonly isWholeQuorum?: () => boolean
  /** Blocks asked for at once. Default 128. */
  readonly blocksPerRequest?: number
  /** Milliseconds until a silent peer is passed over. Default 10000. */
  readonly stallMs?: number
}

/** `eth_syncing`: false, or from where, at what and to where. */
export type SyncStatus =
  | { readonly syncing: false }
  | {
      readonly syncing: true
      readonly startingBlock: bigint
      readonly currentBlock: bigint
      readonly highestBlock: bigint
    }

/** Keeps the chain at the height of its peers. */
export interface Sync {
  onPeerStatus(peer: PeerId, status: PeerHead): void
  onPeerGone(peer: PeerId): void
  /** Judges a gossiped sealed block (RLP) and imports it when it is the child of the head. */
  onGossipBlock(bytes: Uint8Array, from: PeerId): Promise<GossipVerdict>
  /** Syncing when a peer that keeps its word claims to be more than two blocks ahead. */
  status(): SyncStatus
  /**
   * True while more than two blocks are missing and ranges of more than two come in: a validator must wait.
   * Claims alone, which any peer can make, never stop one; nor does the latest block handed over quickly.
   */
  isBehind(): boolean
  start(): void
  /** Resolves when the import that runs has ended. */
  stop(): Promise<void>
}

/** A peer's range that showed us to be behind this long ago proves nothing any more. */
const EVIDENCE_MS = 5_000

/** @see Sync */
export function createSync(options: SyncOptions): Sync {
  const { chain, clock, logger: log } = options
  const heads = createPeerHeads(clock)
  const judgeRefusal = createRefusalJudge({ clock, log })
  const metrics = createSyncMetrics(options.metrics, heads.credible)
  const runner = createRunner({
    ...{ chain, network: options.network, heads, clock, log, metrics, judgeRefusal },
    blocksPerRequest: options.blocksPerRequest ?? 128,
    stallMs: options.stallMs ?? 10_000,
  })
  const { wake } = runner
  return {
    onPeerStatus(peer, status) {
      heads.told(peer, status.headNumber)
      wake()
    },
    onPeerGone: (peer) => heads.gone(peer),
    onGossipBlock: (bytes, from) =>
      judgeGossipBlock({ chain, heads, log, judgeRefusal, wake }, bytes, from),
    status() {
      if (!runner.isFarBehind()) return { syncing: false }
      const currentBlock = chain.head().header.number
      const startingBlock = runner.startingBlock() ?? currentBlock
      return { syncing: true, startingBlock, currentBlock, highestBlock: heads.credible() }
    },
    isBehind() {
      if (options.isWholeQuorum?.() === true || !runner.isFarBehind()) return false
      return clock.nowMs() - runner.provenMs() < EVIDENCE_MS
    },
    start: runner.start,
    stop: runner.stop,
  }
}
