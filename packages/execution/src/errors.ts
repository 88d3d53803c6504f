import { CodedError, type Hash } from '@busan/primitives'

/** What execution throws: never a judgement on foreign data, always something missing or cut short. */
export type ExecutionErrorCode =
  | 'missing-state'
  | 'missing-block-hash'
  | 'call-timeout'
  /** The threads for calls are busy, and enough calls wait. */
  | 'too-many-calls'
  /** A call that takes more memory than one may. */
  | 'call-too-large'
  /** What a tracer has to tell takes more room than the request allows. */
  | 'trace-too-large'
  /** A block that is traced holds a transaction that cannot run. */
  | 'untraceable-transaction'
  /** Two interpreters disagree on a block: one of them is wrong. */
  | 'evm-divergence'
  /** A contract cannot stand at genesis: its constructor fails. */
  | 'genesis-constructor'
  /** A block cannot be made here: the state lacks a contract that the protocol calls. */
  | 'block-unbuildable'

/**
 * What is asked for is not in the database. geth's words: indexers match on `missing trie node` and `is not available`.
 * @param oldestState of those that the node keeps; undefined: it keeps all
 */
export function missingState(
  hash: Hash,
  what: 'state' | 'code',
  oldestState?: bigint,
): CodedError<ExecutionErrorCode> {
  const kept =
    oldestState === undefined
      ? ''
      : `: this node keeps the states from block ${oldestState} on; ask a node with --history=archive`
  return new CodedError(
    'missing-state',
    `missing trie node ${hash} (path ) ${what} ${hash} is not available${kept}`,
    { details: { hash } },
  )
}

/** BLOCKHASH asked for an ancestor that the chain does not give. */
export function missingBlockHash(number: bigint): CodedError<ExecutionErrorCode> {
  return new CodedError('missing-block-hash', `the hash of ancestor block ${number} is unknown`, {
    details: { number },
  })
}

/** geth's words for a call that ran out of wall-clock time. */
export function callTimeout(timeoutMs: number): CodedError<ExecutionErrorCode> {
  return new CodedError('call-timeout', `execution aborted (timeout = ${timeoutMs / 1000}s)`, {
    details: { timeoutMs },
  })
}

/** A block of our own cannot be completed; `detail` says what the protocol missed. */
export function blockUnbuildable(detail: string): CodedError<ExecutionErrorCode> {
  return new CodedError('block-unbuildable', `no block can be built on this state: ${detail}`)
}
