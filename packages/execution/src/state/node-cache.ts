import { equalBytes } from '@busan/primitives'
import { hashNumber } from './hash-number.ts'
import type { TrieNode } from './trie-node.ts'

/** Decoded trie nodes by hash, bounded; what is asked for again stays. */
export interface NodeCache {
  get(hash: Uint8Array): TrieNode | undefined
  /** @param node sealed by `hash` */
  set(hash: Uint8Array, node: TrieNode): void
}

/**
 * Two generations in place of an order of use, and numbers in place of text for keys: a walk through a trie asks so
 * often that either would cost more than what it finds.
 * @param capacity of each generation
 */
export function createNodeCache(capacity: number): NodeCache {
  let young = new Map<number, TrieNode>()
  let old = new Map<number, TrieNode>()
  const put = (key: number, node: TrieNode): void => {
    if (young.size >= capacity) {
      old = young
      young = new Map()
    }
    young.set(key, node)
  }
  return {
    get(hash) {
      const key = hashNumber(hash)
      const recent = young.get(key)
      const node = recent ?? old.get(key)
      // The key is 53 bits of 256: another node may have them too.
      if (node === undefined || !isSealedBy(node, hash)) return undefined
      if (recent === undefined) put(key, node)
      return node
    },
    set: (hash, node) => put(hashNumber(hash), node),
  }
}

function isSealedBy({ sealed }: TrieNode, hash: Uint8Array): boolean {
  return sealed instanceof Uint8Array && equalBytes(sealed, hash)
}
