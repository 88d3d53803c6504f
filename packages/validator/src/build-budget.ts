import type { QbftConfig } from '@busan/chain-spec'

type Times = Pick<QbftConfig, 'blockPeriodMs' | 'requestTimeoutMs'>

/**
 * How long our blocks are built, and by that how large they are: so that building, sending and checking them takes half
 * of the request timeout at most. How long the others take shows in the heights that are decided.
 */
export interface BuildBudget {
  /** For the next block, in milliseconds. */
  ms(times: Times): number
  /** A height was decided in its first round, so many milliseconds after that began. */
  decided(tookMs: number, times: Times): void
  /** A round ended before its block was built or checked. */
  ranOut(): void
}

/** Even with a period of a few milliseconds a block gets this long for its transactions. */
const BUDGET_MS_MIN = 20

/** Of the whole budget: what holds the others up may be something else than our blocks. */
const SHARE_MIN = 1 / 8

/** How much larger a block may be than the one before. */
const GROWTH = 17 / 16

/** Starts with all that the block period allows. */
export function createBuildBudget(): BuildBudget {
  let share = 1
  const scale = (factor: number) => {
    share = Math.min(1, Math.max(SHARE_MIN, share * factor))
  }
  return {
    ms({ blockPeriodMs, requestTimeoutMs }) {
      // The rest of the period is for checking, two rounds of votes and the import.
      const wholeMs = Math.min(blockPeriodMs, requestTimeoutMs) / 2
      return Math.max(BUDGET_MS_MIN, wholeMs * share)
    },
    decided(tookMs, { requestTimeoutMs }) {
      const aimMs = requestTimeoutMs / 2
      scale(Math.min(GROWTH, aimMs / Math.max(1, tookMs)))
    },
    ranOut: () => scale(1 / 2),
  }
}
