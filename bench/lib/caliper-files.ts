// What Caliper is told, and what it tells: its two configurations and the table of its report.
import { stripVTControlCharacters } from 'node:util'

/** One of Caliper's rounds. */
export interface CaliperRound {
  readonly work: string
  /** Transactions, of all workers together. */
  readonly count: number
  /** Offered in a second, by all workers together. */
  readonly perSecond: number
}

/** Caliper's benchmark configuration: its workers send each round's transactions at the round's fixed rate. */
export function benchmarkConfig(
  rounds: readonly CaliperRound[],
  options: { readonly workers: number; readonly module: string },
): object {
  return {
    test: {
      name: 'busan-chain',
      workers: { number: options.workers },
      rounds: rounds.map(({ work, count, perSecond }) => ({
        label: work,
        txNumber: count,
        rateControl: { type: 'fixed-rate', opts: { tps: perSecond } },
        workload: { module: options.module, arguments: { work, count } },
      })),
    },
  }
}

/** Caliper's network configuration, for our connector. */
export function networkConfig(url: string): object {
  return { caliper: { blockchain: 'json-rpc' }, url }
}

/**
 * The last table of Caliper's log: its heading, then a row for each round that came to its end.
 * @throws Error when a round is missing
 */
export function readReport(log: string, rounds: number): string[][] {
  const [, last] = stripVTControlCharacters(log).split('### All test results ###')
  const rows = (last ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|-'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  if (rows.length !== rounds + 1) {
    throw new Error(`Caliper reports ${Math.max(rows.length - 1, 0)} of ${rounds} rounds`)
  }
  return rows
}
