export { effectiveGasPrice } from './block-run.ts'
export type { Candidates } from './build-block.ts'
export { GAS_CAP_DEFAULT } from './call.ts'
export { contractAddress } from './contract-address.ts'
export { createExecutor, type ExecutorOptions } from './create-executor.ts'
export type { ExecutionErrorCode } from './errors.ts'
export { requestsHash } from './ethereum/requests.ts'
export { withdrawalsRoot } from './ethereum/withdrawals-root.ts'
export * from './executor.ts'
export { type GenesisContract, runGenesisConstructors } from './genesis-contracts.ts'
export { computeGenesisState } from './genesis-state.ts'
export {
  type GasBearing,
  INIT_CODE_SIZE_BYTES_MAX,
  type IntrinsicGas,
  intrinsicGas,
  TRANSACTION_GAS,
  TRANSACTION_GAS_MAX,
} from './intrinsic-gas.ts'
export { createIsolatedExecutor, type Isolation } from './isolation/isolated-executor.ts'
export { serveExecutor } from './isolation/serve-executor.ts'
export { createWorkerPool, type WorkerPool } from './isolation/worker-pool.ts'
export { loadKzg } from './kzg.ts'
export type { LoneContract } from './lone-contract.ts'
export type { PermissionRule } from './permission-rule.ts'
export type { PermissionRules, PermissionSubject } from './permissions.ts'
export { createPrecompileThread, type PrecompileThread } from './precompiles/precompile-thread.ts'
export {
  bloomContains,
  decodeReceipts,
  EMPTY_LOGS_BLOOM,
  encodeReceipt,
  encodeReceipts,
  joinBlooms,
  logsBloom,
} from './receipts.ts'
export { createSenderRecovery, type SenderRecovery } from './recovery/sender-recovery.ts'
export { revertReason } from './revert-reason.ts'
export type {
  BlockRequest,
  SimulatedBlock,
  SimulatedBlockOverride,
  SimulatedLog,
  SimulationReason,
  SimulationRequest,
} from './simulate/types.ts'
export type { AccountRange, AccountRangeOptions, RangedAccount } from './state/account-range.ts'
export {
  type FlatTables,
  hasFlatState,
  makeFlatTables,
  readFlatTables,
} from './state/flat-tables.ts'
export type { StateOverrides } from './state-override.ts'
export { StoredBlockHeader, toEthereumjsBlock } from './stored-header.ts'
export { createKeySet, type KeySet } from './sweep/key-set.ts'
export { createStateSweep, type KeptStates, type StateSweep } from './sweep/state-sweep.ts'
export { createSweepThread, type SweepThread } from './sweep/sweep-thread.ts'
export type { TracerSpec } from './trace/create-tracer.ts'
export type { ParityOptions } from './trace/parity-tracer.ts'
export type { BlockPosition } from './trace/position.ts'
export type { StorageRange, StorageRangeOptions } from './trace/storage-range.ts'
export type { TraceableBlock, TraceOptions } from './trace/trace-block.ts'
export type { TraceCallOptions, TracedRequest } from './trace/trace-call.ts'
export {
  createTransactionDecoder,
  type DecoderOptions,
  decodeMany,
  decodeTransaction,
  type TransactionDecoder,
} from './transaction-decoder.ts'
export { transactionsRoot } from './transactions-root.ts'
export * from './types.ts'
export type { EvmKind } from './vm/machine.ts'
