import type { Timer } from '@busan/primitives'
import { type CatchUpPorts, catchUp } from './catch-up.ts'

/** Runs `catchUp` whenever a peer has more, one run at a time, until stopped. */
export interface Runner {
  start(): void
  /** Starts a run unless one is under way or nothing is missing. */
  wake(): void
  /** Resolves when the import that runs has ended. */
  stop(): Promise<void>
  /** True when peers claim more than gossip and consensus make up for by themselves. */
  isFarBehind(): boolean
  /** The head when the node fell behind; undefined when it is not behind. */
  startingBlock(): bigint | undefined
  /** When a peer's range last added a block; minus infinity before the first. */
  importedMs(): number
}

/** Blocks that gossip and consensus make up for without a word about syncing. */
const SMALL_GAP = 2n

/** Wait after the chain itself could not import: its disk may recover, and a human should look. */
const BROKEN_CHAIN_MS = 5_000

const RETRY_MIN_MS = 10

/** @see Runner */
export function createRunner(ports: Omit<CatchUpPorts, 'stopped' | 'onImported'>): Runner {
  const { chain, heads, clock, log } = ports
  const stopping = new AbortController()
  let isStarted = false
  let running: Promise<void> | undefined
  let retry: Timer | undefined
  let startingBlock: bigint | undefined
  let importedMs = Number.NEGATIVE_INFINITY

  const headNumber = () => chain.head().header.number
  const gap = () => heads.highest() - headNumber()
  const onImported = () => {
    importedMs = clock.nowMs()
  }

  function wake(): void {
    if (!isStarted || running !== undefined || stopping.signal.aborted || gap() <= 0n) return
    retry?.cancel()
    running = run().then((retryMs) => {
      running = undefined
      if (retryMs === undefined) wake()
      else retry = clock.schedule(retryMs, wake)
    })
  }

  /** @returns milliseconds until it is worth another try; undefined when nothing is left to do */
  async function run(): Promise<number | undefined> {
    const fromNumber = headNumber()
    startingBlock ??= fromNumber
    if (gap() > SMALL_GAP) log.info('catching up', { fromNumber, highestNumber: heads.highest() })
    try {
      await catchUp({ ...ports, stopped: stopping.signal, onImported })
    } catch (error) {
      log.error('cannot import blocks', { error })
      return stopping.signal.aborted ? undefined : BROKEN_CHAIN_MS
    }
    if (stopping.signal.aborted) return undefined
    // Peers that have more are resting: the run goes on when the first is ready.
    if (gap() > 0n) return Math.max(RETRY_MIN_MS, heads.restMs(headNumber() + 1n) ?? 0)
    if (headNumber() - fromNumber > SMALL_GAP) log.info('caught up', { number: headNumber() })
    startingBlock = undefined
    return undefined
  }

  return {
    start() {
      isStarted = true
      wake()
    },
    wake,
    async stop() {
      stopping.abort()
      retry?.cancel()
      await running
    },
    isFarBehind: () => isStarted && gap() > SMALL_GAP,
    startingBlock: () => startingBlock,
    importedMs: () => importedMs,
  }
}
