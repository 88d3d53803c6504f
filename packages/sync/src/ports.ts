import type { ImportVerdict } from '@busan/chain'
import type { Block, Header } from '@busan/chain-spec'
import type { Hash } from '@busan/primitives'

/** A libp2p peer id in text form. */
export type PeerId = string

/** What is done with a gossiped block: forward it, drop it, or drop it and hold it against the sender. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject'

/** The chain as sync drives it. */
export interface ChainPort {
  head(): { readonly hash: Hash; readonly header: Pick<Header, 'number'> }
  /** Verifies everything, the seals too. Throws only when the machine is broken. */
  importBlock(block: Block): Promise<ImportVerdict>
}

/** The chain as ranges are served from it. */
export interface StoredBlocksPort {
  head(): { readonly header: Pick<Header, 'number'> }
  rawBlockByNumber(number: bigint): Block | undefined
}

/** The network as sync uses it. */
export interface NetworkPort {
  /**
   * Sealed blocks (RLP) from `fromNumber` upwards, at most `count`; fewer may come. Rejects when the peer
   * fails, with code `peer-not-connected` when it is not there; gives up when the signal is aborted.
   */
  requestBlocks(
    peer: PeerId,
    fromNumber: bigint,
    count: number,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]>
  penalize(peer: PeerId, reason: string): void
}

/** The part of a peer's status that sync reads. */
export interface PeerHead {
  readonly headNumber: bigint
}
