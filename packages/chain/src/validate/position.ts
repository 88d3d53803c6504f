import type { Block, Header } from '@busan/chain-spec'
import { accept, type Hash, refuse, type Verdict } from '@busan/primitives'
import { blockHash, decodeExtraData } from '@busan/qbft'
import type { HeadState } from '../head.ts'
import type { BlockReader } from '../queries/block-reader.ts'

/** Where a block stands to the chain: already in it, or a child of the head. */
export type Position =
  | { readonly kind: 'known' }
  | { readonly kind: 'child'; readonly hash: Hash; readonly parent: Header }

/** Hashes a block and finds its place. Only a child of the head can be imported: there is no fork choice. */
export function locateBlock(
  { reader, head }: { readonly reader: BlockReader; readonly head: HeadState },
  { header }: Block,
): Verdict<Position, 'malformed-block' | 'unknown-parent' | 'conflicting-block'> {
  const extraData = decodeExtraData(header.extraData)
  if (!extraData.ok) return refuse('malformed-block', extraData.message)
  const hash = blockHash(header)
  const { number } = head.block.header
  if (header.number <= number) {
    const ours = reader.hashByNumber(header.number)
    if (ours === hash) return accept({ kind: 'known' })
    return refuse('conflicting-block', `block ${header.number} is ${ours} here, not ${hash}`)
  }
  if (header.parentHash !== head.block.hash) {
    const ours = `the head is ${number} ${head.block.hash}`
    return refuse(
      'unknown-parent',
      `block ${header.number} builds on ${header.parentHash}, ${ours}`,
    )
  }
  return accept({ kind: 'child', hash, parent: head.block.header })
}
