import { type Withdrawal, withdrawalToItems } from '@busan/chain-spec'
import { bytesToHash, encodeRlp, type Hash } from '@busan/primitives'
import { orderedTrieRoot } from '../state/trie.ts'

/** A header's withdrawalsRoot (EIP-4895). */
export function withdrawalsRoot(withdrawals: readonly Withdrawal[]): Hash {
  const encoded = withdrawals.map((withdrawal) => encodeRlp(withdrawalToItems(withdrawal)))
  return bytesToHash(orderedTrieRoot(encoded))
}
