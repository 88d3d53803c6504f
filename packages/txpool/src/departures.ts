import { type Hash, Lru } from '@busan/primitives'
import type { PoolLimits } from './limits.ts'
import type { Rejection } from './rejection.ts'
import type { Departure, PoolTransaction, Removal } from './types.ts'

/**
 * What the pool refused and what it dropped, as long as it is remembered. What a block included is not among it: the
 * chain knows that. Refusals have a memory of their own, so that a flood of them does not push out what was dropped.
 */
export interface Departures {
  noteRefused(transaction: PoolTransaction, rejection: Rejection): void
  noteDropped(transaction: PoolTransaction, removal: Removal): void
  /** The pool takes it in after all. */
  forget(hash: Hash): void
  get(hash: Hash): Departure | undefined
}

/** An empty memory. */
export function createDepartures(
  limits: Pick<PoolLimits, 'refusalsRemembered' | 'dropsRemembered'>,
  nowMs: () => number,
): Departures {
  const memories = {
    refused: new Lru<Hash, Departure>(limits.refusalsRemembered),
    dropped: new Lru<Hash, Departure>(limits.dropsRemembered),
  }

  function note(
    status: Departure['status'],
    { hash, sender, to, nonce }: PoolTransaction,
    removal: Removal,
  ): void {
    memories[status].set(hash, { status, sender, to, nonce, ...removal, atMs: nowMs() })
  }

  return {
    noteRefused(transaction, rejection) {
      if (rejection.reason !== 'already-known') note('refused', transaction, rejection)
    },
    noteDropped(transaction, removal) {
      if (removal.reason !== 'included') note('dropped', transaction, removal)
    },
    forget(hash) {
      memories.refused.delete(hash)
      memories.dropped.delete(hash)
    },
    // Who was dropped and then refused asks about the last of it.
    get(hash) {
      const [refused, dropped] = [memories.refused.get(hash), memories.dropped.get(hash)]
      if (refused === undefined || dropped === undefined) return refused ?? dropped
      return refused.atMs >= dropped.atMs ? refused : dropped
    },
  }
}
