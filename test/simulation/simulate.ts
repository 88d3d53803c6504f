// node test/simulation/simulate.ts --seeds 1000 --from 1: runs many scenarios. --seed N --trace: one, with all events.
import { parseArgs } from 'node:util'
import { createScenario, describeItem, simulate } from '@busan/testkit'
import { rememberSignatures } from './remembered-signatures.ts'
import { createResultTable, describeFailure } from './report.ts'

const FAILURES_MAX = 10

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

rememberSignatures()
if (values.seed === undefined) await runMany(Number(values.from), Number(values.seeds))
else await runOne(Number(values.seed), values.trace)

async function runOne(seed: number, isTraced: boolean): Promise<void> {
  const scenario = createScenario(seed)
  const { items, ...rest } = scenario
  console.log(JSON.stringify(rest))
  for (const item of items) console.log(`  ${describeItem(item)}`)
  const result = await simulate(scenario, { isTraced })
  for (const event of result.trace) console.log(event)
  console.log(
    `${result.eventCount} events, ${result.virtualMs} ms of virtual time, hash ${result.hash}`,
  )
  if (result.violation === undefined) console.log('nothing is wrong')
  else console.log(await describeFailure(result))
  process.exitCode = result.violation === undefined ? 0 : 1
}

async function runMany(from: number, count: number): Promise<void> {
  const table = createResultTable()
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  let eventCount = 0
  let failureCount = 0
  for (let seed = from; seed < from + count && failureCount < FAILURES_MAX; seed++) {
    const result = await simulate(createScenario(seed))
    table.add(result)
    eventCount += result.eventCount
    if (result.violation === undefined) continue
    failureCount++
    console.log(await describeFailure(result))
  }
  const seconds = (performance.now() - startMs) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const cpuSeconds = (user + system) / 1e6
  for (const line of table.lines()) console.log(line)
  console.log(
    `${count} seeds in ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processor): ` +
      `${(count / seconds).toFixed(1)} seeds/s, ${Math.round(eventCount / seconds)} events/s, ${failureCount} failed`,
  )
  process.exitCode = failureCount > 0 ? 1 : 0
}
