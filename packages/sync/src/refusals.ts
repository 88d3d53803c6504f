import type { ImportReason } from '@busan/chain'
import type { Clock } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { PeerId } from './ports.ts'

/** A block of a peer that the chain did not take. */
export interface Refusal {
  readonly peer: PeerId
  readonly number: bigint
  readonly reason: ImportReason
  readonly message: string
}

/** Whose fault it is: `forged` is the sender's; the rest is ours, and worth another try after `waitMs`. */
export type Fault = { readonly kind: 'forged' } | { readonly kind: 'ours'; readonly waitMs: number }

/** Logs a refusal for what it is, and says whose fault it is. */
export type JudgeRefusal = (refusal: Refusal) => Fault

/** Another try after a block from the future: soon, since a clock only needs time. */
const FUTURE_MS = 2_000

/** Another try after our execution failed a block that a quorum sealed: for a human to look. */
const DISAGREEMENT_MS = 30_000

/** Between two warnings of our clock. */
const CLOCK_WARNING_MS = 60_000

/**
 * A block that a quorum sealed is fine for all that its sender can know. When our clock is behind it, or our
 * execution gives something else, the peers are not to pay for what is wrong here: banning those who have the
 * right chain would cut us off from it.
 */
export function createRefusalJudge({ clock, log }: { clock: Clock; log: Logger }): JudgeRefusal {
  let warnedMs = Number.NEGATIVE_INFINITY
  return (refusal) => {
    const { reason } = refusal
    if (reason === 'future-block') {
      const nowMs = clock.nowMs()
      if (nowMs - warnedMs >= CLOCK_WARNING_MS) {
        warnedMs = nowMs
        log.warn('blocks come from the future, check the clock of this machine', { ...refusal })
      }
      return { kind: 'ours', waitMs: FUTURE_MS }
    }
    if (reason === 'invalid-outcome' || reason === 'invalid-transaction') {
      log.error('this node disagrees with a block that a quorum sealed', { ...refusal })
      return { kind: 'ours', waitMs: DISAGREEMENT_MS }
    }
    log.warn('peer gave an invalid block', { ...refusal })
    return { kind: 'forged' }
  }
}
