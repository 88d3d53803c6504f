import {
  bigintToBytes8,
  bytesToBigint,
  bytesToHash,
  concatBytes,
  type Hash,
  hexToBytes,
} from '@busan/primitives'
import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys } from '../schema.ts'
import { decodeStored } from './stored-value.ts'

/** The last block of the chain. */
export interface HeadPointer {
  readonly number: bigint
  readonly hash: Hash
}

/** undefined in an empty database. */
export function readHead(store: KeyValueStore): HeadPointer | undefined {
  const value = store.get(keys.head())
  if (value === undefined) return undefined
  return decodeStored('head pointer', () => ({
    number: bytesToBigint(value.subarray(0, 8)),
    hash: bytesToHash(value.subarray(8)),
  }))
}

/** The write that moves the head; part of the block's batch. */
export function putHead({ number, hash }: HeadPointer): BatchOperation {
  return put(keys.head(), concatBytes(bigintToBytes8(number), hexToBytes(hash)))
}
