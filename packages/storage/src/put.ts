import type { BatchOperation } from './key-value.ts'

/** One write of a batch. */
export function put(key: Uint8Array, value: Uint8Array): BatchOperation {
  return { type: 'put', key, value }
}
