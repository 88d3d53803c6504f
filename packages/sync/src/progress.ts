import type { Clock } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { PeerHeads } from './peer-heads.ts'
import type { ChainPort, PeerId } from './ports.ts'

/** What last kept catching up from advancing. */
export interface Hindrance {
  readonly peer: PeerId
  /** Why a block was refused, or what became of a request. */
  readonly reason: string
  readonly message?: string
}

/** Watches whether catching up gets anywhere, and says why when it does not. */
export interface Progress {
  hindered(hindrance: Hindrance): void
  /** Called when a run has added nothing; warns when the head has stood still for long. */
  check(): void
}

/** A head that stands still this long while blocks are missing is worth a warning, and then another. */
const STANDSTILL_MS = 10_000
const REPEAT_MS = 60_000

/** @see Progress */
export function createProgress(ports: {
  readonly chain: Pick<ChainPort, 'head'>
  readonly heads: Pick<PeerHeads, 'highest'>
  readonly clock: Clock
  readonly log: Logger
}): Progress {
  const { chain, heads, clock, log } = ports
  let last: Hindrance | undefined
  let standing: { readonly headNumber: bigint; readonly sinceMs: number } | undefined
  let warnedMs = Number.NEGATIVE_INFINITY

  return {
    hindered(hindrance) {
      last = hindrance
    },
    check() {
      const nowMs = clock.nowMs()
      const headNumber = chain.head().header.number
      if (standing?.headNumber !== headNumber) standing = { headNumber, sinceMs: nowMs }
      const standsForMs = nowMs - standing.sinceMs
      if (standsForMs < STANDSTILL_MS || nowMs - warnedMs < REPEAT_MS) return
      warnedMs = nowMs
      const highestNumber = heads.highest()
      log.warn('catching up does not advance', { headNumber, highestNumber, standsForMs, ...last })
    },
  }
}
