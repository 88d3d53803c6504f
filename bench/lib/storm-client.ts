// node bench/lib/storm-client.ts URL COUNT: keeps so many heavy traces running until told to stop, then tells what came.
import { setPriority } from 'node:os'
import { connect } from './load.ts'

/** JUMPDEST, PUSH1 0, JUMP: runs until the gas is gone. */
const LOOP = '0x5b600056'
/** As much as a call may have. */
const GAS = '0x2faf080'
const TARGET = `0x${'77'.repeat(20)}`

/** Messages by message, all steps told of in short, and all state that they touch. */
const TRACERS: readonly object[] = [
  { tracer: 'callTracer' },
  { limit: 10_000, disableStack: true, disableStorage: true },
  { tracer: 'prestateTracer' },
]

const [url = '', count = '0'] = process.argv.slice(2)
// What this process burns must not be taken for the chain's.
setPriority(10)
const outcomes: Record<string, number> = {}
let isOver = false

async function keepAsking(index: number): Promise<void> {
  const endpoint = connect(url)
  const call = { to: TARGET, gas: GAS }
  for (let turn = index; !isOver; turn++) {
    const options = {
      ...TRACERS[turn % TRACERS.length],
      stateOverrides: { [TARGET]: { code: LOOP } },
    }
    const outcome = await endpoint.call('debug_traceCall', call, 'latest', options).then(
      () => 'traced',
      (error: unknown) => shorten(String(error)),
    )
    if (!isOver) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    // Who is refused at once asks again like a client that backs off.
    if (outcome !== 'traced') await new Promise((resolve) => setTimeout(resolve, 250))
  }
  endpoint.close()
}

/** The kind of refusal, without its numbers. */
function shorten(text: string): string {
  return text.replace('Error: debug_traceCall: ', '').split(/[:;(]/, 1)[0]?.trim() ?? text
}

for (let index = 0; index < Number(count); index++) void keepAsking(index)
process.once('message', () => {
  isOver = true
  process.send?.(outcomes, () => process.exit(0))
})
