import { assert } from '@busan/primitives'
import type { Consensus } from '@ethereumjs/blockchain'

/**
 * A chain that only grows, as @ethereumjs/blockchain sees it. Headers are judged in `validate/` before they get
 * here; what is left is the guard that the library's fork choice (total difficulty) never has a choice.
 */
export function createLinearConsensus(): Consensus {
  return {
    algorithm: 'linear',
    setup: async () => {},
    genesisInit: async () => {},
    validateConsensus: async () => {},
    validateDifficulty: async () => {},
    async newBlock({ header }, commonAncestor) {
      assert(
        commonAncestor?.number === header.number - 1n,
        `block ${header.number} extends the head: nothing is ever reorganised`,
      )
    },
  }
}
