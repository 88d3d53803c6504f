// What the simulation says to people: a table of what was run, and a failure with all that is needed to repeat it.
import {
  describeItem,
  minimise,
  type SimulationOptions,
  type SimulationResult,
} from '@busan/testkit'

/** Counts of the runs of one kind. */
interface Row {
  runs: number
  blocks: number
  roundMax: number
  failed: number
}

/** A table that runs are added to. */
export interface ResultTable {
  add(result: SimulationResult): void
  lines(): readonly string[]
}

/** Runs by theme and by committee size. */
export function createResultTable(): ResultTable {
  const rows = new Map<string, Row>()
  function count(name: string, result: SimulationResult): void {
    const row = rows.get(name) ?? { runs: 0, blocks: 0, roundMax: 0, failed: 0 }
    row.runs++
    row.blocks += result.heightCount
    row.roundMax = Math.max(row.roundMax, result.roundMax)
    if (result.violation !== undefined) row.failed++
    rows.set(name, row)
  }
  return {
    add(result) {
      const { theme, validatorCount, liars } = result.scenario
      count(`theme ${theme}`, result)
      count(`validators ${String(validatorCount).padStart(2)}`, result)
      count(`liars ${liars.length}`, result)
    },
    lines() {
      const body = [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
      const head = line('', ['runs', 'blocks', 'max round', 'failed'])
      return [
        head,
        ...body.map(([name, row]) => line(name, [row.runs, row.blocks, row.roundMax, row.failed])),
      ]
    },
  }
}

function line(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(18) + cells.map((cell) => String(cell).padStart(11)).join('')
}

/** Runs that a failure is worth, to find out what of its plan matters. */
const MINIMISING_RUNS_MAX = 120

/** A failure in words: the rule, the command that repeats it, and the least plan that still fails. */
export async function describeFailure(
  result: SimulationResult,
  options: SimulationOptions = {},
): Promise<string> {
  const { violation, scenario } = result
  if (violation === undefined) return `seed ${scenario.seed}: nothing is wrong`
  const least = await minimise({ ...result, violation }, options, { runsMax: MINIMISING_RUNS_MAX })
  const { theme, validatorCount, liars } = scenario
  return [
    `seed ${scenario.seed} (${theme}, ${validatorCount} validators, liars: ${liars.join(' ') || 'none'})`,
    `  ${violation.rule}: ${violation.message} at ${violation.atMs} ms`,
    `  replay: node test/simulation/simulate.ts --seed ${scenario.seed} --trace`,
    `  least plan that fails (${least.runCount} runs), ${least.scenario.items.length} of ${scenario.items.length} items:`,
    ...least.scenario.items.map((item) => `    ${describeItem(item)}`),
  ].join('\n')
}
