import { bytesToBigint, bytesToHash, type Hash } from '@busan/primitives'
import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys } from '../schema.ts'
import { decodeStored } from './stored-value.ts'

/** Hash of the canonical block at a height. */
export function readHashByNumber(store: KeyValueStore, number: bigint): Hash | undefined {
  const value = store.get(keys.hashByNumber(number))
  return value === undefined ? undefined : decodeStored('block hash', () => bytesToHash(value))
}

/** Height of a block. */
export function readNumberByHash(store: KeyValueStore, hash: Hash): bigint | undefined {
  const value = store.get(keys.numberByHash(hash))
  return value === undefined ? undefined : bytesToBigint(value)
}

/** Header RLP, with the seals that this node saw. */
export function readHeaderRlp(
  store: KeyValueStore,
  number: bigint,
  hash: Hash,
): Uint8Array | undefined {
  return store.get(keys.header(number, hash))
}

/** RLP list of a block's transactions. */
export function readBodyRlp(store: KeyValueStore, number: bigint): Uint8Array | undefined {
  return store.get(keys.body(number))
}

/** The write that stores a block's transactions. */
export function putBodyRlp(number: bigint, encoded: Uint8Array): BatchOperation {
  return put(keys.body(number), encoded)
}
