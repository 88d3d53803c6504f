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
  /** As `advanceUntil`; says whether the condition came to hold. Without it time stands at the last task. */
  runUntil(condition: () => boolean, limitMs: number): Promise<boolean>
  /** Scheduled tasks that have not run. */
  pendingCount(): number
}

interface Task {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
  isCancelled: boolean
}

/** @param options.startMs the first `nowMs()`, milliseconds since the epoch */
export function createVirtualClock(options: { startMs: number }): VirtualClock {
  let nowMs = options.startMs
  let order = 0
  let pending = 0
  const heap: Task[] = []

  function schedule(delayMs: number, run: () => void): Timer {
    const task = { dueMs: nowMs + Math.max(0, delayMs), order: order++, run, isCancelled: false }
    pushTask(heap, task)
    pending++
    return {
      cancel() {
        if (!task.isCancelled) pending--
        task.isCancelled = true
      },
    }
  }

  /** Runs one due task. @returns false when nothing is due by `untilMs` */
  function runNext(untilMs: number): boolean {
    while (heap[0]?.isCancelled) popTask(heap)
    const task = heap[0]
    if (task === undefined || task.dueMs > untilMs) return false
    popTask(heap)
    task.isCancelled = true
    pending--
    nowMs = Math.max(nowMs, task.dueMs)
    task.run()
    return true
  }

  async function runUntil(condition: () => boolean, limitMs: number): Promise<boolean> {
    const untilMs = nowMs + limitMs
    for (;;) {
      await settle()
      if (condition()) return true
      if (!runNext(untilMs)) return false
    }
  }

  return {
    nowMs: () => nowMs,
    schedule,
    pendingCount: () => pending,
    runUntil,
    async advanceUntil(condition, limitMs) {
      if (await runUntil(condition, limitMs)) return
      throw new Error(`condition did not hold within ${limitMs} ms of virtual time`)
    },
    async advance(durationMs) {
      const untilMs = nowMs + durationMs
      await runUntil(() => false, durationMs)
      nowMs = untilMs
    },
  }
}

/** A clock that reads `offsetMs` ahead of another (behind when negative) and runs at its pace. */
export function createSkewedClock(clock: Clock, offsetMs: number | (() => number)): Clock {
  const offset = typeof offsetMs === 'number' ? () => offsetMs : offsetMs
  return {
    nowMs: () => clock.nowMs() + offset(),
    schedule: (delayMs, task) => clock.schedule(delayMs, task),
  }
}

/** Lets every promise that can continue without a timer continue: microtasks run dry before an immediate. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isSooner(a: Task, b: Task): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
}

function pushTask(heap: Task[], task: Task): void {
  let at = heap.length
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above] as Task
    if (!isSooner(task, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = task
}

/** Takes the soonest task off; the heap is not empty. */
function popTask(heap: Task[]): void {
  const last = heap.pop() as Task
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    const right = heap[below + 1]
    if (right !== undefined && isSooner(right, heap[below] as Task)) below++
    const child = heap[below]
    if (child === undefined || !isSooner(child, last)) break
    heap[at] = child
    at = below
  }
  heap[at] = last
}
