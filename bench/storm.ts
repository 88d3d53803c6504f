// npm run bench -- storm: what a storm of heavy traces does to the rounds of consensus.
import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePorts, makeNetwork, type TestNetwork, until } from '../test/e2e/chain-process.ts'
import { printTable, short } from './lib/report.ts'

/** When a block of a validator was there, in milliseconds after it was due. */
interface Commit {
  readonly height: number
  readonly delayMs: number
}

/** One watched stretch of time. */
interface Phase {
  readonly isStormy: boolean
  readonly delaysMs: readonly number[]
  readonly blocks: number
}

const START_DEADLINE_MS = 90_000

/**
 * `--validators N`, `--traces N` at once, `--seconds N` for each stretch, `--rounds N` of calm and storm,
 * `--rpc-workers N` as the nodes take it.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      validators: { type: 'string', default: '4' },
      traces: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '30' },
      rounds: { type: 'string', default: '2' },
      'rpc-workers': { type: 'string' },
    },
  })
  const network = await makeNetwork({ validators: Number(values.validators) })
  try {
    const watch = await startNetwork(network, values['rpc-workers'])
    const [first] = network.validators
    const phases: Phase[] = []
    const outcomes: Record<string, number> = {}
    for (let round = 0; round < Number(values.rounds); round++) {
      phases.push(await watch(false, Number(values.seconds)))
      const storm = startStorm(first?.url ?? '', values.traces)
      phases.push(await watch(true, Number(values.seconds)))
      for (const [kind, count] of Object.entries(await endStorm(storm))) {
        outcomes[kind] = (outcomes[kind] ?? 0) + count
      }
    }
    print(phases, outcomes, values.traces)
  } finally {
    await network.close()
  }
}

/** Starts all validators. @returns how to watch all of them for so long */
async function startNetwork(network: TestNetwork, workers: string | undefined) {
  const ports = await freePorts(network.validators.length)
  const apis = 'eth,net,web3,qbft,debug,trace'
  for (const [index, node] of network.validators.entries()) {
    node.start([
      ...['--rpc-http-api', apis, '--rpc-ws-enabled', '--rpc-ws-port', String(ports[index])],
      ...['--rpc-ws-api', apis],
      ...(workers === undefined ? [] : ['--rpc-workers', workers]),
    ])
  }
  for (const node of network.validators) {
    const height = () => node.height().catch(() => 0)
    await node.explain(until(`${node.name} is up`, START_DEADLINE_MS, height, (seen) => seen > 2))
  }
  const seen: Commit[] = []
  await Promise.all(ports.map((port) => follow(`ws://127.0.0.1:${port}`, (one) => seen.push(one))))
  return async (isStormy: boolean, seconds: number): Promise<Phase> => {
    // The stretch begins when the load is on its way.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    seen.length = 0
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
    const blocks = new Set(seen.map(({ height }) => height)).size
    return { isStormy, blocks, delaysMs: seen.map(({ delayMs }) => delayMs) }
  }
}

async function follow(url: string, onCommit: (commit: Commit) => void): Promise<void> {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  socket.addEventListener('message', ({ data }) => {
    const head = JSON.parse(String(data)).params?.result
    if (head === undefined) return
    const dueMs = Number(head.timestamp) * 1_000
    onCommit({ height: Number(head.number), delayMs: Date.now() - dueMs })
  })
  socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}')
}

function startStorm(url: string, count: string): ChildProcess {
  return fork(path.join(import.meta.dirname, 'lib', 'storm-client.ts'), [url, count])
}

/** @returns how many traces came to what */
function endStorm(storm: ChildProcess): Promise<Record<string, number>> {
  return new Promise((resolve, reject) => {
    storm.once('message', (outcomes) => resolve(outcomes as Record<string, number>))
    storm.once('exit', () => reject(new Error('the storm ended by itself')))
    storm.send('stop')
  })
}

function print(
  phases: readonly Phase[],
  outcomes: Readonly<Record<string, number>>,
  traces: string,
): void {
  const rows = [['', 'blocks', 'rounds seen', 'p50 ms', 'p95 ms', 'p99 ms', 'longest ms']]
  const p99s: number[] = []
  for (const isStormy of [false, true]) {
    const chosen = phases.filter((phase) => phase.isStormy === isStormy)
    const delays = chosen.flatMap(({ delaysMs }) => delaysMs).sort((a, b) => a - b)
    const at = (part: number) => delays[Math.ceil(part * delays.length) - 1] ?? Number.NaN
    p99s.push(at(0.99))
    rows.push([
      isStormy ? `${traces} heavy traces at once` : 'calm',
      String(chosen.reduce((sum, { blocks }) => sum + blocks, 0)),
      String(delays.length),
      ...[0.5, 0.95, 0.99, 1].map((part) => short(at(part))),
    ])
  }
  console.log('From the moment a block was due until each validator had it committed:')
  printTable(rows)
  console.log(
    `p99 in the storm: ${short((p99s[1] ?? Number.NaN) / (p99s[0] ?? 1))} times the calm one`,
  )
  const told = Object.entries(outcomes).map(([kind, count]) => `${count} ${kind}`)
  console.log(`what became of the traces: ${told.join(', ')}`)
}
