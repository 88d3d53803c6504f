import type { Timer } from '@busan/primitives'
import { type CatchUpPorts, catchUp } from './catch-up.ts'
import { createLag, type Lag } from './lag.ts'
import { createProgress } from './progress.ts'

/** Runs `catchUp` whenever a peer that may be asked has more, one run at a time, until stopped. */
export interface Runner {
  start(): void
  /** Starts a run, or arranges the next, unless one is under way or nothing is missing. */
  wake(): void
  /** Resolves when the import that runs has ended. */
  stop(): Promise<void>
  isFarBehind(): boolean
  readonly startingBlock: Lag['startingBlock']
  readonly provenMs: Lag['provenMs']
}

/** Wait after the chain itself could not import: its disk may recover, and a human should look. */
const BROKEN_CHAIN_MS = 5_000

/** Between two runs that added nothing, whatever peers say in the meantime. */
const FRUITLESS_MS = 100

/** @see Runner */
export function createRunner(
  ports: Omit<CatchUpPorts, 'stopped' | 'onImported' | 'progress'>,
): Runner {
  const { chain, heads, clock } = ports
  const lag = createLag(ports)
  const progress = createProgress(ports)
  const stopping = new AbortController()
  const stopped = stopping.signal
  let isStarted = false
  let running: Promise<void> | undefined
  let next: Timer | undefined
  let notBeforeMs = Number.NEGATIVE_INFINITY

  function wake(): void {
    if (!isStarted || running !== undefined || stopped.aborted) return
    next?.cancel()
    if (!lag.isBehind()) {
      lag.closed()
      return
    }
    const restMs = heads.restMs(chain.head().header.number + 1n) ?? 0
    const waitMs = Math.max(restMs, notBeforeMs - clock.nowMs())
    if (waitMs > 0) {
      next = clock.schedule(waitMs, wake)
      return
    }
    lag.begun()
    running = run({ ...ports, progress, stopped, onImported: lag.imported }).then((pauseMs) => {
      running = undefined
      notBeforeMs = clock.nowMs() + pauseMs
      wake()
    })
  }

  return {
    start() {
      isStarted = true
      wake()
    },
    wake,
    async stop() {
      stopping.abort()
      next?.cancel()
      await running
    },
    isFarBehind: () => isStarted && lag.isFar(),
    startingBlock: lag.startingBlock,
    provenMs: lag.provenMs,
  }
}

/** @returns milliseconds until the next run at the earliest */
async function run(ports: CatchUpPorts): Promise<number> {
  const { chain, log, progress, stopped } = ports
  const fromNumber = chain.head().header.number
  let pauseMs: number
  try {
    pauseMs = await catchUp(ports)
  } catch (error) {
    if (!stopped.aborted) log.error('cannot import blocks', { error })
    pauseMs = BROKEN_CHAIN_MS
  }
  if (chain.head().header.number > fromNumber) return pauseMs
  progress.check()
  return Math.max(pauseMs, FRUITLESS_MS)
}
