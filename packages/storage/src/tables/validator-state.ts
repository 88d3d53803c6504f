import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys } from '../schema.ts'

/** The validator state after the head, as `chain` encodes it. */
export function readValidatorState(store: KeyValueStore): Uint8Array | undefined {
  return store.get(keys.validatorState())
}

/** The write that replaces the validator state; part of the block's batch. */
export function putValidatorState(encoded: Uint8Array): BatchOperation {
  return put(keys.validatorState(), encoded)
}
