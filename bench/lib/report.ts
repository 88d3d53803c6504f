// What every bench prints: the machine, and medians with their range.
import { execFileSync } from 'node:child_process'
import os from 'node:os'

/** Absolute numbers mean something on this machine and at this commit only; ratios travel. */
export function printMachine(): void {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
  const cpus = os.cpus()
  const memoryGiB = Math.round(os.totalmem() / 2 ** 30)
  console.log(
    `${cpus[0]?.model.trim()}, ${cpus.length} cores, ${memoryGiB} GiB, node ${process.version}, ` +
      `${os.type()} ${os.release()}, commit ${commit.trim()}, load ${os.loadavg()[0]?.toFixed(1)}`,
  )
}

/** Measurements of one thing. */
export interface Series {
  readonly values: number[]
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}

/** `median [min-max]`. */
export function spread(values: readonly number[]): string {
  return `${short(median(values))} [${short(Math.min(...values))}-${short(Math.max(...values))}]`
}

/** A number at a precision that a noisy machine gives. */
export function short(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** Prints rows in columns. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}

/** The task's milliseconds. */
export async function timeMs(task: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await task()
  return performance.now() - startedMs
}
