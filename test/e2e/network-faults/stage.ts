// Plays scenarios one after the other on one network under load, and judges each. Runs inside the hub's namespace.
import { until } from '../chain-process.ts'
import { compareChains } from './agreement.ts'
import {
  type FaultNetwork,
  type FaultNode,
  makeFaultNetwork,
  startStaggered,
} from './fault-network.ts'
import { createFaults, type Faults } from './faults.ts'
import { type Load, startLoad } from './load.ts'
import type { BridgedNamespaces } from './namespaces.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

/** What a scenario acts on. */
export interface Stage extends BridgedNamespaces {
  readonly nodes: readonly FaultNode[]
  readonly faults: Faults
  /** Measures the chain while `act` runs; the phase `fault` is the one that is judged. */
  phase(name: 'fault' | 'settled', act: () => Promise<void>): Promise<void>
  /** A remark for the table. */
  note(text: string): void
}

/** What became of one scenario. */
export interface Outcome {
  readonly scenario: string
  readonly description: string
  readonly faultSeconds: number
  readonly blocksDuring: number
  /** From the end of the fault until every node has two blocks more than any had then. */
  readonly recoverySeconds: number
  readonly receipts: number
  readonly lost: number
  readonly forks: number
  /** Empty when everything held. */
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

const VALIDATORS = 7
const CHAIN_ID = 51_053n

/** Plays scenarios by name. @param report called after each */
export async function playScenarios(
  namespaces: BridgedNamespaces,
  names: readonly string[],
  report: (outcome: Outcome) => void,
): Promise<void> {
  const network = await makeFaultNetwork(namespaces, {
    validators: VALIDATORS,
    blockPeriodMs: 1000,
  })
  try {
    await startStaggered(network.nodes.slice(0, VALIDATORS))
    await everyoneAbove(network, 3, 60_000)
    const load = startLoad(network.up, { chainId: CHAIN_ID, perSecond: 10 })
    try {
      for (const name of names) report(await play({ namespaces, network, load }, name))
    } finally {
      await load.stop()
    }
  } catch (error) {
    const tails = network.nodes.slice(0, VALIDATORS).map((node) => tailOf(node))
    throw new Error(`${String(error)}\n${tails.join('\n')}`, { cause: error })
  } finally {
    await network.close()
  }
}

const RECEIPT_DEADLINE_MS = 30_000

interface Play {
  readonly namespaces: BridgedNamespaces
  readonly network: FaultNetwork
  readonly load: Load
}

async function play({ namespaces, network, load }: Play, name: string): Promise<Outcome> {
  const scenario = SCENARIOS[name] as Scenario
  const measured = { faultSeconds: 0, blocksDuring: 0 }
  const notes: string[] = []
  const before = load.served.length
  await scenario.run({
    ...namespaces,
    nodes: network.nodes,
    faults: createFaults(namespaces),
    note: (text) => notes.push(text),
    async phase(phaseName, act) {
      const [startedMs, from] = [Date.now(), await highest(network)]
      await act()
      if (phaseName !== 'fault') return
      measured.faultSeconds = seconds(startedMs)
      measured.blocksDuring = (await highest(network)) - from
    },
  })
  const endedMs = Date.now()
  const target = (await highest(network)) + 2
  await everyoneAbove(network, target - 1, 1000 * 4 * scenario.recoverySeconds)
  const recoverySeconds = seconds(endedMs)
  await someReceiptAfter(load, before)
  const { lost, forks } = await compareChains(network.up(), [...load.served])
  const receipts = load.served.length - before
  const result = { ...measured, recoverySeconds, receipts, lost, forks }
  const problems = judge(scenario, result)
  return { scenario: name, description: scenario.description, ...result, problems, notes }
}

/** What waited out the fault is included some blocks after the recovery; none at all is for the judgement to tell. */
async function someReceiptAfter({ served }: Load, before: number): Promise<void> {
  const count = async () => served.length
  await until('a receipt', RECEIPT_DEADLINE_MS, count, (seen) => seen > before).catch(() => {})
}

function judge(
  { during, recoverySeconds }: Scenario,
  result: Omit<Outcome, 'scenario' | 'description' | 'problems' | 'notes'>,
): string[] {
  // A block that was decided as the fault began may still arrive during it.
  const isHalted = result.blocksDuring <= 2
  return [
    ...(result.forks > 0 ? [`${result.forks} heights differ`] : []),
    ...(result.lost > 0 ? [`${result.lost} receipts are gone`] : []),
    ...(during === 'halts' && !isHalted ? ['blocks were made without a quorum'] : []),
    ...(during === 'advances' && isHalted ? ['the chain stood still'] : []),
    ...(result.receipts === 0 ? ['no transaction was included'] : []),
    ...(result.recoverySeconds > recoverySeconds ? [`not within ${recoverySeconds} s`] : []),
  ]
}

async function highest({ up }: FaultNetwork): Promise<number> {
  const heights = await Promise.all(up().map((node) => node.height().catch(() => 0)))
  return Math.max(0, ...heights)
}

async function everyoneAbove(network: FaultNetwork, height: number, deadlineMs: number) {
  const endMs = Date.now() + deadlineMs
  for (const node of network.up()) {
    await until(
      `${node.name} above ${height}`,
      Math.max(1, endMs - Date.now()),
      () => node.height(),
      (seen) => seen > height,
    )
  }
}

function seconds(sinceMs: number): number {
  return Math.round((Date.now() - sinceMs) / 100) / 10
}

function tailOf(node: FaultNode): string {
  return `--- ${node.name}\n${node.log().split('\n').slice(-15).join('\n')}`
}
