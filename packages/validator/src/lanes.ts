import type { Validator } from '@busan/qbft'

/** One step of the actor's work. */
export type Task = () => void | Promise<void>

/**
 * The actor's two queues, worked off one task at a time. What the node itself causes (timers, heads, answers)
 * goes first and is never dropped; what others send waits behind it, so many at a time for each author.
 */
export interface Lanes {
  postLocal(task: Task): void
  /** @returns false when the author has too much waiting: the task is dropped */
  postForeign(author: Validator, task: Task): boolean
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>
}

interface ForeignTask {
  readonly author: Validator
  readonly task: Task
}

/** @param options.onFailure is told what a task threw; the others go on */
export function createLanes(options: {
  readonly perAuthorMax: number
  readonly onFailure: (error: unknown) => void
}): Lanes {
  const local: Task[] = []
  const foreign: ForeignTask[] = []
  const waiting = new Map<Validator, number>()
  let draining: Promise<void> | undefined

  function nextTask(): Task | undefined {
    const own = local.shift()
    if (own !== undefined) return own
    const next = foreign.shift()
    if (next === undefined) return undefined
    const left = (waiting.get(next.author) ?? 1) - 1
    if (left === 0) waiting.delete(next.author)
    else waiting.set(next.author, left)
    return next.task
  }

  async function drain(): Promise<void> {
    for (let task = nextTask(); task !== undefined; task = nextTask()) {
      try {
        await task()
      } catch (error) {
        options.onFailure(error)
      }
    }
    draining = undefined
  }

  function wake(): void {
    // Started in a microtask, so that whoever posts is never re-entered by what it posted.
    draining ??= Promise.resolve().then(drain)
  }

  return {
    postLocal(task) {
      local.push(task)
      wake()
    },
    postForeign(author, task) {
      const count = waiting.get(author) ?? 0
      if (count >= options.perAuthorMax) return false
      waiting.set(author, count + 1)
      foreign.push({ author, task })
      wake()
      return true
    },
    async idle() {
      while (draining !== undefined) await draining
    },
  }
}
