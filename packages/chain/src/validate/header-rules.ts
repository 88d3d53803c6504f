import {
  checkGasLimit,
  EMPTY_REQUESTS_HASH,
  type Header,
  nextExcessBlobGas,
  parentGasLimit,
  QBFT_MIX_HASH,
} from '@busan/chain-spec'
import { EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, ZERO_HASH } from '@busan/primitives'
import { verifyExtraData } from '@busan/qbft'
import { minimumTimestamp } from '../timestamp.ts'
import type { HeaderContext } from './header.ts'

const ZERO_NONCE = '0x0000000000000000'

/** The text of a broken rule; undefined when it holds. */
export type Problem = string | undefined

/** Heights have no gaps. */
export function number({ parent }: HeaderContext, header: Header): Problem {
  return expectEqual('number', header.number, parent.number + 1n)
}

/** Fields that proof of authority leaves without meaning: one value each, so that none can carry anything. */
export function constants(_: HeaderContext, header: Header): Problem {
  return (
    expectEqual('ommersHash', header.ommersHash, EMPTY_OMMERS_HASH) ??
    expectEqual('difficulty', header.difficulty, 1n) ??
    expectEqual('mixHash', header.mixHash, QBFT_MIX_HASH) ??
    expectEqual('nonce', header.nonce, ZERO_NONCE)
  )
}

/** The fields that the block's fork appends are there, and no others. */
export function presentFields({ spec }: HeaderContext, header: Header): Problem {
  const fork = spec.forkAt(header.number, header.timestamp)
  const has = (isActive: boolean, field: keyof Header): Problem =>
    isActive === (header[field] !== undefined)
      ? undefined
      : `${field} must be ${isActive ? 'present' : 'absent'} under ${fork.name}`
  return (
    has(fork.hasBaseFee, 'baseFeePerGas') ??
    has(fork.hasWithdrawals, 'withdrawalsRoot') ??
    has(fork.hasBlobGas, 'blobGasUsed') ??
    has(fork.hasBlobGas, 'excessBlobGas') ??
    has(fork.hasBeaconRoot, 'parentBeaconBlockRoot') ??
    has(fork.hasRequests, 'requestsHash')
  )
}

/** The appended fields, of which those without meaning are constant. */
export function forkFields(context: HeaderContext, header: Header): Problem {
  return (
    presentFields(context, header) ??
    expectConstant('withdrawalsRoot', header.withdrawalsRoot, EMPTY_TRIE_ROOT) ??
    expectConstant('blobGasUsed', header.blobGasUsed, 0n) ??
    expectConstant('parentBeaconBlockRoot', header.parentBeaconBlockRoot, ZERO_HASH) ??
    expectConstant('requestsHash', header.requestsHash, EMPTY_REQUESTS_HASH)
  )
}

/** Gas used fits the limit, and the limit moves slowly. */
export function gas({ spec, parent }: HeaderContext, header: Header): Problem {
  if (header.gasUsed > header.gasLimit) {
    return `gasUsed ${header.gasUsed} exceeds gasLimit ${header.gasLimit}`
  }
  const parentLimit = parentGasLimit(spec, parent, header.timestamp)
  const verdict = checkGasLimit(header.gasLimit, parentLimit)
  return verdict.ok ? undefined : verdict.message
}

/** A block period has passed since the parent. */
export function timestamp({ spec, parent }: HeaderContext, header: Header): Problem {
  const minimum = minimumTimestamp(spec, parent)
  return header.timestamp >= minimum
    ? undefined
    : `timestamp ${header.timestamp} is before ${minimum}, the parent's and the block period`
}

/** The base fee is the fee policy's. */
export function baseFee({ spec, parent }: HeaderContext, header: Header): Problem {
  const expected = spec.nextBaseFee(parent, header.timestamp)
  return expectEqual('baseFeePerGas', header.baseFeePerGas, expected)
}

/** EIP-4844: excess follows from the parent; on a QBFT network although no block has blobs. */
export function excessBlobGas({ spec, parent }: HeaderContext, header: Header): Problem {
  const { blobs } = spec.forkAt(header.number, header.timestamp)
  if (blobs === undefined) return undefined
  return expectEqual('excessBlobGas', header.excessBlobGas, nextExcessBlobGas(parent, blobs))
}

/** Canonical extraData that lists exactly the expected validators; the proposer is one of them. */
export function extraData({ validators }: HeaderContext, header: Header): Problem {
  const verdict = verifyExtraData(header, validators)
  return verdict.ok ? undefined : verdict.message
}

type FieldValue = string | bigint | undefined

/** The problem of a field that is not what it must be. */
export function expectEqual(field: string, actual: FieldValue, expected: FieldValue): Problem {
  return actual === expected ? undefined : `${field} must be ${expected}, got ${actual}`
}

function expectConstant(field: string, actual: FieldValue, expected: FieldValue): Problem {
  return actual === undefined ? undefined : expectEqual(field, actual, expected)
}
