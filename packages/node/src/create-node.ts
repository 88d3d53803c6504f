import { mkdir, readFile } from 'node:fs/promises'
import { type ChainSpec, parseGenesis } from '@busan/chain-spec'
import { loadKzg } from '@busan/execution'
import { CodedError, errorMessage } from '@busan/primitives'
import { createMetricsServer, createRpcServer, type RpcServer } from '@busan/rpc'
import { createMetrics, type Logger } from '@busan/telemetry'
import { loadIdentity, loadSigner } from './identities.ts'
import { joinNetwork, type NodeNetwork } from './join-network.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { logBlocks } from './log-blocks.ts'
import type { NodeContext } from './node-context.ts'
import { type NodeState, openState } from './open-state.ts'
import type { NodeConfig } from './options.ts'
import { allowedPeers } from './permissions.ts'
import { rpcSettings } from './rpc-settings.ts'
import { systemClock } from './system-clock.ts'

/** What a node is made from. */
export interface CreateNodeOptions {
  readonly config: NodeConfig
  readonly logger: Logger
  /** Shown by web3_clientVersion and to peers. */
  readonly clientVersion: string
  /** Reads the permissions file (TOML) into an object. */
  readonly readAllowlist: (file: string) => Promise<Record<string, unknown>>
  /** Called when the node cannot go on; the caller stops it. */
  readonly onFatal: (error: CodedError) => void
}

/** A running node. */
export interface Node {
  /** Stops listeners, finishes what is in flight, stops sealing, flushes and closes; the reverse of the start. */
  stop(): Promise<void>
}

/**
 * Starts a node bottom-up: storage, chain, pool, network, sync, consensus, RPC. A failure closes what was
 * opened and throws its CodedError.
 */
export async function createNode(options: CreateNodeOptions): Promise<Node> {
  const life = createLifecycle(options.logger)
  try {
    const context = await createContext(options, life)
    const identity = await loadIdentity(options.config)
    const allowlist = await allowedPeers(options.config, options.readAllowlist)
    const state = await openState(context)
    const network = await joinNetwork(context, state, { identity, allowlist })
    const stopLog = logBlocks(state.chain, context.logger, network.host)
    life.onStop('block log', async () => stopLog())
    const rpc = await serve(context, state, network)
    logStart(context, state, { network, rpc })
  } catch (error) {
    await life.stop()
    throw error
  }
  return { stop: life.stop }
}

/** Reads everything that can be wrong in files before anything is opened. */
async function createContext(
  { config, logger, clientVersion, onFatal }: CreateNodeOptions,
  life: Lifecycle,
): Promise<NodeContext> {
  const spec = await readGenesis(config['genesis-file'])
  const signer = await loadSigner(config)
  await mkdir(config['data-path'], { recursive: true, mode: 0o700 })
  return {
    config,
    spec,
    ...(signer === undefined ? {} : { signer }),
    clock: systemClock,
    logger,
    metrics: createMetrics({ processMetrics: true }),
    clientVersion,
    life,
    onFatal,
  }
}

async function serve(
  { config, signer, clock, logger, metrics, clientVersion, life }: NodeContext,
  { chain, pool }: NodeState,
  { host, sync, validator }: NodeNetwork,
): Promise<RpcServer> {
  const rpc = await createRpcServer(
    {
      chain,
      pool,
      network: host,
      consensus: validator,
      sync,
      clock,
      logger: logger.child('rpc'),
      metrics,
    },
    rpcSettings(config, { clientVersion, validatorAddress: signer?.address }),
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
  { network, rpc }: { network: NodeNetwork; rpc: RpcServer },
): void {
  logger.info('node started', {
    chainId: spec.chainId,
    genesisHash: chain.genesisHash,
    head: chain.head().header.number,
    validator: signer?.address,
    p2p: network.host.addresses(),
    rpc: rpc.addresses(),
  })
}

async function readGenesis(file: string): Promise<ChainSpec> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const message = `cannot read the genesis ${file}: ${errorMessage(cause)}`
    throw new CodedError('file-unreadable', message, { cause })
  }
  return parseGenesis(text, { kzg: loadKzg() })
}
