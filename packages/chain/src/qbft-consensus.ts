import { assert } from '@busan/primitives'
import type { Consensus } from '@ethereumjs/blockchain'

/**
 * QBFT as @ethereumjs/blockchain sees it. Seals and header fields are judged in `validate/` before a header gets
 * here; what is left is the guard that the library's fork choice (total difficulty) never has a choice.
 */
export function createQbftConsensus(): Consensus {
  const validateDifficulty: Consensus['validateDifficulty'] = async (header) => {
    assert(header.difficulty === 1n, `the difficulty of block ${header.number} is 1`)
  }
  return {
    algorithm: 'qbft',
    setup: async () => {},
    genesisInit: async () => {},
    validateConsensus: (block) => validateDifficulty(block.header),
    validateDifficulty,
    async newBlock({ header }, commonAncestor) {
      assert(
        commonAncestor?.number === header.number - 1n,
        `block ${header.number} extends the head: QBFT never reorganises`,
      )
    },
  }
}
