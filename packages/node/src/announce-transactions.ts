import type { Transaction } from '@busan/execution'
import type { Clock, Hash, Timer } from '@busan/primitives'
import type { TxPool } from '@busan/txpool'

/** Local transactions that are still pooled after this long are announced again. */
const REPEAT_MS = 5_000
/** Transactions told to the network when a peer connects. */
const ANNOUNCE_MAX = 5_000

/** What announcing needs. */
export interface AnnouncePorts {
  readonly pool: TxPool<Transaction>
  readonly clock: Clock
  publish(rawTransactions: readonly Uint8Array[]): Promise<void>
}

/**
 * Tells the network of transactions that entered here: at once, again every few seconds while they are
 * pooled, and everything pending when a peer connects, since a peer that was away has heard of none.
 */
export function announceTransactions({ pool, clock, publish }: AnnouncePorts) {
  const own = new Map<Hash, Uint8Array>()
  let timer: Timer | undefined

  const stopListening = pool.onChanged((changes) => {
    const fresh: Uint8Array[] = []
    for (const change of changes) {
      if (change.type === 'dropped') own.delete(change.transaction.hash)
      if (change.type !== 'added' || change.origin !== 'local') continue
      own.set(change.transaction.hash, change.transaction.raw)
      fresh.push(change.transaction.raw)
    }
    if (fresh.length > 0) void publish(fresh)
  })

  function repeat(): void {
    if (own.size > 0) void publish([...own.values()].slice(0, ANNOUNCE_MAX))
    timer = clock.schedule(REPEAT_MS, repeat)
  }
  timer = clock.schedule(REPEAT_MS, repeat)

  return {
    announceAll(): void {
      const { pending } = pool.content()
      const raws = [...pending.values()].flat().map((transaction) => transaction.raw)
      if (raws.length > 0) void publish(raws.slice(0, ANNOUNCE_MAX))
    },
    stop(): void {
      stopListening()
      timer?.cancel()
    },
  }
}
