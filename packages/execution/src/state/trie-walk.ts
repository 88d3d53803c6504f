import { concatBytes } from '@busan/primitives'
import type { TrieChild, TrieNode } from './trie-node.ts'

/** One key of a trie and its value. */
export interface TrieEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** What lies at or behind `from`, ascending by key; nodes are loaded as they are reached. @param from nibbles */
export function* walkTrie(
  load: (child: TrieChild) => TrieNode | null,
  node: TrieNode | null,
  from: Uint8Array,
  prefix: Uint8Array = new Uint8Array(0),
): Iterable<TrieEntry> {
  if (node === null || liesBefore(prefix, from)) return
  if (node.kind === 'branch') {
    for (const [nibble, child] of node.children.entries()) {
      const path = concatBytes(prefix, Uint8Array.of(nibble))
      if (!liesBefore(path, from)) yield* walkTrie(load, load(child), from, path)
    }
    return
  }
  const path = concatBytes(prefix, node.path)
  if (liesBefore(path, from)) return
  if (node.kind === 'leaf') yield { key: packNibbles(path), value: node.value }
  else yield* walkTrie(load, load(node.child), from, path)
}

/** Every key that begins so is smaller. */
function liesBefore(prefix: Uint8Array, from: Uint8Array): boolean {
  for (const [at, nibble] of prefix.entries()) {
    const bound = from[at] ?? 0
    if (nibble !== bound) return nibble < bound
  }
  return false
}

function packNibbles(nibbles: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: nibbles.length / 2 },
    (_, at) => ((nibbles[2 * at] as number) << 4) | (nibbles[2 * at + 1] as number),
  )
}
