/** What bounds the pool. Every value is local policy except those that name an EIP. */
export interface PoolLimits {
  /** Transactions in the pool, pending and queued together. */
  readonly transactions: number
  /** Bytes of all envelopes together, so that large transactions cannot exhaust memory. */
  readonly totalSizeBytes: number
  /** Transactions of one sender, pending and queued together. */
  readonly perAccount: number
  /** Bytes of one envelope. */
  readonly transactionSizeBytes: number
  /** How long a transaction may wait for a missing nonce. */
  readonly queuedLifetimeMs: number
  /** Lowest priority fee; without effect where gas is free. */
  readonly minimumTipWei: bigint
  /** How much dearer, in percent, a replacement must be; 0 where gas is free. */
  readonly priceBumpPercent: bigint
  /** Transactions whose drop is remembered; some 500 bytes each. */
  readonly dropsRemembered: number
  /** Transactions whose refusal is remembered. */
  readonly refusalsRemembered: number
}

/** Geth's limits where tools rely on them, wider per account for batch deployments. */
export const DEFAULT_POOL_LIMITS: PoolLimits = {
  transactions: 20_000,
  totalSizeBytes: 256 * 1024 * 1024,
  perAccount: 512,
  transactionSizeBytes: 128 * 1024,
  queuedLifetimeMs: 3 * 60 * 60 * 1000,
  minimumTipWei: 0n,
  priceBumpPercent: 10n,
  dropsRemembered: 20_000,
  refusalsRemembered: 5_000,
}
