// Real processes of the real command: what the e2e and interop tests start, kill and ask.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePorts } from '../../packages/cli/src/devnet/ports.ts'

export { freePorts }

/** The launcher, as npm links it. */
export const BUSAN = path.join(
  import.meta.dirname,
  '..',
  '..',
  'packages',
  'cli',
  'bin',
  'busan.cjs',
)

/** Runs a command to its end. */
export async function busan(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [BUSAN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, output }
}

/** Asks one JSON-RPC question. Rejects with the error's message when the node answers with an error. */
export async function rpc<Result = unknown>(
  url: string,
  method: string,
  ...params: unknown[]
): Promise<Result> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(10_000),
  })
  const answer = (await response.json()) as { result: Result; error?: { message: string } }
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
  return answer.result
}

/** Asks again until the condition holds. @throws Error with the last answer when the deadline passes */
export async function until<Value>(
  what: string,
  deadlineMs: number,
  ask: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  const endMs = Date.now() + deadlineMs
  let last: unknown
  while (Date.now() < endMs) {
    try {
      const value = await ask()
      if (holds(value)) return value
      last = value
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(
    `${what}: not within ${deadlineMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  )
}

/** One `busan node` process of a network folder. */
export class NodeProcess {
  readonly name: string
  readonly url: string
  readonly #config: string
  #child: ChildProcess | undefined

  constructor(folder: string, name: string) {
    this.name = name
    this.#config = path.join(folder, name, 'config.toml')
    const port = /rpc-http-port = (\d+)/.exec(readFileSync(this.#config, 'utf8'))?.[1]
    this.url = `http://127.0.0.1:${port}`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** @param flags settings over those of the file */
  start(flags: readonly string[] = []): void {
    const log = openSync(path.join(path.dirname(this.#config), 'node.log'), 'a')
    this.#child = spawn(process.execPath, [BUSAN, 'node', '--config', this.#config, ...flags], {
      stdio: ['ignore', log, log, 'ipc'],
    })
  }

  /** Sends a signal to this process only, and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    child.kill(signal)
    return ended
  }

  /** Adds the end of this node's log to whatever the wait for it fails with. */
  async explain<Value>(waiting: Promise<Value>): Promise<Value> {
    try {
      return await waiting
    } catch (error) {
      const log = readFileSync(path.join(path.dirname(this.#config), 'node.log'), 'utf8')
      throw new Error(`${String(error)}\n${this.name} logged:\n${log.slice(-3000)}`)
    }
  }

  async height(): Promise<number> {
    return Number(await rpc<string>(this.url, 'eth_blockNumber'))
  }
}

/** A network of processes in a folder of its own. */
export interface TestNetwork {
  readonly folder: string
  readonly validators: readonly NodeProcess[]
  readonly rpcNode: NodeProcess
  readonly nodes: readonly NodeProcess[]
  /** Kills what still runs and removes the folder. */
  close(): Promise<void>
}

/** Makes a loopback network with `busan devnet`'s own builder; nothing is started. */
export async function makeNetwork(options: {
  validators: number
  blockPeriodMs?: number
  /** How far in the past the genesis is; default 0. */
  genesisAgeSeconds?: number
  /** A governance plan, by its file; absent: an ungoverned network. */
  governance?: string
}): Promise<TestNetwork> {
  const { createNetworkFolder } = await import('../../packages/cli/src/network-folder.ts')
  const parent = await mkdtemp(path.join(tmpdir(), 'busan-e2e-'))
  const folder = path.join(parent, 'network')
  const nodesTotal = options.validators + 1
  const ports = await freePorts(2 * nodesTotal + 1)
  await createNetworkFolder({
    folder,
    network: 'devnet',
    validators: options.validators,
    ...(options.blockPeriodMs === undefined ? {} : { blockPeriodMs: options.blockPeriodMs }),
    ...(options.governance === undefined ? {} : { governance: options.governance }),
    genesisTimestamp: Math.floor(Date.now() / 1000) - (options.genesisAgeSeconds ?? 0),
    layout: {
      kind: 'loopback',
      p2pPorts: ports.slice(0, nodesTotal),
      rpcPorts: ports.slice(nodesTotal),
    },
  })
  const validators = Array.from(
    { length: options.validators },
    (_, i) => new NodeProcess(folder, `validator-${i + 1}`),
  )
  const rpcNode = new NodeProcess(folder, 'rpc')
  const nodes = [...validators, rpcNode]
  return {
    folder,
    validators,
    rpcNode,
    nodes,
    async close() {
      await Promise.all(nodes.map((node) => node.end('SIGKILL')))
      await rm(parent, { recursive: true, force: true })
    },
  }
}
