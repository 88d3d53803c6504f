import {
  asBytes,
  bytesToHex,
  decodeRlp,
  encodeRlp,
  type Hex,
  hexToBytes,
  keccak256,
} from '@busan/primitives'
import { createTrie, type NodeSource } from './trie.ts'
import type { NodeSink } from './trie-node.ts'

const NO_BYTES = new Uint8Array(0)

/** One account's storage during an execution: what was read, what was written, and the trie below. */
export interface AccountStorage {
  /** Big-endian without leading zeros; empty when unset. */
  get(slot: Uint8Array): Uint8Array
  /** @param value without leading zeros; empty unsets. @returns a function that takes the write back */
  set(slot: Uint8Array, value: Uint8Array): () => void
  /** The storage root after all writes; `sink` receives the nodes made since the last call. */
  root(sink: NodeSink): Uint8Array
}

/** Opens the storage behind `storageRoot`. */
export function openStorage(source: NodeSource, storageRoot: Uint8Array): AccountStorage {
  const trie = createTrie(source, storageRoot)
  const values = new Map<Hex, Uint8Array>()
  const written = new Set<Hex>()
  const get = (slot: Uint8Array): Uint8Array => {
    const key = bytesToHex(slot)
    const known = values.get(key)
    if (known !== undefined) return known
    const rlp = trie.get(keccak256(slot))
    const value = rlp === undefined ? NO_BYTES : asBytes(decodeRlp(rlp), 'storage value')
    values.set(key, value)
    return value
  }
  return {
    get,
    set: (slot, value) => {
      const before = get(slot)
      const key = bytesToHex(slot)
      values.set(key, value)
      written.add(key)
      return () => {
        values.set(key, before)
        written.add(key)
      }
    },
    root: (sink) => {
      for (const key of written) {
        const value = values.get(key) ?? NO_BYTES
        const hashedSlot = keccak256(hexToBytes(key))
        if (value.length === 0) trie.delete(hashedSlot)
        else trie.put(hashedSlot, encodeRlp(value))
      }
      written.clear()
      return trie.root(sink)
    },
  }
}
