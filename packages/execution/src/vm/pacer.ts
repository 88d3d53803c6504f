import { setImmediate } from 'node:timers/promises'
import type { Clock } from '@busan/primitives'
import { callTimeout } from '../errors.ts'

/** Longest time an execution holds the event loop, in milliseconds: consensus timers run in between. */
const SLICE_MS = 4

/** Looking at the clock costs more than an opcode; so many ticks pass between two looks. */
const TICKS_PER_LOOK = 32

/** Lets the event loop run during long executions, and ends those that take too long. */
export interface Pacer {
  /** Begins an execution. @param timeoutMs none: it runs to the end, bounded by its gas */
  start(timeoutMs?: number): void
  /** Called often. @returns a promise to await when a pause is due. @throws CodedError `call-timeout` */
  tick(): Promise<void> | undefined
  /** @throws CodedError `call-timeout` unless more than `ms` are left */
  assertLeft(ms: number): void
  /** As tick, but looks at the clock each time. */
  pause(): Promise<void> | undefined
}

/** The monotonic clock of the process; a simulation passes its own. */
export const systemClock: Pick<Clock, 'nowMs'> = { nowMs: () => performance.now() }

/** @param clock only differences are used */
export function createPacer(clock: Pick<Clock, 'nowMs'>): Pacer {
  let sliceEndMs = 0
  let deadline: { readonly atMs: number; readonly timeoutMs: number } | undefined
  let ticks = 0
  const yieldToEventLoop = async (): Promise<void> => {
    await setImmediate()
    sliceEndMs = clock.nowMs() + SLICE_MS
  }
  const pause = (): Promise<void> | undefined => {
    const nowMs = clock.nowMs()
    if (deadline !== undefined && nowMs >= deadline.atMs) throw callTimeout(deadline.timeoutMs)
    return nowMs < sliceEndMs ? undefined : yieldToEventLoop()
  }
  return {
    start: (timeoutMs) => {
      const nowMs = clock.nowMs()
      sliceEndMs = nowMs + SLICE_MS
      deadline = timeoutMs === undefined ? undefined : { atMs: nowMs + timeoutMs, timeoutMs }
      ticks = 0
    },
    assertLeft: (ms) => {
      if (deadline !== undefined && clock.nowMs() + ms >= deadline.atMs) {
        throw callTimeout(deadline.timeoutMs)
      }
    },
    tick: () => (++ticks % TICKS_PER_LOOK === 0 ? pause() : undefined),
    pause,
  }
}
