// L1 to L3: what must happen once the network is healthy, within which time.
import type { Fail } from './fail.ts'

/** Where an honest node is. */
export interface Position {
  /** The height it works on. */
  readonly height: bigint
  readonly round: number
}

/** Watches a healthy network. */
export interface LivenessWatch {
  /** The network has healed: the clock of the promises starts. */
  healed(positions: readonly Position[]): void
  /** Called after each event. */
  observe(positions: readonly Position[]): void
  /** True when every honest node has decided what it had to. */
  isDone(): boolean
  /** Milliseconds after the healing by which it must be done. */
  deadlineMs(): number
}

const SLACK_MS = 6000

/** @param options.durationMs how long a round takes */
export function createLivenessWatch(options: {
  /** Blocks that every honest node must have, beyond the highest that anyone has when the network heals. */
  readonly blockCount: number
  readonly faulty: number
  readonly requestTimeoutMs: number
  readonly blockPeriodMs: number
  readonly nowMs: () => number
  readonly durationMs: (round: number) => number
  readonly fail: Fail
}): LivenessWatch {
  let healedMs: number | undefined
  let goal = 0n
  let topRound = 0
  let isTogether = false
  let isDone = false

  const sumMs = (from: number, to: number): number =>
    from > to ? 0 : options.durationMs(from) + sumMs(from + 1, to)

  /** A round ends for all within its own time and the next one's, plus two retransmissions. (L1) */
  const togetherMs = () => sumMs(topRound, topRound + 1) + 3 * options.requestTimeoutMs + SLACK_MS

  /** Then at most f leaders in a row lie, for the first block and for each of those after it. (L2) */
  function deadlineMs(): number {
    const first = sumMs(topRound, topRound + options.faulty + 2)
    const each = sumMs(0, options.faulty + 1) + options.blockPeriodMs + options.requestTimeoutMs
    return togetherMs() + first + options.blockCount * each
  }

  function observe(positions: readonly Position[]): void {
    if (healedMs === undefined || isDone) return
    const lowest = positions.reduce((low, { height }) => (height < low ? height : low), goal)
    isDone = lowest >= goal
    const [first] = positions
    const isSame = ({ height, round }: Position) =>
      height === first?.height && round === first.round
    isTogether ||= isDone || positions.every(isSame)
    const sinceMs = options.nowMs() - healedMs
    if (!isTogether && sinceMs > togetherMs()) {
      options.fail('L1', `no common round ${sinceMs} ms after healing: ${words(positions)}`)
    }
    if (!isDone && sinceMs > deadlineMs()) {
      options.fail('L2', `no decision ${sinceMs} ms after healing: ${words(positions)}`)
    }
  }

  return {
    healed(positions) {
      healedMs = options.nowMs()
      topRound = Math.max(...positions.map(({ round }) => round))
      const highest = positions.reduce((top, { height }) => (height > top ? height : top), 0n)
      goal = highest + BigInt(options.blockCount)
    },
    observe,
    isDone: () => isDone,
    deadlineMs,
  }
}

function words(positions: readonly Position[]): string {
  return positions.map(({ height, round }) => `${height}/${round}`).join(' ')
}
