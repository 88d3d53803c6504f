import { bigintToBytes8, bytesToBigint } from '@busan/primitives'
import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys } from '../schema.ts'

/** The oldest block whose state is whole; undefined: nothing was ever swept. */
export function readOldestState(store: Pick<KeyValueStore, 'get'>): bigint | undefined {
  const value = store.get(keys.oldestState())
  return value === undefined ? undefined : bytesToBigint(value)
}

/** The write that gives up the states before block `number`; on disk before any of them is swept. */
export function putOldestState(number: bigint): BatchOperation {
  return put(keys.oldestState(), bigintToBytes8(number))
}
