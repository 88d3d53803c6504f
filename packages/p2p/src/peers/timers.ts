import type { Clock, Timer } from '@busan/primitives'

/** Timers that end together. */
export interface Timers {
  later(delayMs: number, task: () => void): void
  stop(): void
}

/** After `stop` no task runs, and none can be scheduled. */
export function createTimers(clock: Clock): Timers {
  const timers = new Set<Timer>()
  let isStopped = false
  return {
    later(delayMs, task) {
      if (isStopped) return
      const timer = clock.schedule(delayMs, () => {
        timers.delete(timer)
        task()
      })
      timers.add(timer)
    },
    stop() {
      isStopped = true
      for (const timer of timers) timer.cancel()
      timers.clear()
    },
  }
}
