import type { Block, Header } from '@busan/chain-spec'
import { accept, type Hash, refuse, type Verdict } from '@busan/primitives'
import type { ConsensusRules } from '../consensus/ports.ts'
import type { BlockReader } from '../queries/block-reader.ts'
import type { Tip } from '../types.ts'

/** Where a block stands to the chain: already in it, or a child of the tip. */
export type Position =
  | { readonly kind: 'known' }
  | { readonly kind: 'child'; readonly hash: Hash; readonly parent: Header }

/** What a block is placed in. */
interface Surroundings {
  readonly reader: BlockReader
  readonly tip: Pick<Tip, 'hash' | 'header'>
  readonly consensus: Pick<ConsensusRules, 'checkShape' | 'hashOf'>
}

/** Hashes a block and finds its place. Only a child of the tip can be imported: there is no fork choice. */
export function locateBlock(
  { reader, tip, consensus }: Surroundings,
  { header }: Block,
): Verdict<Position, 'malformed-block' | 'unknown-parent' | 'conflicting-block'> {
  const shape = consensus.checkShape(header)
  if (!shape.ok) return shape
  const hash = consensus.hashOf(header)
  const { number } = tip.header
  if (header.number <= number) {
    const ours = header.number === number ? tip.hash : reader.hashByNumber(header.number)
    if (ours === hash) return accept({ kind: 'known' })
    return refuse('conflicting-block', `block ${header.number} is ${ours} here, not ${hash}`)
  }
  if (header.parentHash !== tip.hash) {
    const ours = `the head is ${number} ${tip.hash}`
    return refuse(
      'unknown-parent',
      `block ${header.number} builds on ${header.parentHash}, ${ours}`,
    )
  }
  return accept({ kind: 'child', hash, parent: tip.header })
}
