import type { Timer } from '@busan/primitives'
import { removeEntry } from './change-entries.ts'
import type { PoolContext } from './pool-context.ts'
import type { PoolTransaction } from './types.ts'

const SWEEP_INTERVAL_MS = 60_000

/** Drops, once a minute, queued transactions whose missing nonce did not come in their lifetime. */
export function startExpiry<Tx extends PoolTransaction>(context: PoolContext<Tx>): Timer {
  let timer = context.clock.schedule(SWEEP_INTERVAL_MS, sweep)

  function sweep(): void {
    const { queuedLifetimeMs } = context.limits
    const deadlineMs = context.clock.nowMs() - queuedLifetimeMs
    const message = `an earlier nonce of its sender did not come within ${queuedLifetimeMs / 1000} s`
    for (const { transaction, status, queuedAtMs } of [...context.entries.byHash.values()]) {
      if (status === 'queued' && queuedAtMs <= deadlineMs) {
        removeEntry(context.entries, transaction.hash, { reason: 'expired', message })
      }
    }
    context.announce()
    timer = context.clock.schedule(SWEEP_INTERVAL_MS, sweep)
  }

  return { cancel: () => timer.cancel() }
}
