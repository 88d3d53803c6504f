import type { Clock } from '@busan/primitives'
import type { Logger, Metrics } from '@busan/telemetry'
import type { P2pHandlers, PeerId } from './types.ts'

/** What a host needs. */
export interface P2pOptions {
  /** The node's libp2p private key in protobuf form. */
  readonly identity: Uint8Array
  /** Multiaddrs to listen on; port 0 takes a free one. Default: loopback, any port. */
  readonly listen?: readonly string[]
  /** Multiaddrs told to others in place of the listen addresses, for hosts behind NAT. */
  readonly announce?: readonly string[]
  /** Static peers and bootnodes, each with /p2p/ID; dialled until the host stops. */
  readonly peers?: readonly string[]
  /** The only peers that may connect, in either direction; undefined: anyone. Read at each decision. */
  readonly allowedPeers?: () => ReadonlySet<PeerId> | undefined
  /** Peers whose slots are reserved. Read at each decision. */
  readonly validatorPeers?: () => ReadonlySet<PeerId>
  /** Connected peers that are neither validators nor in `peers`. Default 50. */
  readonly maxPeers?: number
  readonly chainId: bigint
  /** 0x text; topics and protocols are named by it. */
  readonly genesisHash: string
  readonly handlers: P2pHandlers
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Overrides of {@link DEFAULT_TUNING}. */
  readonly tuning?: Partial<P2pTuning>
}

/** Timings that a test or an unusual network changes. All in milliseconds. */
export interface P2pTuning {
  /** Between two status requests to a peer. */
  readonly statusIntervalMs: number
  readonly statusTimeoutMs: number
  readonly blocksTimeoutMs: number
  /** For fetching an announced payload of up to 12 MiB from one peer. */
  readonly payloadTimeoutMs: number
  /** For the transactions that a proposal lacks, from one peer. */
  readonly transactionsTimeoutMs: number
  /** First and longest wait before a configured peer is dialled again. */
  readonly redialMinMs: number
  readonly redialMaxMs: number
  readonly dialTimeoutMs: number
  /** How long a peer below the score threshold is refused. */
  readonly banMs: number
  /** The same for a validator: consensus needs it back, and it is known by name. */
  readonly validatorBanMs: number
}

/** Values for city networks: 4 to 20 nodes, sub-second to 100 ms apart. */
export const DEFAULT_TUNING: P2pTuning = {
  statusIntervalMs: 5_000,
  statusTimeoutMs: 5_000,
  blocksTimeoutMs: 20_000,
  payloadTimeoutMs: 5_000,
  transactionsTimeoutMs: 1_500,
  redialMinMs: 250,
  redialMaxMs: 5_000,
  dialTimeoutMs: 10_000,
  banMs: 600_000,
  validatorBanMs: 30_000,
}

/** Default of `P2pOptions.maxPeers`. */
export const DEFAULT_MAX_PEERS = 50
