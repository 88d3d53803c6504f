import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys } from '../schema.ts'

/** A block's receipts in execution's storage encoding. */
export function readReceipts(store: KeyValueStore, number: bigint): Uint8Array | undefined {
  return store.get(keys.receipts(number))
}

/** The write that stores a block's receipts. */
export function putReceipts(number: bigint, encoded: Uint8Array): BatchOperation {
  return put(keys.receipts(number), encoded)
}
