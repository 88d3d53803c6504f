// Real `busan node` processes, one a namespace, with settings and keys of `busan devnet`'s own builder.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readPassword, readValidatorKey } from '@busan/node'
import { type Address, privateKeyToAddress } from '@busan/primitives'
import { createNetworkFolder, networkGenesis } from '../../../packages/cli/src/network-folder.ts'
import { BUSAN, rpc, until } from '../chain-process.ts'
import { type BridgedNamespaces, type Namespace, runWithin, within } from './namespaces.ts'

const P2P_PORT = 30_303
const HTTP_PORT = 8545
const WS_PORT = 8546
const CLOCK_OFFSET = path.join(import.meta.dirname, 'clock-offset.ts')
const ASK_LOOPBACK = path.join(import.meta.dirname, 'ask-loopback.ts')

/** How one start differs from the usual. */
export interface StartOptions {
  /** Where each peer is dialled, by its index; default: at its own address. */
  readonly dialAt?: (peer: number) => string
  /** Milliseconds that the process believes to be later than it is. */
  readonly clockOffsetMs?: number
}

/** One node in its namespace. */
export interface FaultNode {
  readonly index: number
  readonly name: string
  readonly url: string
  readonly validator: Address
  readonly isUp: boolean
  start(options?: StartOptions): void
  /** Sends a signal to this process alone; for those that end it, waits for the end. */
  signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
  height(): Promise<number>
  /** Asks the node on its own loopback, where it takes orders. */
  order(method: string, ...params: unknown[]): Promise<unknown>
  log(): string
}

/** The nodes of one network; the validators of the genesis come first. */
export interface FaultNetwork {
  readonly folder: string
  readonly nodes: readonly FaultNode[]
  readonly up: () => readonly FaultNode[]
  close(): Promise<void>
}

/** Makes a network with a node for each namespace, of which the first `validators` are in the genesis. */
export async function makeFaultNetwork(
  { members }: BridgedNamespaces,
  { validators, blockPeriodMs }: { validators: number; blockPeriodMs: number },
): Promise<FaultNetwork> {
  const parent = await mkdtemp(path.join(tmpdir(), 'busan-faults-'))
  const folder = path.join(parent, 'network')
  const genesisTimestamp = Math.floor(Date.now() / 1000)
  const p2pPorts = Array.from({ length: members.length + 1 }, (_, index) => 40_001 + index)
  await createNetworkFolder({
    folder,
    network: 'devnet',
    validators: members.length,
    genesisTimestamp,
    layout: { kind: 'loopback', p2pPorts, rpcPorts: [...p2pPorts, 0] },
  })
  const addresses = await validatorAddresses(folder, members.length)
  const plan = { network: 'devnet', blockPeriodMs, genesisTimestamp } as const
  const genesis = await networkGenesis(plan, addresses.slice(0, validators))
  await writeFile(path.join(folder, 'genesis.json'), genesis)
  const peerIds = await readPeerIds(folder, p2pPorts)
  const nodes = members.map((namespace, index) =>
    createFaultNode({
      folder,
      namespace,
      index,
      validator: addresses[index] as Address,
      bootnodes: (dialAt) =>
        members.flatMap((_, peer) =>
          peer === index ? [] : [`${dialAt(peer)}/p2p/${peerIds[peer]}`],
        ),
      addressOf: (peer) => members[peer]?.address as string,
    }),
  )
  return {
    folder,
    nodes,
    up: () => nodes.filter(({ isUp }) => isUp),
    async close() {
      await Promise.all(nodes.map((node) => node.signal('SIGKILL')))
      await rm(parent, { recursive: true, force: true })
    },
  }
}

interface NodeSetting {
  readonly folder: string
  readonly namespace: Namespace
  readonly index: number
  readonly validator: Address
  readonly bootnodes: (dialAt: (peer: number) => string) => readonly string[]
  readonly addressOf: (peer: number) => string
}

