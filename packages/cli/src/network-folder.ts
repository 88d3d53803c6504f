// A network folder: one genesis, and a folder of keys and settings for each node. Made once, never overwritten.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createGenesisDocument, type FeePolicyName } from '@busan/chain-spec'
import {
  encryptSecret,
  encryptValidatorKey,
  governGenesis,
  writeKeyFile,
  writeNewFile,
} from '@busan/node'
import { generateIdentity, identityToPeerId } from '@busan/p2p'
import { type Address, bytesToHex, CodedError, privateKeyToAddress } from '@busan/primitives'
import { encodeExtraData } from '@busan/qbft'
import { stringify as stringifyToml } from 'smol-toml'
import { composeFile } from './compose-file.ts'
import { freshPrivateKey } from './fresh-private-key.ts'
import { readJsonFile, readTextFile } from './read-file.ts'

/** Where the networks' genesis templates lie. */
const CHAIN_CONFIG = path.join(import.meta.dirname, '..', '..', '..', 'chain-config')

/** Networks with a template in chain-config/. */
export const NETWORKS = ['devnet', 'testnet', 'mainnet'] as const
export type NetworkName = (typeof NETWORKS)[number]

/** What to make. */
export interface NetworkPlan {
  readonly folder: string
  readonly network: NetworkName
  readonly validators: number
  /** Milliseconds; absent: the template's. */
  readonly blockPeriodMs?: number
  /** Absent: the template's. */
  readonly feePolicy?: FeePolicyName
  /** Seconds since the epoch. */
  readonly genesisTimestamp: number
  /** File that says who governs; absent: nobody, everyone may send and deploy. */
  readonly governance?: string
  /** How nodes reach each other: processes on one machine, or containers by service name. */
  readonly layout: NetworkLayout
}

/** `ports` are the P2P ports of each node, validators first, then the RPC node. */
export type NetworkLayout =
  | {
      readonly kind: 'loopback'
      readonly p2pPorts: readonly number[]
      readonly rpcPorts: readonly number[]
    }
  | { readonly kind: 'compose' }

/** Name, keys and address of one node of the plan. */
interface PlannedNode {
  readonly name: string
  readonly validatorKey?: Uint8Array
  readonly identity: Uint8Array
  /** The multiaddr under which the others dial it. */
  readonly address: string
}

/** What a node on a developer's own machine serves: explorers and debuggers too. */
const DEVELOPER_APIS = 'eth net web3 rpc txpool qbft busan debug trace ots erigon'.split(' ')

/** Scrypt factor of keys made for local networks, whose password lies beside them: light on purpose. */
const LOCAL_SCRYPT_N = 1 << 12

/**
 * Makes the folder: everything is written beside it and renamed into place, so that an interrupted run leaves
 * nothing half made. @throws CodedError `file-exists` when the folder is not empty
 */
export async function createNetworkFolder(plan: NetworkPlan): Promise<void> {
  if (existsSync(plan.folder) && (await readdir(plan.folder)).length > 0) {
    throw new CodedError(
      'file-exists',
      `${plan.folder} is not empty; choose another folder or remove it yourself`,
    )
  }
  const building = `${plan.folder}.making`
  await rm(building, { recursive: true, force: true })
  await mkdir(building, { recursive: true, mode: 0o700 })
  const nodes = await planNodes(plan)
  const validators = nodes.flatMap((node) =>
    node.validatorKey ? [privateKeyToAddress(node.validatorKey)] : [],
  )
  await writeFile(path.join(building, 'genesis.json'), await networkGenesis(plan, validators))
  const password = bytesToHex(randomBytes(24)).slice(2)
  await writeNewFile(path.join(building, 'password'), `${password}\n`, 0o600)
  for (const [index, node] of nodes.entries())
    await writeNode(building, { plan, nodes, node, index, password })
  if (plan.layout.kind === 'compose') {
    const owner = containerOwner()
    await writeFile(
      path.join(building, 'compose.yaml'),
      composeFile(
        nodes.map((node) => node.name),
        owner,
      ),
    )
    await handOver(building, owner)
  }
  await rm(plan.folder, { recursive: true, force: true })
  await rename(building, plan.folder)
}

/** The genesis of a network with these validators, ascending, as JSON text. */
export async function networkGenesis(
  plan: Pick<
    NetworkPlan,
    'network' | 'blockPeriodMs' | 'feePolicy' | 'genesisTimestamp' | 'governance'
  >,
  validators: readonly Address[],
): Promise<string> {
  const template = await governedTemplate(plan, validators)
  const extraData = encodeExtraData({
    vanity: new Uint8Array(32),
    validators: [...validators].sort(),
    round: 0,
    seals: [],
  })
  return createGenesisDocument({
    template,
    extraData,
    timestamp: BigInt(plan.genesisTimestamp),
    ...(plan.blockPeriodMs === undefined ? {} : { blockPeriodMs: plan.blockPeriodMs }),
    ...(plan.feePolicy === undefined ? {} : { feePolicy: plan.feePolicy }),
  })
}

