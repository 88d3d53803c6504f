import type { Chain } from '@busan/chain'
import { decodeMany, type Transaction, type TransactionDecoder } from '@busan/execution'
import type { GossipVerdict, P2pHandlers } from '@busan/p2p'
import type { Clock } from '@busan/primitives'
import { type Sync, serveRange } from '@busan/sync'
import type { TxPool } from '@busan/txpool'
import type { Validator } from '@busan/validator'

/** Whom the network's messages go to. */
export interface HandlerPorts {
  readonly chain: Chain
  readonly pool: TxPool<Transaction>
  readonly sync: Sync
  readonly validator: Validator
  readonly clock: Clock
  readonly clientVersion: string
  readonly decode: TransactionDecoder
  /** Called when a peer of our chain has connected. */
  onPeer(): void
}

/** The node's answers to what arrives from peers. */
export function p2pHandlers(ports: HandlerPorts): P2pHandlers {
  const { chain, sync, validator, clock } = ports
  const greeted = new Set<string>()
  return {
    onTransactions: (raws) => takeTransactions(ports, raws),
    onBlock: (block, from) => sync.onGossipBlock(block, from),
    onConsensus: (message, from) => validator.onConsensusMessage(message, from),
    status: () => ({
      chainId: chain.spec.chainId,
      genesisHash: chain.genesisHash,
      headNumber: chain.head().header.number,
      headHash: chain.head().hash,
      clockMs: clock.nowMs(),
      version: ports.clientVersion.slice(0, 64),
      readsCompactProposals: true,
    }),
    blocksByRange: async (fromNumber, count) => serveRange(chain, { fromNumber, count }),
    transactions: (hashes) => validator.transactions(hashes),
    onPeerStatus(peer, status) {
      sync.onPeerStatus(peer, status)
      if (greeted.has(peer)) return
      greeted.add(peer)
      ports.onPeer()
    },
    onPeerGone(peer) {
      greeted.delete(peer)
      sync.onPeerGone(peer)
    },
  }
}

/** Forwards a batch when it held something new; bytes that are no transaction cost the sender. */
async function takeTransactions(
  ports: HandlerPorts,
  raws: readonly Uint8Array[],
): Promise<GossipVerdict> {
  const decoded = await decodeMany(ports.decode, raws)
  const results = await Promise.all(
    decoded.flatMap((one) => (one.ok ? [ports.pool.add(one.value, 'remote')] : [])),
  )
  if (decoded.some((one) => !one.ok)) return 'reject'
  return results.some((result) => result.status !== 'rejected') ? 'accept' : 'ignore'
}
