import type { Clock, Timer } from '@busan/primitives'

/** A timer this much behind its time says that the process was busy or stopped, not that others were silent. */
const LATE_MS = 250

/**
 * Runs `expire` after `delayMs` in which this process could listen. What arrived while it executed a heavy block
 * or was suspended is still unread when its timers fire, so a late timer waits for as long as it was late.
 */
export function startDeadline(clock: Clock, delayMs: number, expire: () => void): Timer {
  let timer: Timer
  const arm = (waitMs: number) => {
    const dueMs = clock.nowMs() + waitMs
    timer = clock.schedule(waitMs, () => {
      const lateMs = clock.nowMs() - dueMs
      if (lateMs > LATE_MS) arm(Math.min(lateMs, delayMs))
      else expire()
    })
  }
  arm(delayMs)
  return { cancel: () => timer.cancel() }
}
