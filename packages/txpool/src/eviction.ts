// Who leaves a full pool: queued before executable, remote before local, cheapest first.
import type { FeePolicy } from '@busan/chain-spec'
import { removeEntry } from './change-entries.ts'
import type { EntryBook, PoolEntry } from './entries.ts'
import { createHeap } from './heap.ts'
import type { PoolLimits } from './limits.ts'
import { type Rejection, reject } from './rejection.ts'
import type { Origin, PoolTransaction, Removal } from './types.ts'

type Status = PoolEntry['status']

/** Entries by worth. They are noted when added and at each change of status. */
export interface EvictionOrder<Tx extends PoolTransaction> {
  note(entry: PoolEntry<Tx>): void
  /** Takes out the least worthy entry of a status, remote before local; note it again if it stays in the pool. */
  takeWorst(status: Status): PoolEntry<Tx> | undefined
  /** True when the new transaction is worth more than the pooled one. */
  outbids(transaction: Tx, entry: PoolEntry<Tx>): boolean
}

/** Where gas is free a price says nothing: there the latest arrival is the least worthy. */
export function createEvictionOrder<Tx extends PoolTransaction>(
  feePolicy: FeePolicy,
): EvictionOrder<Tx> {
  const isFree = feePolicy.kind === 'freeGas'
  const isWorse = (a: PoolEntry<Tx>, b: PoolEntry<Tx>): boolean => {
    const difference = isFree ? 0 : comparePrice(a.transaction, b.transaction)
    return difference === 0 ? a.arrival > b.arrival : difference < 0
  }
  const createRanks = () => ({
    pending: createRank(isWorse, 'pending'),
    queued: createRank(isWorse, 'queued'),
  })
  const ranks = { remote: createRanks(), local: createRanks() }

  return {
    note: (entry) => ranks[entry.origin][entry.status].note(entry),
    takeWorst: (status) => ranks.remote[status].takeWorst() ?? ranks.local[status].takeWorst(),
    outbids: (transaction, entry) => !isFree && comparePrice(transaction, entry.transaction) > 0,
  }
}

interface Rank<Tx extends PoolTransaction> {
  note(entry: PoolEntry<Tx>): void
  takeWorst(): PoolEntry<Tx> | undefined
}

/**
 * A heap of one status. Entries that left it stay behind until met, or until they crowd the heap.
 */
function createRank<Tx extends PoolTransaction>(
  isWorse: (a: PoolEntry<Tx>, b: PoolEntry<Tx>) => boolean,
  status: Status,
): Rank<Tx> {
  const heap = createHeap<PoolEntry<Tx>>(isWorse)
  const members = new Set<PoolEntry<Tx>>()
  let crowdSize = 1024

  const isCurrent = (entry: PoolEntry<Tx>) => !entry.isRemoved && entry.status === status

  function sweep(): void {
    heap.retain((entry) => isCurrent(entry) || !members.delete(entry))
    crowdSize = 2 * heap.size + 1024
  }

  return {
    note(entry) {
      if (members.has(entry)) return
      members.add(entry)
      heap.push(entry)
      if (heap.size > crowdSize) sweep()
    },
    takeWorst() {
      for (;;) {
        const entry = heap.pop()
        if (entry === undefined) return undefined
        members.delete(entry)
        if (isCurrent(entry)) return entry
      }
    },
  }
}

/** What a transaction that takes a new place in the pool needs. */
export interface RoomRequest<Tx extends PoolTransaction> {
  readonly transaction: Tx
  readonly origin: Origin
  readonly status: Status
}

/**
 * Evicts as many transactions as the new one needs room. An executable one displaces any queued one, a local one any
 * remote one; else only cheaper ones go, so that transactions that no block will take cannot hold the pool for ever.
 * A queued one never displaces an executable one.
 * @returns why there is no room; then nothing was evicted
 */
export function makeRoom<Tx extends PoolTransaction>(
  pool: {
    readonly entries: EntryBook<Tx>
    readonly evictionOrder: EvictionOrder<Tx>
    readonly limits: PoolLimits
  },
  request: RoomRequest<Tx>,
): Rejection | undefined {
  const { entries, evictionOrder, limits } = pool
  let excessCount = entries.byHash.size + 1 - limits.transactions
  let excessBytes = entries.sizeBytes + request.transaction.raw.length - limits.totalSizeBytes
  const victims: PoolEntry<Tx>[] = []
  let rejection: Rejection | undefined
  while (rejection === undefined && (excessCount > 0 || excessBytes > 0)) {
    const victim = takeVictim(evictionOrder, request.status)
    if (victim === undefined) {
      rejection = reject('pool-full', 'txpool is full')
      break
    }
    victims.push(victim)
    if (!displaces(evictionOrder, request, victim)) {
      rejection = reject('underpriced', 'transaction underpriced')
    }
    excessCount--
    excessBytes -= victim.transaction.raw.length
  }
  for (const victim of victims) {
    if (rejection === undefined) removeEntry(entries, victim.transaction.hash, crowdedOut(limits))
    else evictionOrder.note(victim)
  }
  return rejection
}

function crowdedOut({ transactions, totalSizeBytes }: PoolLimits): Removal {
  return {
    reason: 'pool-full',
    message:
      `the pool was full (limits: ${transactions} transactions, ${totalSizeBytes} bytes) and this one was worth ` +
      'least: submit it again, with a higher fee where fees are paid',
  }
}

function takeVictim<Tx extends PoolTransaction>(
  order: EvictionOrder<Tx>,
  status: Status,
): PoolEntry<Tx> | undefined {
  return (
    order.takeWorst('queued') ?? (status === 'pending' ? order.takeWorst('pending') : undefined)
  )
}

function displaces<Tx extends PoolTransaction>(
  order: EvictionOrder<Tx>,
  request: RoomRequest<Tx>,
  victim: PoolEntry<Tx>,
): boolean {
  if (request.origin === 'local' && victim.origin === 'remote') return true
  if (request.status === 'pending' && victim.status === 'queued') return true
  return order.outbids(request.transaction, victim)
}

function comparePrice(a: PoolTransaction, b: PoolTransaction): number {
  if (a.maxFeePerGasWei !== b.maxFeePerGasWei) {
    return a.maxFeePerGasWei < b.maxFeePerGasWei ? -1 : 1
  }
  if (a.maxPriorityFeePerGasWei === b.maxPriorityFeePerGasWei) return 0
  return a.maxPriorityFeePerGasWei < b.maxPriorityFeePerGasWei ? -1 : 1
}
