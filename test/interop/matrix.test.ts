// Every tool under every fee policy, in its default settings. `node test/interop/matrix.ts` prints the same as a table.
import { after, before, suite, test } from 'node:test'
import { FEE_POLICIES } from '@busan/chain-spec'
import { buildContracts } from './artifacts.ts'
import { startChain } from './chain.ts'
import { installTools } from './npm/install.ts'
import type { ToolRun } from './tool.ts'
import { TOOLS } from './tools.ts'

const TIMEOUT_MS = 600_000

await buildContracts()
await installTools()

// The policies share the machine: most of a tool's time is spent waiting for blocks.
suite('tool matrix', { concurrency: true, timeout: TIMEOUT_MS }, () => {
  for (const policy of FEE_POLICIES) {
    suite(policy, { concurrency: 1 }, () => {
      let chain: Awaited<ReturnType<typeof startChain>>
      before(async () => {
        chain = await startChain(policy)
      })
      after(() => chain?.stop())

      for (const tool of TOOLS) {
        suite(tool.name, () => {
          let run: ToolRun
          before(async () => {
            run = await tool.open(chain)
          })
          after(() => run?.close())
          for (const step of tool.steps) {
            test(`${policy}: ${tool.name}: ${step}`, () => run.step(step))
          }
        })
      }
    })
  }
})
