import type { ChainSpec } from '@busan/chain-spec'
import type { Address } from '@busan/primitives'
import type { RpcServerOptions } from '@busan/rpc'
import type { NodeConfig } from './options.ts'

/** The listeners that the settings ask for. What only QBFT networks have is not served on another chain. */
export function rpcSettings(
  config: NodeConfig,
  spec: Pick<ChainSpec, 'consensus'>,
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
    apis: servable(config['rpc-http-api'], spec),
  }
  const ws = {
    host: config['rpc-ws-host'],
    port: config['rpc-ws-port'],
    apis: servable(config['rpc-ws-api'], spec),
  }
  return {
    clientVersion,
    ...(validatorAddress === undefined ? {} : { validatorAddress }),
    ...(config['rpc-http-enabled'] ? { http: { ...http, ...access } } : {}),
    ...(config['rpc-ws-enabled'] ? { ws: { ...ws, ...access } } : {}),
  }
}

function servable(apis: readonly string[], { consensus }: Pick<ChainSpec, 'consensus'>): string[] {
  return apis.filter((api) => api !== 'qbft' || consensus === 'bft')
}
