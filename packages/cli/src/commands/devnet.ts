import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { FeePolicyName } from '@busan/chain-spec'
import { CodedError } from '@busan/primitives'
import { Command } from 'commander'
import { banner } from '../devnet/banner.ts'
import { followBlocks } from '../devnet/follow-blocks.ts'
import { type NodeProcess, startNodeProcess } from '../devnet/node-process.ts'
import { freePorts, isFree } from '../devnet/ports.ts'
import { createNetworkFolder } from '../network-folder.ts'
import { readTextFile } from '../read-file.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { feePolicyOption, GOVERNANCE_HELP, parsePeriodMs, parseValidators } from './init.ts'

interface DevnetOptions {
  readonly dataPath: string
  readonly validators?: number
  readonly blockPeriod?: number
  readonly feePolicy?: FeePolicyName
  readonly rpcHttpPort: number
  readonly rpcWsPort: number
  readonly reset?: boolean
  readonly governance?: string
}

/** What a devnet folder was made with; kept beside it so that a restart continues the same chain. */
interface DevnetRecord {
  readonly validators: number
  readonly blockPeriodMs: number
  readonly feePolicy: FeePolicyName
}

/** `busan devnet`: a whole chain on this machine, one process a node. What `npm start` runs. */
export function devnetCommand(): Command {
  const port = (text: string) => Number.parseInt(text, 10)
  return new Command('devnet')
    .description(
      'run a local chain: validator processes and one RPC node; data is kept for the next start',
    )
    .option('--data-path <dir>', 'folder of keys and data', path.join('.busan', 'devnet'))
    .option('--validators <n>', 'number of validators (default 4)', parseValidators)
    .option('--block-period <seconds>', 'time between blocks (default 1)', parsePeriodMs)
    .addOption(feePolicyOption())
    .option('--rpc-http-port <port>', 'JSON-RPC over HTTP', port, 8545)
    .option('--rpc-ws-port <port>', 'JSON-RPC over WebSocket', port, 8546)
    .option('--governance <file>', GOVERNANCE_HELP)
    .option('--reset', 'begin a new chain: delete keys and data first')
    .action((options: DevnetOptions) => runDevnet(options))
}

async function runDevnet(options: DevnetOptions): Promise<void> {
  const folder = path.resolve(options.dataPath)
  await requireFreePorts(options)
  if (options.reset) await rm(folder, { recursive: true, force: true })
  const record = existsSync(folder)
    ? await readRecord(folder, options)
    : await makeDevnet(folder, options)
  const names = Array.from({ length: record.validators }, (_, index) => `validator-${index + 1}`)
  const ports = { 'rpc-http-port': options.rpcHttpPort, 'rpc-ws-port': options.rpcWsPort }
  const nodes = [
    ...names.map((name) => startNodeProcess(folder, name)),
    startNodeProcess(folder, 'rpc', ports),
  ]
  const urls = {
    http: `http://127.0.0.1:${options.rpcHttpPort}`,
    ws: `ws://127.0.0.1:${options.rpcWsPort}`,
  }
  console.log(banner({ ...record, urls, folder }))
  const following = new AbortController()
  followBlocks(urls, record.validators, following.signal)
  for (const node of nodes) node.onUnexpectedEnd((message) => console.log(message))
  await stopOnSignals(async () => {
    following.abort()
    console.log('Stopping ... (again to force)')
    await Promise.all(nodes.map((node: NodeProcess) => node.stop()))
    console.log(`Stopped. "npm start" continues this chain; its data is in ${folder}`)
  })
  process.exit(0)
}

async function requireFreePorts(options: DevnetOptions): Promise<void> {
  for (const [flag, port] of [
    ['--rpc-http-port', options.rpcHttpPort],
    ['--rpc-ws-port', options.rpcWsPort],
  ] as const) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new CodedError('invalid-config', `${flag}: a port from 1 to 65535 is expected`)
    }
    if (!(await isFree(port))) {
      throw new CodedError(
        'listen-failed',
        `port ${port} is in use; stop the other program or choose another with ${flag}`,
      )
    }
  }
}

async function makeDevnet(folder: string, options: DevnetOptions): Promise<DevnetRecord> {
  const record: DevnetRecord = {
    validators: options.validators ?? 4,
    blockPeriodMs: options.blockPeriod ?? 1000,
    feePolicy: options.feePolicy ?? 'eip1559',
  }
  const nodes = record.validators + 1
  const ports = await freePorts(2 * nodes + 1)
  await mkdir(path.dirname(folder), { recursive: true })
  await createNetworkFolder({
    folder,
    network: 'devnet',
    ...record,
    ...(options.governance === undefined ? {} : { governance: options.governance }),
    genesisTimestamp: Math.floor(Date.now() / 1000),
    layout: { kind: 'loopback', p2pPorts: ports.slice(0, nodes), rpcPorts: ports.slice(nodes) },
  })
  await writeFile(path.join(folder, 'devnet.json'), `${JSON.stringify(record)}\n`)
  return record
}

async function readRecord(folder: string, options: DevnetOptions): Promise<DevnetRecord> {
  const file = path.join(folder, 'devnet.json')
  if (!existsSync(file)) {
    throw new CodedError(
      'invalid-config',
      `${folder} holds no devnet (devnet.json is missing); choose another --data-path, or --reset to replace it`,
    )
  }
  const record = JSON.parse(await readTextFile(file, 'devnet record')) as DevnetRecord
  const differences = [
    [options.validators, record.validators, `${record.validators} validators`],
    [options.blockPeriod, record.blockPeriodMs, `a block every ${record.blockPeriodMs / 1000} s`],
    [options.feePolicy, record.feePolicy, `the fee policy ${record.feePolicy}`],
  ] as const
  const difference = differences.find(([asked, made]) => asked !== undefined && asked !== made)
  if (difference !== undefined) {
    const message = `this devnet was made with ${difference[2]}; --reset begins a new one`
    throw new CodedError('invalid-config', message)
  }
  return record
}
