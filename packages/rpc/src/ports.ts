import type { Chain } from '@busan/chain'
import type { Transaction } from '@busan/execution'
import type { Address, Clock, Hash, Verdict } from '@busan/primitives'
import type { Logger, Metrics } from '@busan/telemetry'

/** What this package needs from the rest of the node. */
export interface RpcPorts {
  readonly chain: Chain
  readonly pool: TransactionPool
  readonly network: Network
  /** Absent on a node that runs no consensus: its `qbft_status` says so and it casts no votes. */
  readonly consensus?: ConsensusStatus
  /** Absent on a node without a network. */
  readonly permissions?: NodePermissions
  readonly sync: SyncProgress
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What became of a submitted transaction; `message` is geth's text. */
export type SubmitResult =
  | { readonly status: 'pending' | 'queued' }
  | { readonly status: 'rejected'; readonly reason: string; readonly message: string }

/** One change of the pool that subscribers hear of. */
export type PoolEvent =
  | {
      readonly type: 'added'
      readonly transaction: Transaction
      readonly status: 'pending' | 'queued'
    }
  | { readonly type: 'promoted'; readonly transaction: Transaction }
  | ({ readonly type: 'dropped'; readonly transaction: Transaction } & PoolRemoval)

/** Why a transaction left the pool; `message` is for people. */
export interface PoolRemoval {
  readonly reason: string
  readonly message: string
  /** Who took its sender and nonce. */
  readonly replacedBy?: Hash
}

/** A transaction that was refused or dropped, as long as the pool remembers it. */
export interface PoolDeparture extends PoolRemoval {
  readonly status: 'refused' | 'dropped'
  readonly sender: Address
  readonly to: Address | null
  readonly nonce: bigint
  readonly atMs: number
}

/** Where the pool has a transaction, or why it does not. */
export type PoolStanding =
  | { readonly status: 'pending'; readonly transaction: Transaction }
  | {
      readonly status: 'queued'
      readonly transaction: Transaction
      /** Both ends included, ascending. */
      readonly missingNonces: readonly { readonly first: bigint; readonly last: bigint }[]
    }
  | PoolDeparture

/** Transactions of the pool, by sender and ascending by nonce. */
export type TransactionsBySender = ReadonlyMap<Address, readonly Transaction[]>

/** The transaction pool; `txpool.TxPool<Transaction>` fits. */
export interface TransactionPool {
  add(transaction: Transaction, origin: 'local'): Promise<SubmitResult>
  get(hash: Hash): Transaction | undefined
  /** undefined: unknown, or forgotten. */
  standing(hash: Hash): PoolStanding | undefined
  /** Past every contiguous pooled nonce, from the state's. */
  nextNonce(address: Address, stateNonce: bigint): bigint
  executable(baseFeePerGasWei: bigint): Iterable<Transaction> & {
    skipSender(sender: Address): void
  }
  pendingCount(): number
  queuedCount(): number
  /** @param sender only this one's */
  content(sender?: Address): {
    readonly pending: TransactionsBySender
    readonly queued: TransactionsBySender
  }
  /** @returns a function that removes the listener */
  onChanged(listener: (changes: readonly PoolEvent[]) => void): () => void
}

/** A connected peer. */
export interface NetworkPeer {
  readonly id: string
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly status?: {
    readonly headNumber: bigint
    readonly headHash: string
    readonly version: string
  }
  /** Milliseconds that the peer's clock is ahead of ours. */
  readonly clockOffsetMs?: number
}

/** The peer-to-peer network; `p2p.P2pHost` fits. */
export interface Network {
  readonly id: string
  /** Listen addresses with /p2p/ID. */
  addresses(): readonly string[]
  peers(): readonly NetworkPeer[]
  addPeer(address: string): Promise<boolean>
  removePeer(id: string): Promise<boolean>
}

/** This node's part in consensus. */
export interface ConsensusStatus {
  /** Why the chain does or does not advance; bigint, Map and Set values are written as JSON. */
  status(): object
  /** Validators this node votes to add (true) or to drop (false). */
  pendingVotes(): ReadonlyMap<Address, boolean>
  proposeVote(address: Address, add: boolean): Verdict<unknown, string>
  discardVote(address: Address): unknown
}

/** How far behind the network this node is. */
export interface SyncProgress {
  status():
    | { readonly syncing: false }
    | { readonly syncing: true; readonly startingBlock: bigint; readonly highestBlock: bigint }
}

/** Which nodes may connect, and who may send through this one. */
export interface NodePermissions {
  /** Peer ids, by the local list and by the chain; undefined: any. */
  nodes(): ReadonlySet<string> | undefined
  /** Addresses, by the local list; undefined: any. */
  accounts(): ReadonlySet<string> | undefined
  /** Reads the local files again; rejects when one is wrong, and changes nothing then. */
  reload(): Promise<void>
  /** Changes a local list and its file, by all entries or none; the words of a refusal are Besu's. */
  change(change: {
    readonly name: 'nodes' | 'accounts'
    readonly action: 'add' | 'remove'
    readonly entries: readonly string[]
  }): Promise<Verdict<null, AllowlistRefusal>>
}

/** Why a local list is not changed. */
export type AllowlistRefusal =
  | 'allowlist-not-enabled'
  | 'allowlist-invalid-entry'
  | 'allowlist-duplicate-entry'
  | 'allowlist-existing-entry'
  | 'allowlist-absent-entry'
  | 'allowlist-fixed-entry'
  | 'allowlist-unwritable'
