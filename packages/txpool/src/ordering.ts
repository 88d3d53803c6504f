import type { FeePolicy } from '@busan/chain-spec'
import type { Address } from '@busan/primitives'
import { effectiveTipWei } from './costs.ts'
import type { PoolEntry, SenderEntries } from './entries.ts'
import { createHeap } from './heap.ts'
import type { ExecutableTransactions, PoolTransaction } from './types.ts'

interface Candidate<Tx extends PoolTransaction> {
  readonly entry: PoolEntry<Tx>
  readonly tipWei: bigint
}

/**
 * Walks executable transactions: a sender's by nonce; of all senders' next ones the best tip first,
 * then the earliest arrival. Where gas is free tips buy nothing, so arrival alone decides. A sender
 * ends at the first fee cap below the base fee. What leaves the pool during the walk is left out.
 */
export function walkExecutable<Tx extends PoolTransaction>(
  senders: ReadonlyMap<Address, SenderEntries<Tx>>,
  feePolicy: FeePolicy,
  baseFeePerGasWei: bigint,
): ExecutableTransactions<Tx> {
  const skipped = new Set<Address>()

  function candidateAt(sender: SenderEntries<Tx>, nonce: bigint): Candidate<Tx> | undefined {
    const entry = sender.byNonce.get(nonce)
    if (entry === undefined || entry.status !== 'pending') return undefined
    if (feePolicy.kind === 'freeGas') return { entry, tipWei: 0n }
    const tipWei = effectiveTipWei(entry.transaction, baseFeePerGasWei)
    return tipWei < 0n ? undefined : { entry, tipWei }
  }

  function* walk(): Generator<Tx, void, undefined> {
    const first: Candidate<Tx>[] = []
    for (const sender of senders.values()) {
      const candidate = candidateAt(sender, sender.stateNonce)
      if (candidate !== undefined) first.push(candidate)
    }
    const heap = createHeap(precedes<Tx>, first)
    for (;;) {
      const candidate = heap.pop()
      if (candidate === undefined) return
      const { transaction, isRemoved } = candidate.entry
      if (isRemoved || skipped.has(transaction.sender)) continue
      yield transaction
      const sender = senders.get(transaction.sender)
      if (sender === undefined || skipped.has(transaction.sender)) continue
      const next = candidateAt(sender, transaction.nonce + 1n)
      if (next !== undefined) heap.push(next)
    }
  }

  return {
    [Symbol.iterator]: walk,
    skipSender: (sender) => {
      skipped.add(sender)
    },
  }
}

function precedes<Tx extends PoolTransaction>(a: Candidate<Tx>, b: Candidate<Tx>): boolean {
  if (a.tipWei !== b.tipWei) return a.tipWei > b.tipWei
  return a.entry.arrival < b.entry.arrival
}