function createFaultNode(setting: NodeSetting): FaultNode {
  const { folder, namespace, index } = setting
  const name = `validator-${index + 1}`
  const url = `http://${namespace.address}:${HTTP_PORT}`
  const logFile = path.join(folder, name, 'node.log')
  let child: ChildProcess | undefined
  let isFrozen = false
  const isRunning = () =>
    child !== undefined && child.exitCode === null && child.signalCode === null

  return {
    index,
    name,
    url,
    validator: setting.validator,
    get isUp() {
      return isRunning() && !isFrozen
    },
    start(options = {}) {
      const log = openSync(logFile, 'a')
      const [file, ...args] = within(namespace.name, commandLine(setting, name, options))
      const offset = options.clockOffsetMs
      child = spawn(file as string, args, {
        stdio: ['ignore', log, log],
        env: { ...process.env, ...(offset === undefined ? {} : { CLOCK_OFFSET_MS: `${offset}` }) },
      })
    },
    async signal(signal) {
      if (!isRunning() || child === undefined) return
      const ended = new Promise<void>((resolve) => child?.once('exit', () => resolve()))
      isFrozen = signal === 'SIGSTOP'
      child.kill(signal)
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await ended
    },
    height: async () => Number(await rpc<string>(url, 'eth_blockNumber')),
    order: async (method, ...params) => {
      const question = [`ws://127.0.0.1:${WS_PORT}`, method, JSON.stringify(params)]
      return JSON.parse(
        await runWithin(namespace.name, [process.execPath, ASK_LOOPBACK, ...question]),
      )
    },
    log: () => readFileSync(logFile, 'utf8'),
  }
}

function commandLine(setting: NodeSetting, name: string, options: StartOptions): string[] {
  const { folder, namespace, bootnodes, addressOf } = setting
  const dialAt = options.dialAt ?? ((peer) => `/ip4/${addressOf(peer)}/tcp/${P2P_PORT}`)
  const preload = options.clockOffsetMs === undefined ? [] : ['--import', CLOCK_OFFSET]
  const flags = {
    config: path.join(folder, name, 'config.toml'),
    'p2p-host': namespace.address,
    'p2p-port': P2P_PORT,
    bootnodes: bootnodes(dialAt).join(','),
    'rpc-http-host': namespace.address,
    'rpc-http-port': HTTP_PORT,
    'rpc-ws-host': '127.0.0.1',
    'rpc-ws-port': WS_PORT,
    'log-format': 'json',
  }
  const texts = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  return [process.execPath, ...preload, BUSAN, 'node', ...texts, '--rpc-ws-enabled']
}

/** Starts nodes one after the other, each as soon as the one before answers: two cores carry seven starts. */
export async function startStaggered(
  nodes: readonly FaultNode[],
  options?: StartOptions,
): Promise<void> {
  for (const node of nodes) {
    node.start(options)
    await until(
      `${node.name} answers`,
      60_000,
      () => node.height(),
      () => true,
    )
  }
}

async function validatorAddresses(folder: string, count: number): Promise<Address[]> {
  const password = await readPassword(path.join(folder, 'password'))
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const file = path.join(folder, `validator-${index + 1}`, 'validator.key.json')
      return privateKeyToAddress(await readValidatorKey(file, password))
    }),
  )
}

/** Peer ids by index, from the addresses under which the nodes of the folder list each other. */
async function readPeerIds(folder: string, ports: readonly number[]): Promise<string[]> {
  const texts = await Promise.all(
    ['validator-1', 'validator-2'].map((name) =>
      readFile(path.join(folder, name, 'config.toml'), 'utf8'),
    ),
  )
  return ports.map((port) => {
    const id = new RegExp(`/tcp/${port}/p2p/(\\w+)`).exec(texts.join('\n'))?.[1]
    if (id === undefined) throw new Error(`no peer id for port ${port}`)
    return id
  })
}
