import { bytesToHash, type Hash } from '@busan/primitives'
import { orderedTrieRoot } from './state/trie.ts'

/** A header's transactionsRoot. @param raws EIP-2718 envelopes in order */
export function transactionsRoot(raws: readonly Uint8Array[]): Hash {
  return bytesToHash(orderedTrieRoot(raws))
}
