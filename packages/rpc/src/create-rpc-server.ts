import { type Address, ETHER } from '@busan/primitives'
import { createDispatcher } from './dispatch.ts'
import { createFeeOracle } from './fee-oracle.ts'
import { createFilters } from './filters.ts'
import { createJsonTexts } from './json-text.ts'
import { DEFAULT_LIMITS, type RpcLimits } from './limits.ts'
import type { RpcContext } from './method.ts'
import { METHODS } from './methods.ts'
import { createRpcMetrics } from './metrics.ts'
import type { RpcPorts } from './ports.ts'
import { createReplicas } from './replicas.ts'
import { createListener, type Listener, type ListenerOptions } from './server/listener.ts'
import { createSubscriptions } from './subscriptions.ts'

/** What a JSON-RPC server is made of. Without `http` and `ws` it serves nobody. */
export interface RpcServerOptions {
  /** `web3_clientVersion`: name/vX.Y.Z/platform/runtime. */
  readonly clientVersion: string
  /** This node's own validator account, when it has one. */
  readonly validatorAddress?: Address
  /** POST and health probes; takes WebSocket connections too. */
  readonly http?: ListenerOptions
  readonly ws?: ListenerOptions
  /** A Unix socket for whoever runs the node: HTTP, all namespaces, no keys. */
  readonly socketPath?: string
  readonly limits?: Partial<RpcLimits>
  /** URLs of the nodes behind one address, see {@link createReplicas}; default: this node is alone. */
  readonly replicas?: readonly string[]
  /** The pool's smallest tip, in wei; what `fixedBaseFee` chains suggest. Default 0. */
  readonly minTipWei?: bigint
  /** Largest fee of a submitted transaction, in wei; 0 for none. Default one coin. */
  readonly feeCapWei?: bigint
}

/** A server that is listening. */
export interface RpcServer {
  /** Where requests go, with the ports that were taken; a listener that was not asked for is absent. */
  addresses(): { readonly http?: string; readonly ws?: string; readonly socket?: string }
  /** Stops listening and answers what is in flight. Idempotent. */
  close(): Promise<void>
}

/**
 * Starts the JSON-RPC server.
 * @throws CodedError `listen-failed` when an address cannot be had; nothing is left open then
 */
export async function createRpcServer(
  ports: RpcPorts,
  options: RpcServerOptions,
): Promise<RpcServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const replicas = createReplicas(options.replicas ?? [], ports.logger)
  const context: RpcContext = {
    ...ports,
    clientVersion: options.clientVersion,
    ...(options.validatorAddress ? { validatorAddress: options.validatorAddress } : {}),
    limits,
    fees: createFeeOracle(ports, { minTipWei: options.minTipWei ?? 0n }),
    filters: createFilters({ ...ports, replicas }, limits),
    replicas,
    texts: createJsonTexts(limits.keptAnswersSize),
    feeCapWei: options.feeCapWei ?? ETHER,
    methods: METHODS,
  }
  const subscriptions = createSubscriptions(ports)
  const listeners: Listener[] = []
  const countConnections = () =>
    listeners.reduce((sum, listener) => sum + listener.connections(), 0)
  const metrics = createRpcMetrics(ports.metrics, countConnections)
  const dispatcher = createDispatcher(METHODS, context, metrics)
  const shared = { context, dispatcher, subscriptions }

  async function closeAll(): Promise<void> {
    await Promise.all(listeners.splice(0).map((listener) => listener.close()))
    subscriptions.close()
    context.filters.close()
  }

  async function open(transport: 'http' | 'websocket', listener: ListenerOptions | undefined) {
    if (listener === undefined) return undefined
    const opened = await createListener(shared, { ...listener, transport })
    listeners.push(opened)
    const { place } = listener
    if ('path' in place) return `unix:${place.path}`
    const scheme = transport === 'http' ? 'http' : 'ws'
    const host = place.host.includes(':') ? `[${place.host}]` : place.host
    return `${scheme}://${host}:${opened.port}`
  }

  try {
    const http = await open('http', options.http)
    const ws = await open('websocket', options.ws)
    const socket = await open('http', socketListener(options))
    const addresses = {
      ...(http ? { http } : {}),
      ...(ws ? { ws } : {}),
      ...(socket ? { socket } : {}),
    }
    context.logger.info('serving json-rpc', addresses)
    return { addresses: () => addresses, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function socketListener({ socketPath }: RpcServerOptions): ListenerOptions | undefined {
  if (socketPath === undefined) return undefined
  const apis = [...new Set(METHODS.map(({ name }) => name.slice(0, name.indexOf('_'))))]
  return { place: { path: socketPath }, apis, allowedHosts: ['*'], corsOrigins: [] }
}
