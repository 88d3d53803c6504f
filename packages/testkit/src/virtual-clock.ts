import type { Clock, Timer } from '@busan/primitives'

/** A clock that stands still until it is told to move, so that a test owns time. */
export interface VirtualClock extends Clock {
  /** Runs everything that falls due within `durationMs`, in time order, and settles promises in between. */
  advance(durationMs: number): Promise<void>
  /**
   * Moves time forward until `condition` holds.
   * @throws Error when `limitMs` of virtual time did not bring it about
   */
  advanceUntil(condition: () => boolean, limitMs: number): Promise<void>
  /** Scheduled tasks that have not run. */
  pendingCount(): number
}

interface Task {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
}

/** @param options.startMs the first `nowMs()`, milliseconds since the epoch */
export function createVirtualClock(options: { startMs: number }): VirtualClock {
  let nowMs = options.startMs
  let order = 0
  const tasks = new Set<Task>()

  function schedule(delayMs: number, run: () => void): Timer {
    const task = { dueMs: nowMs + Math.max(0, delayMs), order: order++, run }
    tasks.add(task)
    return { cancel: () => void tasks.delete(task) }
  }

  function nextDue(untilMs: number): Task | undefined {
    let next: Task | undefined
    for (const task of tasks) {
      if (task.dueMs > untilMs) continue
      const sooner = next === undefined || task.dueMs < next.dueMs
      if (sooner || (task.dueMs === next?.dueMs && task.order < next.order)) next = task
    }
    return next
  }

  /** Runs one due task. @returns false when nothing is due by `untilMs` */
  async function runNext(untilMs: number): Promise<boolean> {
    await settle()
    const task = nextDue(untilMs)
    if (task === undefined) return false
    tasks.delete(task)
    nowMs = Math.max(nowMs, task.dueMs)
    task.run()
    return true
  }

  async function advanceUntil(condition: () => boolean, limitMs: number): Promise<void> {
    const untilMs = nowMs + limitMs
    for (;;) {
      await settle()
      if (condition()) return
      if (!(await runNext(untilMs))) break
    }
    throw new Error(`condition did not hold within ${limitMs} ms of virtual time`)
  }

  return {
    nowMs: () => nowMs,
    schedule,
    pendingCount: () => tasks.size,
    advanceUntil,
    async advance(durationMs) {
      const untilMs = nowMs + durationMs
      while (await runNext(untilMs));
      nowMs = untilMs
    },
  }
}

/** A clock that reads `offsetMs` ahead of another (behind when negative) and runs at its pace. */
export function createSkewedClock(clock: Clock, offsetMs: number): Clock {
  return {
    nowMs: () => clock.nowMs() + offsetMs,
    schedule: (delayMs, task) => clock.schedule(delayMs, task),
  }
}

/** Lets every promise that can continue without a timer continue: microtasks run dry before an immediate. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
