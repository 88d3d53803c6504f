import { equalBytes } from '@busan/primitives'
import type { BatchOperation, KeyValueStore } from '@busan/storage'
import { hashNumber } from './hash-number.ts'

type Reads = Pick<KeyValueStore, 'get'>

/** Reads of a store as if blocks had been written that are not there, or not yet. */
export interface WriteOverlay extends Reads {
  /** Lays the writes of a block over the store and over those laid before. */
  lay(writes: readonly BatchOperation[]): void
  /** Takes all of them away. */
  lift(): void
}

/** With nothing laid over. */
export function createWriteOverlay(store: Reads): WriteOverlay {
  /** Indexed when first asked: often nobody asks before a block is on the disk. */
  let fresh: (readonly BatchOperation[])[] = []
  /** By the end of the key, which is that of a hash; the node of a root and its number have the same. */
  const index = new Map<number, BatchOperation[]>()

  const indexFresh = (): void => {
    for (const write of fresh.flat()) {
      const number = hashNumber(write.key)
      const others = index.get(number)
      if (others === undefined) index.set(number, [write])
      // The latest comes first: it is the one that counts.
      else others.unshift(write)
    }
    fresh = []
  }
  return {
    get(key) {
      if (fresh.length > 0) indexFresh()
      const writes = index.size === 0 ? undefined : index.get(hashNumber(key))
      const write = writes?.find((one) => equalBytes(one.key, key))
      if (write === undefined) return store.get(key)
      return write.type === 'put' ? write.value : undefined
    },
    lay: (writes) => void fresh.push(writes),
    lift() {
      fresh = []
      index.clear()
    },
  }
}
