import type { Address, Hash, Verdict } from '@busan/primitives'

/** The part of a decoded transaction that the pool reads; `execution.Transaction` fits. */
export interface PoolTransaction {
  readonly hash: Hash
  readonly raw: Uint8Array
  readonly type: number
  readonly sender: Address
  readonly to: Address | null
  readonly nonce: bigint
  readonly gasLimit: bigint
  readonly valueWei: bigint
  readonly data: Uint8Array
  readonly maxFeePerGasWei: bigint
  readonly maxPriorityFeePerGasWei: bigint
  readonly chainId?: bigint
  readonly accessList: readonly { readonly storageKeys: readonly Hash[] }[]
  readonly authorizationList: readonly unknown[]
  /** Type 3 only, as the price that follows. */
  readonly blobVersionedHashes?: readonly Hash[]
  readonly maxFeePerBlobGasWei?: bigint
}

/** `local`: submitted through our RPC or restored from the journal; `remote`: gossiped. */
export type Origin = 'local' | 'remote'

/** Why a transaction is not admitted, or was dropped later. */
export type PoolReason =
  | 'already-known'
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'nonce-max'
  | 'underpriced'
  | 'replacement-underpriced'
  | 'insufficient-funds'
  | 'intrinsic-gas-too-low'
  | 'floor-gas-too-low'
  | 'gas-limit-exceeds-block'
  | 'gas-limit-exceeds-cap'
  | 'tip-above-fee-cap'
  | 'fee-cap-exceeded'
  | 'fee-cap-too-low'
  | 'wrong-chain-id'
  | 'not-replay-protected'
  | 'blob-transaction'
  | 'init-code-too-large'
  | 'oversized-data'
  | 'sender-not-eoa'
  | 'account-limit'
  | 'not-permitted'
  | 'pool-full'
  | 'not-executable'
  | 'replaced'
  | 'included'
  | 'expired'

/** What became of an offered transaction. `message` is geth's text. */
export type AddResult =
  | { readonly status: 'pending' | 'queued'; readonly replaced?: Hash }
  | { readonly status: 'rejected'; readonly reason: PoolReason; readonly message: string }

/** The state the pool judges against. The consumer declares it; `chain` provides it. */
export interface HeadState {
  readonly number: bigint
  readonly hash: Hash
  readonly gasLimit: bigint
  /** What the next block's base fee will be. */
  readonly nextBaseFeePerGasWei: bigint
  /** Seconds; of the head block. */
  readonly timestamp: bigint
  account(
    address: Address,
  ): Promise<{ nonce: bigint; balanceWei: bigint; codeHash: Hash } | undefined>
  /** Asked only for senders that have code: an EIP-7702 delegation (0xef0100, address) may send. */
  code(address: Address): Promise<Uint8Array>
  /** Who may send what; absent: everybody may send anything. */
  readonly permissions?: Permissions
}

/** The chain's permission registry in one state; `execution.PermissionRules` fits. */
export interface Permissions {
  /** Equal versions give equal answers. */
  readonly version: string
  judge(transaction: PoolTransaction): Promise<Verdict<unknown, 'not-permitted'>>
}

/** One thing that changed in the pool, in order. */
export type PoolChange<Tx extends PoolTransaction = PoolTransaction> =
  | {
      readonly type: 'added'
      readonly transaction: Tx
      readonly status: 'pending' | 'queued'
      readonly origin: Origin
    }
  | { readonly type: 'promoted'; readonly transaction: Tx }
  | ({ readonly type: 'dropped'; readonly transaction: Tx } & Removal)

/** Why a transaction leaves the pool; `message` is for people, with the numbers. */
export interface Removal {
  readonly reason: PoolReason
  readonly message: string
  /** The transaction that took its sender and nonce, where the pool knows it. */
  readonly replacedBy?: Hash
}

/** A transaction that the pool refused to take, or that it took and dropped. */
export interface Departure extends Removal {
  readonly status: 'refused' | 'dropped'
  readonly sender: Address
  readonly to: Address | null
  readonly nonce: bigint
  /** Milliseconds since the epoch. */
  readonly atMs: number
}

/** Nonces from `first` to `last`, both included. */
export interface NonceRange {
  readonly first: bigint
  readonly last: bigint
}

/** Where the pool has a transaction, or why it does not. */
export type Standing<Tx extends PoolTransaction = PoolTransaction> =
  | { readonly status: 'pending'; readonly transaction: Tx }
  | {
      readonly status: 'queued'
      readonly transaction: Tx
      /** What its sender has to send first; ascending. */
      readonly missingNonces: readonly NonceRange[]
    }
  | Departure

/** The pool as others see it. `changed` is the event of architecture law 1. */
export interface TxPool<Tx extends PoolTransaction = PoolTransaction> {
  /**
   * Checks, orders and keeps a transaction. Local ones are on disk (journal) before this resolves.
   */
  add(transaction: Tx, origin: Origin): Promise<AddResult>
  get(hash: Hash): Tx | undefined
  /** Also of what was refused or dropped, for as long as it is remembered; undefined: unknown here. */
  standing(hash: Hash): Standing<Tx> | undefined
  /**
   * The next nonce: the state's, then past every contiguous pooled one. Sees a transaction as soon
   * as `add` resolved.
   */
  nextNonce(address: Address, stateNonce: bigint): bigint
  /**
   * Executable transactions for a block: per sender by nonce, across senders by tip at this base
   * fee, then by arrival. Lazy; call `skipSender` to leave out the rest of a sender's.
   */
  executable(baseFeePerGasWei: bigint): ExecutableTransactions<Tx>
  pendingCount(): number
  queuedCount(): number
  /** Sender -> transactions by nonce. @param sender only this one's; absent: everything */
  content(sender?: Address): {
    readonly pending: ReadonlyMap<Address, readonly Tx[]>
    readonly queued: ReadonlyMap<Address, readonly Tx[]>
  }
  /** Drops what the block included or invalidated, promotes what became executable. */
  onHead(
    head: HeadState,
    included: readonly { readonly sender: Address; readonly nonce: bigint; readonly hash: Hash }[],
  ): Promise<void>
  /** Drops transactions that the block builder found impossible. */
  drop(hashes: readonly ({ readonly hash: Hash } & Removal)[]): void
  /** @returns a function that removes the listener */
  onChanged(listener: (changes: readonly PoolChange<Tx>[]) => void): () => void
  /** Flushes and closes the journal. */
  close(): Promise<void>
}

/** A walk over executable transactions; see {@link TxPool.executable}. */
export interface ExecutableTransactions<Tx> extends Iterable<Tx> {
  skipSender(sender: Address): void
}
