// The pool's memory: every transaction by hash, and by nonce under its sender. Synchronous, so that
// each change is whole. A sender's executable ("pending") transactions are the contiguous nonces
// from the state's nonce; the rest is "queued".
import type { Address, Hash } from '@busan/primitives'
import type { Departures } from './departures.ts'
import type { Origin, PoolChange, PoolTransaction } from './types.ts'

/** A pooled transaction with its place. */
export interface PoolEntry<Tx extends PoolTransaction = PoolTransaction> {
  readonly transaction: Tx
  readonly origin: Origin
  /** Counts up through the pool's life: who came first. */
  readonly arrival: number
  readonly status: 'pending' | 'queued'
  /** Milliseconds since the epoch; when it last began to wait for a nonce. */
  readonly queuedAtMs: number
  readonly isRemoved: boolean
}

/** One sender's transactions. */
export interface SenderEntries<Tx extends PoolTransaction = PoolTransaction> {
  readonly byNonce: ReadonlyMap<bigint, PoolEntry<Tx>>
  /** First executable nonce: the state's. */
  readonly stateNonce: bigint
  /** The nonce after the last executable one; equals `stateNonce` when nothing is executable. */
  readonly endNonce: bigint
}

/** Every pooled transaction. Only the functions of `change-entries.ts` change it. */
export interface Entries<Tx extends PoolTransaction> {
  readonly byHash: ReadonlyMap<Hash, PoolEntry<Tx>>
  readonly senders: ReadonlyMap<Address, SenderEntries<Tx>>
  readonly pendingCount: number
  /** Bytes of all envelopes. */
  readonly sizeBytes: number
  /** What changed since `takeChanges`, in order. */
  readonly changes: readonly PoolChange<Tx>[]
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }
/** An entry, open for writing. */
export type MutableEntry<Tx extends PoolTransaction> = Mutable<PoolEntry<Tx>>

/** A sender, open for writing. */
export interface MutableSender<Tx extends PoolTransaction> {
  readonly byNonce: Map<bigint, MutableEntry<Tx>>
  stateNonce: bigint
  endNonce: bigint
}

/** The same book, open for writing. */
export interface EntryBook<Tx extends PoolTransaction> extends Entries<Tx> {
  readonly byHash: Map<Hash, MutableEntry<Tx>>
  readonly senders: Map<Address, MutableSender<Tx>>
  pendingCount: number
  sizeBytes: number
  changes: PoolChange<Tx>[]
  nextArrival: number
  nowMs(): number
  /** Remembers what leaves. */
  readonly departures: Departures
  /** Told of each entry when it is placed and when its status changes. */
  readonly evictionOrder: { note(entry: PoolEntry<Tx>): void }
}

/** An empty book. */
export function createEntryBook<Tx extends PoolTransaction>(
  ports: Pick<EntryBook<Tx>, 'nowMs' | 'evictionOrder' | 'departures'>,
): EntryBook<Tx> {
  return {
    ...ports,
    byHash: new Map(),
    senders: new Map(),
    pendingCount: 0,
    sizeBytes: 0,
    changes: [],
    nextArrival: 0,
  }
}
