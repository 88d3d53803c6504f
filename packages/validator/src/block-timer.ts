import type { Header, QbftConfig } from '@busan/chain-spec'
import type { Clock, Timer } from '@busan/primitives'

/** Says when the next block may be proposed. */
export interface BlockTimer {
  /** The pool changed: an executable transaction ends the wait for an empty block. */
  poolChanged(): void
  cancel(): void
}

/** When a block may be proposed, in milliseconds since the epoch. */
export interface BlockTimes {
  readonly dueMs: number
  /** When it may be proposed without transactions; equal to `dueMs` unless an empty-block period is set. */
  readonly emptyDueMs: number
}

/**
 * A period of whole seconds counts from the parent's timestamp, so that every node waits for the same moment.
 * Header time has no fractions: any other period counts from `nowMs`, when the parent became known.
 */
export function blockTimes(
  parent: Pick<Header, 'timestamp'>,
  qbft: Pick<QbftConfig, 'blockPeriodMs' | 'emptyBlockPeriodMs'>,
  nowMs: number,
): BlockTimes {
  const parentMs = Number(parent.timestamp) * 1000
  const dueMs = (qbft.blockPeriodMs % 1000 === 0 ? parentMs : nowMs) + qbft.blockPeriodMs
  return { dueMs, emptyDueMs: Math.max(dueMs, parentMs + qbft.emptyBlockPeriodMs) }
}

/**
 * Every validator arms it, not the proposer alone: otherwise the others' round timers run while the proposer
 * waits for transactions, and an idle chain changes rounds for nothing.
 */
export function startBlockTimer(options: {
  readonly clock: Clock
  readonly times: BlockTimes
  readonly hasExecutable: () => boolean
  readonly onDue: () => void
}): BlockTimer {
  const { clock, times } = options
  let timer: Timer
  let isOver = false
  let isWaitingForTransactions = false

  function finish(): void {
    if (isOver) return
    isOver = true
    timer.cancel()
    options.onDue()
  }

  function blockDue(): void {
    if (clock.nowMs() >= times.emptyDueMs || options.hasExecutable()) {
      finish()
      return
    }
    isWaitingForTransactions = true
    timer = clock.schedule(times.emptyDueMs - clock.nowMs(), finish)
  }

  timer = clock.schedule(times.dueMs - clock.nowMs(), blockDue)
  return {
    poolChanged() {
      if (isWaitingForTransactions && !isOver && options.hasExecutable()) finish()
    },
    cancel() {
      isOver = true
      timer.cancel()
    },
  }
}
