import type { Clock } from '@busan/primitives'

/** The machine's own time. Timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  schedule(delayMs, task) {
    const timeout = setTimeout(task, Math.max(0, delayMs))
    timeout.unref()
    return { cancel: () => clearTimeout(timeout) }
  },
}
