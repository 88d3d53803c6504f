import {
  bigintToBytes,
  bigintToBytes8,
  bytesToBigint,
  concatBytes,
  type Hash,
  padLeft,
} from '@busan/primitives'
import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys } from '../schema.ts'

/** Where a transaction was included. */
export interface StoredLocation {
  readonly blockNumber: bigint
  readonly index: number
}

/** undefined for a transaction that no block has. */
export function readTransactionLocation(
  store: KeyValueStore,
  hash: Hash,
): StoredLocation | undefined {
  const value = store.get(keys.transactionLocation(hash))
  if (value === undefined) return undefined
  return {
    blockNumber: bytesToBigint(value.subarray(0, 8)),
    index: Number(bytesToBigint(value.subarray(8))),
  }
}

/** The write that lets a transaction be found by its hash. */
export function putTransactionLocation(
  hash: Hash,
  { blockNumber, index }: StoredLocation,
): BatchOperation {
  const position = padLeft(bigintToBytes(BigInt(index)), 4)
  return put(keys.transactionLocation(hash), concatBytes(bigintToBytes8(blockNumber), position))
}
