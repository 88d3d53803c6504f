import type { ChainSpec } from '@busan/chain-spec'
import type { Clock, CodedError } from '@busan/primitives'
import type { Logger, Metrics } from '@busan/telemetry'
import type { Signer } from '@busan/validator'
import type { Lifecycle } from './lifecycle.ts'
import type { NodeConfig } from './options.ts'
import type { RpcAccess } from './rpc-access.ts'

/** What every part of a node is built from. */
export interface NodeContext {
  readonly config: NodeConfig
  readonly spec: ChainSpec
  /** Absent on a node without a validator key. */
  readonly signer?: Signer
  /** Who may use JSON-RPC. */
  readonly access: RpcAccess
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Shown by web3_clientVersion and to peers. */
  readonly clientVersion: string
  /** Parts register how they stop, in the order in which they start. */
  readonly life: Lifecycle
  /** Something is broken that no restart of a part mends: the node must stop. */
  readonly onFatal: (error: CodedError) => void
}
