import type { Logger } from '@busan/telemetry'

/** How long one part may take to stop before it is left behind, in milliseconds. */
const PART_DEADLINE_MS = 15_000

/** What was started, to be stopped in reverse order. */
export interface Lifecycle {
  /** Registers how a part stops, right after it was started. */
  onStop(name: string, stop: () => Promise<void>): void
  /** Stops everything once; later calls wait for the same end. */
  stop(): Promise<void>
}

/** A part that fails to stop is logged, and the rest are stopped all the same. */
export function createLifecycle(logger: Logger): Lifecycle {
  const parts: { name: string; stop: () => Promise<void> }[] = []
  let stopping: Promise<void> | undefined

  async function stopAll(): Promise<void> {
    for (const { name, stop } of parts.reverse()) {
      const startedMs = performance.now()
      try {
        await withDeadline(stop(), name)
      } catch (error) {
        logger.error('stop failed', { part: name, error })
      }
      logger.debug('stopped', { part: name, ms: Math.round(performance.now() - startedMs) })
    }
  }

  return {
    onStop(name, stop) {
      parts.push({ name, stop })
    },
    stop() {
      stopping ??= stopAll()
      return stopping
    },
  }
}

async function withDeadline(stopped: Promise<void>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${name} did not stop within ${PART_DEADLINE_MS} ms`)),
      PART_DEADLINE_MS,
    )
  })
  try {
    await Promise.race([stopped, late])
  } finally {
    clearTimeout(timer)
  }
}