async function governedTemplate(
  { network, genesisTimestamp, governance }: Parameters<typeof networkGenesis>[0],
  validators: readonly Address[],
): Promise<string> {
  const template = await readTextFile(
    path.join(CHAIN_CONFIG, network, 'genesis.json'),
    'genesis template',
  )
  if (governance === undefined) return template
  return governGenesis({
    template,
    contracts: await readJsonFile(path.join(CHAIN_CONFIG, 'system-contracts.json'), 'contracts'),
    plan: await readJsonFile(governance, 'governance plan'),
    validators,
    genesisTimestamp,
  })
}

async function planNodes(plan: NetworkPlan): Promise<PlannedNode[]> {
  const names = Array.from({ length: plan.validators }, (_, index) => `validator-${index + 1}`)
  const nodes: PlannedNode[] = []
  for (const [index, name] of [...names, 'rpc'].entries()) {
    const identity = await generateIdentity()
    const place =
      plan.layout.kind === 'loopback'
        ? `/ip4/127.0.0.1/tcp/${plan.layout.p2pPorts[index]}`
        : `/dns4/${name}/tcp/30303`
    nodes.push({
      name,
      identity,
      address: `${place}/p2p/${identityToPeerId(identity)}`,
      ...(name === 'rpc' ? {} : { validatorKey: freshPrivateKey() }),
    })
  }
  return nodes
}

interface NodeToWrite {
  readonly plan: NetworkPlan
  readonly nodes: readonly PlannedNode[]
  readonly node: PlannedNode
  readonly index: number
  readonly password: string
}

async function writeNode(
  root: string,
  { plan, nodes, node, index, password }: NodeToWrite,
): Promise<void> {
  const folder = path.join(root, node.name)
  await mkdir(path.join(folder, 'data'), { recursive: true, mode: 0o700 })
  const peerId = identityToPeerId(node.identity)
  await writeKeyFile(
    path.join(folder, 'p2p.key.json'),
    await encryptSecret(node.identity, password, { peerId, n: LOCAL_SCRYPT_N }),
  )
  if (node.validatorKey) {
    await writeKeyFile(
      path.join(folder, 'validator.key.json'),
      await encryptValidatorKey(node.validatorKey, password, LOCAL_SCRYPT_N),
    )
  }
  const settings = {
    'genesis-file': '../genesis.json',
    'data-path': 'data',
    'key-password-file': '../password',
    'p2p-identity-file': 'p2p.key.json',
    ...(node.validatorKey ? { 'node-private-key-file': 'validator.key.json' } : {}),
    bootnodes: nodes.filter((other) => other !== node).map((other) => other.address),
    ...placement(plan.layout, index),
    ...(node.validatorKey ? {} : rpcSettings(plan.layout, index)),
  }
  await writeFile(
    path.join(folder, 'config.toml'),
    `# Settings of ${node.name}; "busan node --help" explains each.\n${stringifyToml(settings)}\n`,
  )
}

function placement(layout: NetworkLayout, index: number): Record<string, unknown> {
  if (layout.kind === 'compose') return { 'p2p-host': '0.0.0.0', 'rpc-http-enabled': true }
  return {
    'p2p-port': layout.p2pPorts[index],
    'rpc-http-enabled': true,
    'rpc-http-port': layout.rpcPorts[index],
    'log-format': 'pretty',
  }
}

function rpcSettings(layout: NetworkLayout, index: number): Record<string, unknown> {
  const open =
    layout.kind === 'compose'
      ? {
          'rpc-http-host': '0.0.0.0',
          'rpc-ws-host': '0.0.0.0',
          'host-allowlist': ['localhost', 'rpc'],
        }
      : {}
  return {
    ...open,
    'rpc-http-cors-origins': ['all'],
    'rpc-ws-enabled': true,
    ...(layout.kind === 'loopback'
      ? { 'rpc-ws-port': layout.rpcPorts[index + 1], 'rpc-http-api': DEVELOPER_APIS }
      : {}),
  }
}

/** The image runs as 1000:1000; a folder made by root is handed to that user, others keep their own. */
function containerOwner(): { uid: number; gid: number } {
  const uid = process.getuid?.() ?? 1000
  return uid === 0 ? { uid: 1000, gid: 1000 } : { uid, gid: process.getgid?.() ?? uid }
}

async function handOver(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  if (process.getuid?.() !== 0) return
  for (const entry of await readdir(folder, { recursive: true }))
    await chown(path.join(folder, entry), uid, gid)
  await chown(folder, uid, gid)
  await chmod(folder, 0o700)
}
