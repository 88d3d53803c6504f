import type { Header, QbftConfig } from '@busan/chain-spec'
import { type Clock, EMPTY_TRIE_ROOT, type Timer } from '@busan/primitives'
import type { ValidatorChain } from './ports.ts'

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
 * The periods for the child of `parent`. A tail block, one of the first after a block with transactions, does
 * not wait for any of its own: whoever waits for confirmations gets them. The headers alone say so, and thus the
 * same to every validator.
 */
export function blockPeriods(
  { spec, headerByNumber }: Pick<ValidatorChain, 'spec' | 'headerByNumber'>,
  parent: Header,
): Pick<QbftConfig, 'blockPeriodMs' | 'emptyBlockPeriodMs'> {
  const { blockPeriodMs, emptyBlockPeriodMs, tailBlocks } = spec.qbftAfter(parent)
  if (emptyBlockPeriodMs === 0) return { blockPeriodMs, emptyBlockPeriodMs }
  let header: Header | undefined = parent
  for (let behind = 0; behind < tailBlocks && header !== undefined; behind++) {
    if (header.transactionsRoot !== EMPTY_TRIE_ROOT) return { blockPeriodMs, emptyBlockPeriodMs: 0 }
    header = header.number === 0n ? undefined : headerByNumber(header.number - 1n)
  }
  return { blockPeriodMs, emptyBlockPeriodMs }
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
