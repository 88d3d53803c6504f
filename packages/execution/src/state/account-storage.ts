import {
  asScalar,
  bigintToBytes,
  decodeRlp,
  encodeRlp,
  equalBytes,
  keccak256,
} from '@busan/primitives'
import { wordToBytes } from '../interpreter/words.ts'
import { EMPTY_ROOT_BYTES } from './account.ts'
import { createTrie, type NodeSource, PUTS_PER_STEP } from './trie.ts'
import type { NodeSink } from './trie-node.ts'
import type { TrieEntry } from './trie-walk.ts'

/** One account's storage during an execution: what was read, what was written, and the trie below. */
export interface AccountStorage {
  /** 0 when unset. */
  get(slot: bigint): bigint
  /** @param value 0 unsets. @returns the value before */
  set(slot: bigint, value: bigint): bigint
  /** Slots by their hashes from `from` on, ascending, with their RLP; those that {@link root} has taken in. */
  entries(from: Uint8Array): Iterable<TrieEntry>
  /** Slots that {@link root} has taken in since this was opened, by hash, with their values. */
  taken(): Iterable<readonly [hashedSlot: Uint8Array, value: bigint]>
  /** Computes the storage root after all writes, in steps; `sink` receives the nodes made since the last time. */
  root(sink: NodeSink): Generator<void, Uint8Array>
}

/** Reads a slot without the trie; undefined: only the trie knows. */
export type FlatSlots = (hashedSlot: Uint8Array) => bigint | undefined

/** Opens the storage behind `storageRoot`. */
export function openStorage(
  source: NodeSource,
  storageRoot: Uint8Array,
  flatSlots?: FlatSlots,
): AccountStorage {
  const trie = createTrie(source, storageRoot)
  const isEmpty = equalBytes(storageRoot, EMPTY_ROOT_BYTES)
  const values = new Map<bigint, bigint>()
  const written = new Set<bigint>()
  const taken = new Set<bigint>()
  const hashes = new Map<bigint, Uint8Array>()
  const hashOf = (slot: bigint): Uint8Array => {
    const known = hashes.get(slot)
    if (known !== undefined) return known
    const hash = keccak256(wordToBytes(slot))
    hashes.set(slot, hash)
    return hash
  }
  const get = (slot: bigint): bigint => {
    const known = values.get(slot)
    if (known !== undefined) return known
    const hashedSlot = hashOf(slot)
    const value = (isEmpty ? 0n : flatSlots?.(hashedSlot)) ?? valueIn(trie.get(hashedSlot))
    values.set(slot, value)
    return value
  }
  return {
    get,
    set: (slot, value) => {
      const before = get(slot)
      values.set(slot, value)
      written.add(slot)
      return before
    },
    entries: trie.entries,
    *taken() {
      for (const slot of taken) yield [hashOf(slot), values.get(slot) ?? 0n]
    },
    *root(sink) {
      let puts = 0
      for (const slot of written) {
        if (++puts % PUTS_PER_STEP === 0) yield
        const value = values.get(slot) ?? 0n
        const hashedSlot = hashOf(slot)
        taken.add(slot)
        if (value === 0n) trie.delete(hashedSlot)
        else trie.put(hashedSlot, encodeRlp(bigintToBytes(value)))
      }
      written.clear()
      return yield* trie.root(sink)
    },
  }
}

function valueIn(rlp: Uint8Array | undefined): bigint {
  return rlp === undefined ? 0n : asScalar(decodeRlp(rlp), 'storage value')
}
