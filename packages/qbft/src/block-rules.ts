import type { Block } from '@busan/chain-spec'
import { checkedExtraData, sealHash, withRound } from './hashing.ts'
import type { BlockRules } from './types.ts'

/** The machine's view of real blocks. `decodeMessage` has checked that their extraData can be read. */
export const blockRules: BlockRules<Block> = {
  height: (block) => block.header.number,
  round: (block) => checkedExtraData(block.header).round,
  coinbase: (block) => block.header.coinbase,
  digest: (block) => sealHash(block.header),
  withRound: (block, round) => ({ ...block, header: withRound(block.header, round) }),
}
