import { CodedError, compareBytes } from '@busan/primitives'
import type { StorageErrorCode } from './errors.ts'
import type { KeyValueStore, Range } from './key-value.ts'

type Entry = readonly [key: Uint8Array, value: Uint8Array]

/** A store that the process forgets: for tests and throw-away chains. Behaves as the LevelDB one does. */
export function createMemoryStore(): KeyValueStore {
  const entries = new Map<string, Entry>()
  let sorted: Entry[] | undefined
  let isClosed = false

  const assertOpen = () => {
    if (isClosed)
      throw new CodedError<StorageErrorCode>('store-closed', 'the memory store is closed')
  }

  return {
    get(key) {
      assertOpen()
      return entries.get(textKey(key))?.[1].slice()
    },
    async batch(operations) {
      assertOpen()
      const taken = [...operations]
      sorted = undefined
      for (const operation of taken) {
        const text = textKey(operation.key)
        if (operation.type === 'del') entries.delete(text)
        else entries.set(text, [operation.key.slice(), operation.value.slice()])
      }
    },
    async *range(range) {
      assertOpen()
      sorted ??= [...entries.values()].sort(([a], [b]) => compareBytes(a, b))
      for (const [key, value] of selectRange(sorted, range)) {
        assertOpen()
        yield [key.slice(), value.slice()] as const
      }
    },
    async close() {
      isClosed = true
    },
  }
}

function selectRange(sorted: readonly Entry[], range: Range): readonly Entry[] {
  const selected = sorted.slice(lowerBound(sorted, range.gte), lowerBound(sorted, range.lt))
  if (range.reverse === true) selected.reverse()
  return range.limit === undefined || range.limit < 0 ? selected : selected.slice(0, range.limit)
}

/** Position of the first entry whose key is not below `bound`. */
function lowerBound(sorted: readonly Entry[], bound: Uint8Array): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes((sorted[middle] as Entry)[0], bound) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** One character a byte, so that bytes can be a Map key. */
function textKey(key: Uint8Array): string {
  return String.fromCharCode(...key)
}
