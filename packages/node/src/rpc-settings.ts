import type { ChainSpec } from '@busan/chain-spec'
import type { Address } from '@busan/primitives'
import type { MethodPolicy, RpcServerOptions } from '@busan/rpc'
import type { NodeConfig } from './options.ts'
import type { RpcAccess } from './rpc-access.ts'

/** The listeners that the settings ask for. What only QBFT networks have is not served on another chain. */
export function rpcSettings(
  config: NodeConfig,
  spec: Pick<ChainSpec, 'consensus'>,
  callers: RpcAccess,
  identity: { clientVersion: string; validatorAddress?: Address | undefined },
): RpcServerOptions {
  const access = {
    allowedHosts: config['host-allowlist'],
    corsOrigins: config['rpc-http-cors-origins'],
    ...callers,
  }
  const { clientVersion, validatorAddress } = identity
  const http = {
    place: { host: config['rpc-http-host'], port: config['rpc-http-port'] },
    apis: servable(config['rpc-http-api'], spec),
    ...methodsOf(config['rpc-http-allow'], config['rpc-http-deny']),
  }
  const ws = {
    place: { host: config['rpc-ws-host'], port: config['rpc-ws-port'] },
    apis: servable(config['rpc-ws-api'], spec),
    ...methodsOf(config['rpc-ws-allow'], config['rpc-ws-deny']),
  }
  const socketPath = config['rpc-socket-path']
  return {
    clientVersion,
    ...(validatorAddress === undefined ? {} : { validatorAddress }),
    ...(config['rpc-http-enabled'] ? { http: { ...http, ...access } } : {}),
    ...(config['rpc-ws-enabled'] ? { ws: { ...ws, ...access } } : {}),
    ...(socketPath === undefined ? {} : { socketPath }),
    replicas: config['rpc-replicas'],
  }
}

function methodsOf(allow: readonly string[] | undefined, deny: readonly string[]): MethodPolicy {
  return allow === undefined ? { deny } : { allow, deny }
}

function servable(apis: readonly string[], { consensus }: Pick<ChainSpec, 'consensus'>): string[] {
  return apis.filter((api) => api !== 'qbft' || consensus === 'bft')
}
