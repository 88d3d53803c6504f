import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { CodedError } from '@busan/primitives'
import { createMetricsServer, createRpcServer, type RpcPorts, type RpcServer } from '@busan/rpc'
import { createMetrics, type Logger } from '@busan/telemetry'
import { loadIdentity, loadSigner } from './identities.ts'
import { joinNetwork } from './join-network.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import {
  type AllowlistFiles,
  type LocalAllowlists,
  openLocalAllowlists,
} from './local-allowlists.ts'
import { logBlocks } from './log-blocks.ts'
import type { NodeContext } from './node-context.ts'
import { type NodeState, openState } from './open-state.ts'
import type { NodeConfig } from './options.ts'
import { GENESIS_NAME, readChainSpec } from './read-chain-spec.ts'
import { readRpcAccess } from './rpc-access.ts'
import { rpcSettings } from './rpc-settings.ts'
import { NO_NETWORK, NO_SYNC } from './stand-alone.ts'
import { systemClock } from './system-clock.ts'

/** What a node is made from. */
export interface CreateNodeOptions {
  readonly config: NodeConfig
  readonly logger: Logger
  /** Shown by web3_clientVersion and to peers. */
  readonly clientVersion: string
  /** Reads and writes the permissions files (TOML). */
  readonly allowlistFiles: AllowlistFiles
  /** Called when the node cannot go on; the caller stops it. */
  readonly onFatal: (error: CodedError) => void
}

/** A running node. */
export interface Node {
  /** Stops listeners, finishes what is in flight, stops sealing, flushes and closes; the reverse of the start. */
  stop(): Promise<void>
  /** Where JSON-RPC is served. */
  addresses(): ReturnType<RpcServer['addresses']>
}

/**
 * Starts a node bottom-up: storage, chain, pool, network, sync, consensus, RPC. A failure closes what was
 * opened and throws its CodedError.
 */
export async function createNode(options: CreateNodeOptions): Promise<Node> {
  const life = createLifecycle(options.logger)
  try {
    const context = await createContext(options, life)
    const local = await openLocalAllowlists(options.config, options.allowlistFiles)
    const rpc = await (options.config.engine === 'import'
      ? startAlone(context, local)
      : startInNetwork(context, local))
    return { stop: life.stop, addresses: rpc.addresses }
  } catch (error) {
    await life.stop()
    throw error
  }
}

async function startInNetwork(context: NodeContext, local: LocalAllowlists): Promise<RpcServer> {
  const { config, logger, life } = context
  const identity = await loadIdentity(config)
  const state = await openState(context, local)
  const network = await joinNetwork(context, state, { identity, local })
  const stopLog = logBlocks(state.chain, logger, network.host)
  life.onStop('block log', async () => stopLog())
  const { host, sync, validator, allowedPeers } = network
  const permissions = {
    nodes: allowedPeers,
    accounts: () => local.entries('accounts'),
    reload: local.reload,
    change: local.change,
  }
  const surroundings = { network: host, sync, consensus: validator, permissions }
  const rpc = await serve(context, state, surroundings)
  logStart(context, state, { p2p: network.host.addresses(), rpc })
  return rpc
}

/** Serves what is in the data folder: nothing comes in, nobody is listened to but RPC clients. */
async function startAlone(context: NodeContext, local: LocalAllowlists): Promise<RpcServer> {
  const state = await openState(context, local)
  const rpc = await serve(context, state, { network: NO_NETWORK, sync: NO_SYNC })
  logStart(context, state, { p2p: [], rpc })
  return rpc
}

/** Reads everything that can be wrong in files before anything is opened. */
async function createContext(
  { config, logger, clientVersion, onFatal }: CreateNodeOptions,
  life: Lifecycle,
): Promise<NodeContext> {
  const file = config['genesis-file'] ?? path.join(config['data-path'], GENESIS_NAME)
  const spec = await readChainSpec(file, config.engine)
  const signer = await loadSigner(config)
  const access = await readRpcAccess(config)
  await mkdir(config['data-path'], { recursive: true, mode: 0o700 })
  return {
    config,
    spec,
    ...(signer === undefined ? {} : { signer }),
    access,
    clock: systemClock,
    logger,
    metrics: createMetrics({ processMetrics: true }),
    clientVersion,
    life,
    onFatal,
  }
}

async function serve(
  { config, spec, signer, access, clock, logger, metrics, clientVersion, life }: NodeContext,
  { chain, pool }: NodeState,
  surroundings: Pick<RpcPorts, 'network' | 'sync' | 'consensus' | 'permissions'>,
): Promise<RpcServer> {
  const rpc = await createRpcServer(
    {
      chain,
      pool,
      ...surroundings,
      clock,
      logger: logger.child('rpc'),
      metrics,
    },
    rpcSettings(config, spec, access, { clientVersion, validatorAddress: signer?.address }),
  )
  life.onStop('JSON-RPC', () => rpc.close())
  if (config['metrics-enabled']) {
    const place = { host: config['metrics-host'], port: config['metrics-port'] }
    const server = await createMetricsServer(metrics, place)
    life.onStop('metrics', () => server.close())
  }
  return rpc
}

function logStart(
  { spec, signer, logger }: NodeContext,
  { chain }: NodeState,
  { p2p, rpc }: { p2p: readonly string[]; rpc: RpcServer },
): void {
  logger.info('node started', {
    chainId: spec.chainId,
    genesisHash: chain.genesisHash,
    head: chain.head().header.number,
    validator: signer?.address,
    p2p,
    rpc: rpc.addresses(),
  })
}
