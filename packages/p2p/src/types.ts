import type { Hash } from '@busan/primitives'

/** A libp2p peer id in text form, `12D3Koo...` or `16Uiu2...`. */
export type PeerId = string

/** What a gossip handler says of a message: `reject` also costs the sender score. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject'

/** What the others do with what arrives. Bytes are foreign: handlers judge them and never throw for bad data. */
export interface P2pHandlers {
  /** A gossiped batch of transactions, encoded by `publishTransactions`. */
  onTransactions(rawTransactions: readonly Uint8Array[], from: PeerId): Promise<GossipVerdict>
  /** A gossiped sealed block (RLP). */
  onBlock(block: Uint8Array, from: PeerId): Promise<GossipVerdict>
  /** A consensus message as `publishConsensus` was given it. */
  onConsensus(message: Uint8Array, from: PeerId): Promise<GossipVerdict>
  /** Our answer to a status request. */
  status(): PeerStatus
  /** Our answer to a range request: sealed blocks (RLP) from `fromNumber` upwards, at most `count`. */
  blocksByRange(fromNumber: bigint, count: number): Promise<readonly Uint8Array[]>
  /** Our answer to a request for transactions, in its order; undefined: not here. */
  transactions(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[]
  /** A peer whose chain is ours has connected, or told a newer status. */
  onPeerStatus(peer: PeerId, status: PeerStatus): void
  onPeerGone(peer: PeerId): void
}

/** Exchanged on connection and each time it is asked for. A peer of another genesis is disconnected. */
export interface PeerStatus {
  readonly chainId: bigint
  readonly genesisHash: string
  readonly headNumber: bigint
  readonly headHash: string
  /** Milliseconds since the epoch on the peer's clock, for the skew in `qbft_status`. */
  readonly clockMs: number
  /** Client version, at most 64 characters. */
  readonly version: string
  /** True when the node reads proposals that name their transactions by hash. */
  readonly readsCompactProposals: boolean
}

/** A connected peer, for admin and metrics. */
export interface Peer {
  readonly id: PeerId
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly status?: PeerStatus
  /** Milliseconds that their clock is ahead of ours, as far as the round trip tells. */
  readonly clockOffsetMs?: number
}

/** The network as the node uses it. */
export interface P2pHost {
  readonly id: PeerId
  /** Listen addresses with /p2p/ID. */
  addresses(): readonly string[]
  peers(): readonly Peer[]
  publishTransactions(rawTransactions: readonly Uint8Array[]): Promise<void>
  publishBlock(block: Uint8Array): Promise<void>
  /** Sends to all validators; the same bytes may be sent again (retransmission) and do arrive again. */
  publishConsensus(message: Uint8Array): Promise<void>
  requestStatus(peer: PeerId): Promise<PeerStatus>
  /** @param signal aborted when nobody waits for the answer any more: the stream is closed */
  requestBlocks(
    peer: PeerId,
    fromNumber: bigint,
    count: number,
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]>
  /** Asks for at most 4096 transactions. @returns for each hash the bytes that have it, or undefined */
  requestTransactions(
    peer: PeerId,
    hashes: readonly Hash[],
  ): Promise<readonly (Uint8Array | undefined)[]>
  /** Dials and keeps dialling (re-resolving DNS). @param address a multiaddr with /p2p/ID */
  addPeer(address: string): Promise<boolean>
  removePeer(id: PeerId): Promise<boolean>
  /** Disconnects those that are not allowed any more; the allowlist has changed. */
  recheckPeers(): void
  /** Lowers the peer's score; below the threshold it is disconnected and refused for a while. */
  penalize(peer: PeerId, reason: string): void
  stop(): Promise<void>
}
