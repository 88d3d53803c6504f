import { createHash } from 'node:crypto'

/** Every event of a run, folded into one hash: two runs with one hash were the same run. */
export interface Trace {
  /** @param line what happened, to whom, when */
  note(line: string): void
  eventCount(): number
  /** Hex; the trace goes on afterwards. */
  hash(): string
  /** The last lines, or all of them when they are kept. */
  lines(): readonly string[]
}

const LINES_KEPT_MAX = 200_000

/** @param isKept true keeps the lines, for people */
export function createTrace(isKept: boolean): Trace {
  const folded = createHash('sha256')
  const lines: string[] = []
  let count = 0
  return {
    note(line) {
      count++
      folded.update(line)
      if (isKept && lines.length < LINES_KEPT_MAX) lines.push(line)
    },
    eventCount: () => count,
    hash: () => folded.copy().digest('hex'),
    lines: () => lines,
  }
}
