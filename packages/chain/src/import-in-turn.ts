import type { Block } from '@busan/chain-spec'
import type { Chain, ImportVerdict } from './types.ts'

/** What became of a block. */
export interface TurnOutcome {
  readonly block: Block
  readonly verdict: ImportVerdict
}

/**
 * Imports blocks in their order, each judged while the one before it is written; tells of each when it is on disk.
 * Whoever stops listening stops the import, after the block that was given in already.
 * @throws what `importBlock` throws, and what `blocks` does
 */
export async function* importInTurn(
  chain: Pick<Chain, 'importBlock'>,
  blocks: Iterable<Block> | AsyncIterable<Block>,
): AsyncGenerator<TurnOutcome> {
  let last: Promise<TurnOutcome> | undefined
  try {
    for await (const block of blocks) {
      const before = last
      last = chain.importBlock(block).then((verdict) => ({ block, verdict }))
      // It is heard of in its turn.
      last.catch(() => {})
      if (before !== undefined) yield await before
    }
    if (last !== undefined) yield await last
  } finally {
    await last?.catch(() => {})
  }
}
