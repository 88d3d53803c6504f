// node test/e2e/network-faults/run.ts [scenario...]: plays faults on seven real validators and prints a table.
import { namespacePrefix, namespacesRefused, removeNamespaces } from './namespaces.ts'
import { playInNamespaces } from './play.ts'
import { SCENARIOS } from './scenarios.ts'
import type { Outcome } from './stage.ts'

const COLUMNS = [
  ['scenario', 16],
  ['fault s', 8],
  ['blocks', 7],
  ['recovery s', 11],
  ['receipts', 9],
  ['lost', 5],
  ['forks', 6],
] as const

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => SCENARIOS[name] === undefined)
const refused = namespacesRefused()
if (unknown.length > 0) {
  console.error(
    `no such scenario: ${unknown.join(', ')}; there are: ${Object.keys(SCENARIOS).join(', ')}`,
  )
  process.exitCode = 2
} else if (refused !== undefined) {
  console.error(`nothing was played: ${refused}`)
  process.exitCode = 3
} else {
  await playAll(chosen.length > 0 ? chosen : Object.keys(SCENARIOS))
}

async function playAll(names: readonly string[]): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      removeNamespaces(namespacePrefix(process.pid))
      process.exit(130)
    })
  }
  console.log(COLUMNS.map(([title, width]) => title.padEnd(width)).join(' '))
  const outcomes = await playInNamespaces(names, (outcome) => console.log(rowOf(outcome)))
  const failed = outcomes.filter(({ problems }) => problems.length > 0)
  console.log(`${outcomes.length - failed.length} held, ${failed.length} failed`)
  process.exitCode = failed.length > 0 ? 1 : 0
}

function rowOf(outcome: Outcome): string {
  const { scenario, faultSeconds, blocksDuring, recoverySeconds, receipts, lost, forks } = outcome
  const values = [scenario, faultSeconds, blocksDuring, recoverySeconds, receipts, lost, forks]
  const row = values.map((value, index) => String(value).padEnd(COLUMNS[index]?.[1] ?? 0)).join(' ')
  const remarks = [...outcome.problems.map((problem) => `FAILED: ${problem}`), ...outcome.notes]
  return `${row} ${outcome.description}${remarks.map((remark) => `\n  ${remark}`).join('')}`
}
