import type { Executor } from '@busan/execution'
import { CodedError } from '@busan/primitives'
import { decodeStored, type KeyValueStore, readHead, readValidatorState } from '@busan/storage'
import type { ConsensusRules } from './consensus/ports.ts'
import type { ChainErrorCode } from './errors.ts'
import type { HeadState } from './head.ts'
import type { BlockReader } from './queries/block-reader.ts'
import { decodeValidatorState } from './validator-set.ts'

/** Where the head is looked for. */
export interface HeadSource {
  readonly store: KeyValueStore
  readonly reader: BlockReader
  readonly executor: Pick<Executor, 'hasState'>
  readonly consensus: Pick<ConsensusRules, 'validatorsFor'>
}

/**
 * The head found on disk, after the start-up self check that all of it is there.
 * @throws CodedError `head-incomplete`, naming what is missing
 */
export function loadHead({ store, reader, executor, consensus }: HeadSource): HeadState {
  const pointer = readHead(store)
  if (pointer === undefined) throw incomplete('pointer to its head')
  const { number, hash } = pointer
  const require = <Value>(value: Value | undefined, what: string): Value => {
    if (value === undefined) throw incomplete(`${what} of its head, block ${number} ${hash}`)
    return value
  }
  const isCanonical = reader.hashByNumber(number) === hash
  const header = require(isCanonical ? reader.headerByNumber(number) : undefined, 'header')
  const block = require(reader.blockByHash(hash), 'body')
  require(reader.receiptsByHash(hash), 'receipts')
  require(executor.hasState(header.stateRoot) ? true : undefined, 'state')
  const encoded = require(readValidatorState(store), 'validator state')
  const stored = decodeStored('validator state', () => decodeValidatorState(encoded))
  return { block, validatorState: consensus.validatorsFor(stored, number + 1n) }
}

function incomplete(missing: string): CodedError<ChainErrorCode> {
  return new CodedError(
    'head-incomplete',
    `the database lacks the ${missing}: ` +
      'restore the data folder from a snapshot, or delete it and let the node sync again',
    { details: { missing } },
  )
}
