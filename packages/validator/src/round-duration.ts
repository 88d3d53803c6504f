import type { QbftConfig } from '@busan/chain-spec'

/**
 * Rounds double in length up to this, or up to the request timeout when that is longer. The cap is safe for
 * liveness because own messages are sent again and validators that fell behind jump to the others' round.
 */
const ROUND_MS_MAX = 60_000

/** How long a round may take, in milliseconds. */
export function roundDurationMs(
  { requestTimeoutMs }: Pick<QbftConfig, 'requestTimeoutMs'>,
  round: number,
): number {
  return Math.min(requestTimeoutMs * 2 ** round, Math.max(ROUND_MS_MAX, requestTimeoutMs))
}
