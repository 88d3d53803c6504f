import type { KeyValueStore } from '@busan/storage'

const HASH_BYTES = 32

/** Everything under a table's keys that are as long as this one or longer. @param keyOf makes a key of a hash */
export function rangeOfTable(store: KeyValueStore, keyOf: (hash: Uint8Array) => Uint8Array) {
  const [lowest, highest] = [0, 0xff].map((byte) => keyOf(new Uint8Array(HASH_BYTES).fill(byte)))
  // The bound itself is left out: a byte more takes the highest hash in.
  return store.range({
    gte: lowest as Uint8Array,
    lt: Uint8Array.of(...(highest as Uint8Array), 0),
  })
}
