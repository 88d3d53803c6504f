// Chains to put a load on: ours in real processes, and peers where they can be had.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Hex } from '@busan/primitives'
import {
  freePorts,
  makeNetwork,
  type NodeProcess,
  rpc,
  type TestNetwork,
  until,
} from '../../test/e2e/chain-process.ts'

/** A chain that is up, with a block each second. */
export interface Target {
  readonly name: string
  readonly url: string
  /** Of an account with coins; absent: the first of the test mnemonic. */
  readonly richKey?: Hex | undefined
  close(): Promise<void>
}

const START_DEADLINE_MS = 90_000
const BLOCK_GAS = 10_000_000_000

const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  'busan-1': () => startBusan(1),
  'busan-4': () => startBusan(4),
  hardhat: startHardhat,
  anvil: startAnvil,
}

/**
 * Starts a target by name, or takes the one that answers at a URL.
 * @returns undefined, with the reason printed, when it cannot be had here
 */
export async function startTarget(name: string): Promise<Target | undefined> {
  const start = URL.canParse(name) ? () => running(name) : TARGETS[name]
  if (start === undefined)
    throw new Error(`no such target: ${name}; there are ${Object.keys(TARGETS)}, or a URL`)
  try {
    return await start()
  } catch (error) {
    console.log(`${name} cannot be had: ${error}`)
    return undefined
  }
}

/** `busan` with so many validators in processes of their own; the load goes to the first one. */
async function startBusan(validators: number): Promise<Target> {
  const { network, first } = await startValidators(validators)
  return {
    name: `busan, ${validators} validator${validators > 1 ? 's' : ''}`,
    url: first.url,
    close: () => network.close(),
  }
}

/** Validators with room for large blocks and a large pool, running; the network's RPC node is not started. */
export async function startValidators(
  validators: number,
): Promise<{ readonly network: TestNetwork; readonly first: NodeProcess }> {
  const network = await makeNetwork({ validators })
  const genesisFile = path.join(network.folder, 'genesis.json')
  const genesis = JSON.parse(readFileSync(genesisFile, 'utf8'))
  writeFileSync(
    genesisFile,
    JSON.stringify({ ...genesis, gasLimit: `0x${BLOCK_GAS.toString(16)}` }),
  )
  for (const node of network.validators) node.start(['--tx-pool-max-size', '100000'])
  const [first] = network.validators
  if (first === undefined) throw new Error('a network has a validator')
  await first.explain(isUp(first.url, 1)).catch(async (error: unknown) => {
    await network.close()
    throw error
  })
  return { network, first }
}

/** Whatever somebody has started: geth, Besu, a network elsewhere. `BENCH_KEY` is the key of an account with coins there. */
async function running(url: string): Promise<Target> {
  await isUp(url, 0)
  const richKey = process.env.BENCH_KEY as Hex | undefined
  return { name: url, url, richKey, close: async () => {} }
}

/** `anvil --block-time 1`, by the npm package that ships its binary. */
function startAnvil(): Promise<Target> {
  const package_ = '@foundry-rs/anvil-linux-amd64@1.7.1'
  return startProcess('anvil', (port) => [
    'npm',
    ...['exec', '--yes', `--package=${package_}`, '--', 'anvil', '--silent', '--block-time', '1'],
    ...['--port', String(port), '--gas-limit', String(BLOCK_GAS), '--order', 'fifo'],
  ])
}

/** Hardhat's node, mining each second. */
function startHardhat(): Promise<Target> {
  const config = path.join(import.meta.dirname, 'hardhat.config.ts')
  return startProcess('hardhat', (port) => [
    'hardhat',
    ...['--config', config, 'node', '--network', 'bench', '--port', String(port)],
  ])
}

async function startProcess(name: string, command: (port: number) => string[]): Promise<Target> {
  const [port] = await freePorts(1)
  const [program = '', ...args] = command(port as number)
  // A group of its own: npm and the launchers of peers have children that outlive them.
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  const url = `http://127.0.0.1:${port}`
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code}`)))
  })
  failed.catch(() => {})
  const close = () => end(child)
  await Promise.race([isUp(url, 0), failed]).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return { name, url, close }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-child.pid, 'SIGKILL')
  await ended
}

async function isUp(url: string, height: number): Promise<void> {
  const ask = async () => Number(await rpc<string>(url, 'eth_blockNumber'))
  await until(`${url} answers`, START_DEADLINE_MS, ask, (head) => head >= height)
}
