// Runs every tool under every fee policy and prints the table; exit code 1 when a cell is not green. Words given as
// arguments choose tools by name. What failed is told under the table.
import { FEE_POLICIES, type FeePolicyName } from '@busan/chain-spec'
import { formatTable } from '../../packages/cli/src/table.ts'
import { buildContracts } from './artifacts.ts'
import { startChain } from './chain.ts'
import { installTools } from './npm/install.ts'
import type { ChainUnderTest, Tool } from './tool.ts'
import { TOOLS } from './tools.ts'

type Outcomes = Map<string, 'ok' | Error>

const words = process.argv.slice(2).map((word) => word.toLowerCase())
const chosen = TOOLS.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word)),
)

await buildContracts()
await installTools()
const startedMs = performance.now()
const columns = await Promise.all(FEE_POLICIES.map(runPolicy))
const outcomes: Outcomes = new Map(columns.flatMap((column) => [...column]))

const rows = chosen.flatMap((tool) =>
  tool.steps.map((step, index) => [
    index === 0 ? tool.name : '',
    step,
    ...FEE_POLICIES.map((policy) =>
      outcomes.get(cellOf(policy, tool, step)) === 'ok' ? 'ok' : 'FAIL',
    ),
  ]),
)
console.log(formatTable([['tool', 'step', ...FEE_POLICIES], ...rows]))

const failures = [...outcomes].flatMap(([cell, outcome]) =>
  outcome === 'ok' ? [] : [{ cell, error: outcome }],
)
for (const { cell, error } of failures) console.log(`\nFAIL ${cell}\n${error.stack}`)
const seconds = Math.round((performance.now() - startedMs) / 1000)
console.log(`\n${outcomes.size - failures.length} of ${outcomes.size} green, ${seconds} s`)
process.exit(failures.length === 0 ? 0 : 1)

async function runPolicy(policy: FeePolicyName): Promise<Outcomes> {
  const found: Outcomes = new Map()
  const chain = await startChain(policy)
  try {
    for (const tool of chosen) await runTool(tool, chain, found)
  } finally {
    await chain.stop()
  }
  return found
}

async function runTool(tool: Tool, chain: ChainUnderTest, found: Outcomes): Promise<void> {
  const opened = await settle(tool.open(chain))
  for (const step of tool.steps) {
    const outcome = opened.error ?? (await settle(opened.value.step(step))).error
    found.set(cellOf(chain.policy, tool, step), outcome ?? 'ok')
  }
  await opened.value?.close()
}

function cellOf(policy: FeePolicyName, tool: Tool, step: string): string {
  return `${policy}: ${tool.name}: ${step}`
}

async function settle<Value>(
  task: Promise<Value>,
): Promise<{ value: Value; error?: never } | { value?: never; error: Error }> {
  try {
    return { value: await task }
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }
}
