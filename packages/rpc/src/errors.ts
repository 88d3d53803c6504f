import { CodedError } from '@busan/primitives'

/**
 * Reason -> JSON-RPC code. The codes are geth's, since wallets match on them; -32005 is what indexers
 * take as "ask for less". Reasons of the pool and of execution keep their names.
 */
export const RPC_CODES = {
  'parse-error': -32700,
  'invalid-request': -32600,
  'method-not-found': -32601,
  'method-not-enabled': -32604,
  'invalid-params': -32602,
  'internal-error': -32603,
  'request-timeout': -32002,
  'response-too-large': -32003,
  'limit-exceeded': -32005,
  'rate-limited': -32005,
  'execution-reverted': 3,
  'inclusion-timeout': 4,
  'call-rejected': -32000,
  'header-not-found': -32000,
  'block-not-found': -32000,
  'transaction-not-found': -32000,
  'genesis-not-traceable': -32000,
  'tracer-not-found': -32000,
  'invalid-duration': -32000,
  'undecodable-block': -32000,
  'untraceable-transaction': -32000,
  'trace-too-large': -32003,
  'too-many-calls': -32005,
  'call-too-large': -32003,
  'filter-not-found': -32000,
  'subscription-not-found': -32000,
  'execution-failed': -32000,
  'call-timeout': -32000,
  'gas-above-allowance': -32000,
  'fee-cap-too-low': -32000,
  'vote-refused': -32602,
  'missing-state': -32000,
  'no-local-account': -32000,
  'no-consensus': -32000,
  'no-network': -32000,
  'transaction-dropped': -32000,
  'exceed-max-topics': -32000,
  'malformed-transaction': -32000,
  'unsupported-type': -32000,
  'invalid-signature': -32000,
  'already-known': -32000,
  'nonce-too-low': -32000,
  'nonce-too-high': -32000,
  'nonce-max': -32000,
  underpriced: -32000,
  'replacement-underpriced': -32000,
  'insufficient-funds': -32000,
  'intrinsic-gas-too-low': -32000,
  'floor-gas-too-low': -32000,
  'gas-limit-exceeds-block': -32000,
  'gas-limit-exceeds-cap': -32000,
  'tip-above-fee-cap': -32000,
  'fee-cap-exceeded': -32000,
  'wrong-chain-id': -32000,
  'not-replay-protected': -32000,
  'blob-transaction': -32000,
  'init-code-too-large': -32000,
  'oversized-data': -32000,
  'sender-not-eoa': -32000,
  'invalid-override': -32000,
  'simulation-nonce-too-low': -38010,
  'simulation-nonce-too-high': -38011,
  'simulation-fee-cap-too-low': -38012,
  'simulation-intrinsic-gas-too-low': -38013,
  'simulation-insufficient-funds': -38014,
  'simulation-block-gas-limit-reached': -38015,
  'simulation-block-number-not-increasing': -38020,
  'simulation-timestamp-not-increasing': -38021,
  'simulation-init-code-too-large': -38025,
  'simulation-too-many-blocks': -38026,
  'simulation-tip-above-fee-cap': -32602,
  'simulation-refused': -32603,
  'account-limit': -32000,
  'allowlist-not-enabled': -32000,
  'allowlist-unreadable': -32000,
  'allowlist-invalid-entry': -32000,
  'allowlist-duplicate-entry': -32000,
  'allowlist-existing-entry': -32000,
  'allowlist-absent-entry': -32000,
  'allowlist-fixed-entry': -32000,
  'allowlist-unwritable': -32000,
  // Besu's "sender account not authorized to send transactions".
  'not-permitted': -32007,
  'pool-full': -32000,
} as const

/** Why a request fails. */
export type RpcReason = keyof typeof RPC_CODES

/** An error that the client sees. `data` is set for reverts and few others: tools read it as revert bytes. */
export class RpcError extends CodedError<RpcReason> {
  readonly rpcCode: number
  readonly data: unknown

  constructor(reason: RpcReason, message: string, data?: unknown) {
    super(reason, message)
    this.name = 'RpcError'
    this.rpcCode = RPC_CODES[reason]
    this.data = data
  }
}

/** geth's text for a method that is unknown or not served here; ethers and viem cache it as "unsupported". */
export function methodNotFound(method: string): RpcError {
  const shown = method.length > 100 ? `${method.slice(0, 100)}...` : method
  return new RpcError('method-not-found', `the method ${shown} does not exist/is not available`)
}

/** The parameters do not fit the method. */
export function invalidParams(message: string): RpcError {
  return new RpcError('invalid-params', message)
}

/** A state read at a block that is not there. */
export function headerNotFound(): RpcError {
  return new RpcError('header-not-found', 'header not found')
}

/** A transaction that the pool or the decoder refuses, with the text they gave. */
export function transactionRejected(reason: string, message: string): RpcError {
  return new RpcError(reason in RPC_CODES ? (reason as RpcReason) : 'call-rejected', message)
}

/** The `error` member of a response. */
export interface ErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** The `error` member for an {@link RpcError}. */
export function errorObject(error: RpcError): ErrorObject {
  return error.data === undefined
    ? { code: error.rpcCode, message: error.message }
    : { code: error.rpcCode, message: error.message, data: error.data }
}
