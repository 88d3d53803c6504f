import { bytesToHash, type Hash } from '@busan/primitives'
import { pacedResultOf } from './state/steps.ts'
import { orderedTrieRootInSteps } from './state/trie.ts'
import { createPacer, systemClock } from './vm/pacer.ts'

/** A header's transactionsRoot, computed in slices. @param raws EIP-2718 envelopes in order */
export async function transactionsRoot(raws: readonly Uint8Array[]): Promise<Hash> {
  const pacer = createPacer(systemClock)
  pacer.start()
  return bytesToHash(await pacedResultOf(orderedTrieRootInSteps(raws), pacer))
}
