import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '@busan/primitives'
import type { BatchOperation } from '@busan/storage'
import fc from 'fast-check'
import { createWriteOverlay } from '../src/state/write-overlay.ts'

const RUNS = Number(process.env.BUSAN_PROPERTY_RUNS ?? 100)

/** Few keys, of which some end alike, as the node of a root and its number do, and one that is short. */
const KEYS = [
  ...[1, 2, 3].flatMap((end) => [1, 2].map((start) => Uint8Array.of(start, ...tail(end)))),
  Uint8Array.of(9),
]

function tail(end: number): Uint8Array {
  return new Uint8Array(32).fill(end)
}

const key = fc.constantFrom(...KEYS)
const value = fc.uint8Array({ maxLength: 2 })
const operation: fc.Arbitrary<BatchOperation> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key, value }),
  fc.record({ type: fc.constant('del' as const), key }),
)
const step = fc.oneof(fc.array(operation, { maxLength: 6 }), fc.constant('lift' as const))

test('an overlay reads as the store would after the same batches, and as before once it is lifted', () => {
  fc.assert(
    fc.property(fc.array(operation), fc.array(step, { maxLength: 8 }), (before, steps) => {
      const store = applied(new Map(), before)
      const overlay = createWriteOverlay({ get: (key) => store.get(bytesToHex(key)) })
      let model = store
      for (const one of steps) {
        model = one === 'lift' ? store : applied(model, one)
        if (one === 'lift') overlay.lift()
        else overlay.lay(one)
        for (const key of KEYS) assert.deepEqual(overlay.get(key), model.get(bytesToHex(key)))
      }
    }),
    { numRuns: RUNS },
  )
})

function applied(
  model: ReadonlyMap<string, Uint8Array>,
  operations: readonly BatchOperation[],
): Map<string, Uint8Array> {
  const after = new Map(model)
  for (const one of operations) {
    if (one.type === 'put') after.set(bytesToHex(one.key), one.value)
    else after.delete(bytesToHex(one.key))
  }
  return after
}
