// Makes the namespaces and re-runs itself in the hub's, where every node can be reached; removes them in any case.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import {
  type BridgedNamespaces,
  createNamespaces,
  namespacePrefix,
  removeNamespaces,
  within,
} from './namespaces.ts'
import { type Outcome, playScenarios } from './stage.ts'

/** Seven validators and the one that joins. */
const NODES = 8
const OUTCOME = 'outcome '

/** Plays scenarios in namespaces of their own. Rejects when one could not be played to its end. */
export async function playInNamespaces(
  names: readonly string[],
  report: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  try {
    const namespaces = createNamespaces(NODES)
    const args = [process.execPath, import.meta.filename, JSON.stringify(namespaces), ...names]
    const [file, ...rest] = within(namespaces.hub.name, args)
    const child = spawn(file as string, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith(OUTCOME)) continue
      const outcome = JSON.parse(line.slice(OUTCOME.length)) as Outcome
      outcomes.push(outcome)
      report(outcome)
    }
    const code = await ended
    if (code !== 0) throw new Error(`the scenarios ended with ${code} after ${outcomes.length}`)
    return outcomes
  } finally {
    removeNamespaces(namespacePrefix(process.pid))
  }
}

if (import.meta.main) {
  const [namespaces = '', ...names] = process.argv.slice(2)
  await playScenarios(JSON.parse(namespaces) as BridgedNamespaces, names, (outcome) =>
    console.log(`${OUTCOME}${JSON.stringify(outcome)}`),
  )
}
