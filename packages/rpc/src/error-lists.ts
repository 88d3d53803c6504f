// Which errors a kind of method answers with, beside those that any method may (COMMON_ERRORS).
import type { RpcReason } from './errors.ts'

/** Of the request itself, of limits, and of the node. */
export const COMMON_ERRORS = [
  'parse-error',
  'invalid-request',
  'method-not-found',
  'method-not-enabled',
  'invalid-params',
  'internal-error',
  'request-timeout',
  'response-too-large',
  'limit-exceeded',
] as const satisfies readonly RpcReason[]

/** Reads of a state. */
export const STATE_ERRORS = [
  'header-not-found',
  'missing-state',
] as const satisfies readonly RpcReason[]

/** Messages that are run. */
export const CALL_ERRORS = [
  ...STATE_ERRORS,
  'execution-reverted',
  'execution-failed',
  'call-rejected',
  'call-timeout',
  'call-too-large',
  'too-many-calls',
  'gas-above-allowance',
  'insufficient-funds',
  'intrinsic-gas-too-low',
  'floor-gas-too-low',
  'fee-cap-too-low',
  'tip-above-fee-cap',
  'nonce-too-low',
  'nonce-too-high',
  'init-code-too-large',
  'sender-not-eoa',
  'wrong-chain-id',
  'invalid-override',
] as const satisfies readonly RpcReason[]

/** Simulations, which have codes of their own. */
export const SIMULATION_ERRORS = [
  ...STATE_ERRORS,
  'call-timeout',
  'invalid-override',
  'simulation-nonce-too-low',
  'simulation-nonce-too-high',
  'simulation-fee-cap-too-low',
  'simulation-tip-above-fee-cap',
  'simulation-intrinsic-gas-too-low',
  'simulation-insufficient-funds',
  'simulation-block-gas-limit-reached',
  'simulation-block-number-not-increasing',
  'simulation-timestamp-not-increasing',
  'simulation-init-code-too-large',
  'simulation-too-many-blocks',
  'simulation-refused',
] as const satisfies readonly RpcReason[]

/** Transactions that are decoded, judged and pooled. */
export const SUBMIT_ERRORS = [
  'malformed-transaction',
  'unsupported-type',
  'invalid-signature',
  'already-known',
  'nonce-too-low',
  'nonce-too-high',
  'nonce-max',
  'underpriced',
  'replacement-underpriced',
  'insufficient-funds',
  'intrinsic-gas-too-low',
  'floor-gas-too-low',
  'gas-limit-exceeds-block',
  'gas-limit-exceeds-cap',
  'tip-above-fee-cap',
  'fee-cap-exceeded',
  'fee-cap-too-low',
  'wrong-chain-id',
  'not-replay-protected',
  'blob-transaction',
  'init-code-too-large',
  'oversized-data',
  'sender-not-eoa',
  'account-limit',
  'not-permitted',
  'pool-full',
] as const satisfies readonly RpcReason[]

/** Blocks and transactions that are run again. */
export const TRACE_ERRORS = [
  'block-not-found',
  'transaction-not-found',
  'genesis-not-traceable',
  'untraceable-transaction',
  'tracer-not-found',
  'invalid-duration',
  'trace-too-large',
  'call-timeout',
  'missing-state',
] as const satisfies readonly RpcReason[]

/** Logs. */
export const LOG_ERRORS = [
  'block-not-found',
  'exceed-max-topics',
] as const satisfies readonly RpcReason[]
