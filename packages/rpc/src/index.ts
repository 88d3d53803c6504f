export { createRpcServer, type RpcServer, type RpcServerOptions } from './create-rpc-server.ts'
export { RPC_CODES, RpcError, type RpcReason } from './errors.ts'
export { DEFAULT_LIMITS, type RpcLimits } from './limits.ts'
export type { Method } from './method.ts'
export type { MethodPolicy } from './method-policy.ts'
export { METHODS } from './methods.ts'
export { describeMethods, type JsonSchema } from './openrpc.ts'
export type {
  AllowlistRefusal,
  ConsensusStatus,
  Network,
  NetworkPeer,
  NodePermissions,
  PoolEvent,
  RpcPorts,
  SubmitResult,
  SyncProgress,
  TransactionPool,
} from './ports.ts'
export type { ApiKey, CallerRules } from './server/callers.ts'
export type { ListenerOptions } from './server/listener.ts'
export { createMetricsServer, type MetricsServer } from './server/metrics-server.ts'
