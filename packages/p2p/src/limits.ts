const KIB = 1024
const MIB = 1024 * KIB

/** Bounds on gossip. */
export const GOSSIP_LIMITS = {
  /** Largest block or consensus message. */
  payloadMaxBytes: 12 * MIB,
  /** A larger payload is announced by its hash and fetched. */
  inlineMaxBytes: 512 * KIB,
  /** Announced payloads kept for those who fetch them. */
  payloadStoreBytes: 96 * MIB,
  /** Announced payloads being fetched, in all and of one announcer. */
  fetchesMax: 12,
  fetchesPerPeerMax: 3,
  /** Largest batch of transactions. */
  batchMaxBytes: 512 * KIB,
  /** Largest gossipsub frame: a payload or a batch, topic names and control messages. The library stops at 4 MiB. */
  frameMaxBytes: 2 * MIB,
  /** A peer that reads so slowly that this much waits for it loses its gossip stream. */
  backlogMaxBytes: 8 * MIB,
  /** What one peer may have waiting for a verdict; what arrives above is ignored. */
  pendingMessagesMax: 512,
  pendingMaxBytes: 32 * MIB,
} as const

/** Bounds on the direct streams of consensus messages. */
export const DIRECT_LIMITS = {
  /** An inline payload with its envelope. */
  frameMaxBytes: GOSSIP_LIMITS.inlineMaxBytes + 64,
  /** A reader so slow that this much waits for it loses its stream. */
  backlogMaxBytes: GOSSIP_LIMITS.backlogMaxBytes,
  /** Answers to probes that wait for their reader. */
  repliesMaxBytes: 64 * KIB,
  openTimeoutMs: 5_000,
  /** Wait before a lost stream is opened again; doubled each time it is lost before it has answered. */
  reopenMinMs: 250,
  reopenMaxMs: 8_000,
} as const

/** Bounds on gossiped batches of transactions. */
export const BATCH_LIMITS = {
  transactionsMax: 4096,
  /** A batch leaves when it has this many bytes, or after `delayMs`. */
  targetBytes: 128 * KIB,
  delayMs: 4,
  /** Batches that are not full leave no closer than this: each one costs every node a wake-up for each of its peers. */
  intervalMs: 40,
} as const

/** Characters of a client version. */
export const VERSION_MAX_CHARS = 64

/** Blocks that one range request may ask for. */
export const BLOCKS_PER_REQUEST_MAX = 128

/** Bounds on one request protocol, each counted for each peer. */
export interface RequestLimits {
  readonly requestMaxBytes: number
  readonly responseMaxBytes: number
  /** Streams open at once. */
  readonly concurrentMax: number
  /** Requests at once after a pause, and the steady rate. */
  readonly burst: number
  readonly perSecond: number
}

/** Bounds on the status protocol. */
export const STATUS_LIMITS: RequestLimits = {
  requestMaxBytes: KIB,
  responseMaxBytes: KIB,
  concurrentMax: 4,
  burst: 20,
  perSecond: 2,
}

/** Bounds on the range protocol; a block of the largest size always fits the answer. */
export const BLOCKS_LIMITS: RequestLimits = {
  requestMaxBytes: KIB,
  responseMaxBytes: 12 * MIB + 64 * KIB,
  concurrentMax: 4,
  burst: 64,
  perSecond: 32,
}

/** Hashes that one request for transactions may name. */
export const TRANSACTIONS_PER_REQUEST_MAX = 4096

/** Bounds on fetching the transactions of a proposal that a node does not have. */
export const TRANSACTIONS_LIMITS: RequestLimits = {
  requestMaxBytes: 33 * TRANSACTIONS_PER_REQUEST_MAX + 64,
  responseMaxBytes: 4 * MIB,
  concurrentMax: 4,
  burst: 64,
  perSecond: 16,
}

/** Bounds on fetching announced payloads. */
export const PAYLOAD_LIMITS: RequestLimits = {
  requestMaxBytes: KIB,
  responseMaxBytes: GOSSIP_LIMITS.payloadMaxBytes,
  concurrentMax: 8,
  burst: 32,
  perSecond: 8,
}
