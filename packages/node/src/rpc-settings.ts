import type { Address } from '@busan/primitives'
import type { RpcServerOptions } from '@busan/rpc'
import type { NodeConfig } from './options.ts'

/** The listeners that the settings ask for. */
export function rpcSettings(
  config: NodeConfig,
  identity: { clientVersion: string; validatorAddress?: Address | undefined },
): RpcServerOptions {
  const access = {
    allowedHosts: config['host-allowlist'],
    corsOrigins: config['rpc-http-cors-origins'],
  }
  const { clientVersion, validatorAddress } = identity
  const http = {
    host: config['rpc-http-host'],
    port: config['rpc-http-port'],
    apis: config['rpc-http-api'],
  }
  const ws = {
    host: config['rpc-ws-host'],
    port: config['rpc-ws-port'],
    apis: config['rpc-ws-api'],
  }
  return {
    clientVersion,
    ...(validatorAddress === undefined ? {} : { validatorAddress }),
    ...(config['rpc-http-enabled'] ? { http: { ...http, ...access } } : {}),
    ...(config['rpc-ws-enabled'] ? { ws: { ...ws, ...access } } : {}),
  }
}
