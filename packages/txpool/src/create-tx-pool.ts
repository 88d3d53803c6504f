import type { FeePolicy } from '@busan/chain-spec'
import { type Address, type Clock, CodedError, Emitter } from '@busan/primitives'
import type { Logger, Metrics } from '@busan/telemetry'
import { addTransaction } from './add-transaction.ts'
import { removeEntry, takeChanges } from './change-entries.ts'
import { createDepartures } from './departures.ts'
import { createEntryBook, type Entries, type PoolEntry } from './entries.ts'
import { createEvictionOrder } from './eviction.ts'
import { startExpiry } from './expiry.ts'
import { DEFAULT_POOL_LIMITS, type PoolLimits } from './limits.ts'
import { createLocalJournal } from './local-journal.ts'
import { createTxPoolMetrics } from './metrics.ts'
import { createHeadFollower } from './on-new-head.ts'
import { walkExecutable } from './ordering.ts'
import type { PoolContext } from './pool-context.ts'
import type { DecodeTransaction, PoolJournal } from './ports.ts'
import { createSerializer } from './serialize-by-key.ts'
import { standingOf } from './standing.ts'
import type { HeadState, PoolChange, PoolTransaction, TxPool } from './types.ts'

/** What a pool needs. */
export interface TxPoolOptions<Tx extends PoolTransaction> {
  readonly chainId: bigint
  readonly feePolicy: FeePolicy
  /** Whether transactions with blobs are taken (EIP-4844); default: refused. */
  readonly allowsBlobs?: boolean
  /** The head at start; later ones come through `onHead`. */
  readonly head: HeadState
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Absent: local transactions do not survive a restart. */
  readonly journal?: PoolJournal
  /** Reads the journal's records back. */
  readonly decode: DecodeTransaction<Tx>
  readonly limits?: Partial<PoolLimits>
}

/**
 * A pool with the journaled local transactions already back in it, re-checked against the head.
 * The pool owns the journal from here on: `close` closes it.
 */
export async function createTxPool<Tx extends PoolTransaction>(
  options: TxPoolOptions<Tx>,
): Promise<TxPool<Tx>> {
  const emitter = new Emitter<{ changed: readonly PoolChange<Tx>[] }>()
  const context = createContext(options, emitter)
  const { entries } = context
  const journal = createLocalJournal(options.journal, entries, context.logger)
  const follower = createHeadFollower(context)
  const serialize = createSerializer<Address>()
  let isClosed = false

  await journal.restore(options.decode, (transaction) =>
    addTransaction(context, transaction, 'local'),
  )
  const expiry = startExpiry(context)

  return {
    async add(transaction, origin) {
      if (isClosed) throw new CodedError('pool-closed', 'the transaction pool is closed')
      const result = await serialize(transaction.sender, () =>
        addTransaction(context, transaction, origin),
      )
      if (origin === 'local' && result.status !== 'rejected') await journal.append(transaction)
      return result
    },
    get: (hash) => entries.byHash.get(hash)?.transaction,
    standing: (hash) => standingOf(context, hash),
    nextNonce: (address, stateNonce) => nextNonce(entries, address, stateNonce),
    executable: (baseFeePerGasWei) =>
      walkExecutable(entries.senders, context.feePolicy, baseFeePerGasWei),
    pendingCount: () => entries.pendingCount,
    queuedCount: () => queuedCount(entries),
    content(sender) {
      const senders = sender === undefined ? [...entries.senders.keys()] : [sender]
      return {
        pending: contentOf(entries, 'pending', senders),
        queued: contentOf(entries, 'queued', senders),
      }
    },
    async onHead(head, included) {
      await follower.onHead(head, included)
      if (!isClosed) await journal.compactIfGrown()
    },
    drop(hashes) {
      for (const { hash, ...removal } of hashes) removeEntry(entries, hash, removal)
      context.announce()
    },
    onChanged: (listener) => emitter.on('changed', listener),
    async close() {
      if (isClosed) return
      isClosed = true
      expiry.cancel()
      await journal.close()
    },
  }
}

function createContext<Tx extends PoolTransaction>(
  options: TxPoolOptions<Tx>,
  emitter: Emitter<{ changed: readonly PoolChange<Tx>[] }>,
): PoolContext<Tx> {
  const { chainId, feePolicy, head, clock, logger } = options
  const evictionOrder = createEvictionOrder<Tx>(feePolicy)
  const limits = { ...DEFAULT_POOL_LIMITS, ...options.limits }
  const departures = createDepartures(limits, clock.nowMs)
  const entries = createEntryBook<Tx>({ nowMs: clock.nowMs, evictionOrder, departures })
  const metrics = createTxPoolMetrics(options.metrics, {
    pending: () => entries.pendingCount,
    queued: () => queuedCount(entries),
  })
  return {
    chainId,
    feePolicy,
    allowsBlobs: options.allowsBlobs ?? false,
    limits,
    clock,
    logger,
    metrics,
    entries,
    departures,
    evictionOrder,
    head,
    announce() {
      const changes = takeChanges(entries)
      if (changes.length === 0) return
      try {
        emitter.emit('changed', changes)
      } catch (error) {
        // What a listener fails at must not undo or fail the admission it was told about.
        logger.error('pool listener failed', { error })
      }
    },
  }
}

function queuedCount<Tx extends PoolTransaction>(entries: Entries<Tx>): number {
  return entries.byHash.size - entries.pendingCount
}

function nextNonce<Tx extends PoolTransaction>(
  entries: Entries<Tx>,
  address: Address,
  stateNonce: bigint,
): bigint {
  const byNonce = entries.senders.get(address)?.byNonce
  let nonce = stateNonce
  while (byNonce?.has(nonce)) nonce++
  return nonce
}

function contentOf<Tx extends PoolTransaction>(
  entries: Entries<Tx>,
  status: PoolEntry['status'],
  senders: readonly Address[],
): ReadonlyMap<Address, readonly Tx[]> {
  const content = new Map<Address, readonly Tx[]>()
  for (const address of senders) {
    const transactions = [...(entries.senders.get(address)?.byNonce.values() ?? [])]
      .filter((entry) => entry.status === status)
      .map(({ transaction }) => transaction)
      .sort((a, b) => (a.nonce < b.nonce ? -1 : 1))
    if (transactions.length > 0) content.set(address, transactions)
  }
  return content
}
