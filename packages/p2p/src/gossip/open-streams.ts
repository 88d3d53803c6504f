import { assert } from '@busan/primitives'
import type { GossipSub } from '@libp2p/gossipsub'
import type { Connection, PeerId } from '@libp2p/interface'

type OpenStream = (peer: PeerId, connection: Connection) => Promise<void>

/**
 * Lets each peer's gossip stream open on its own. Gossipsub opens them one after the other and waits for each
 * negotiation: a few peers that answer slowly, or not at all, would keep all that connect after them from gossip.
 */
export function openStreamsIndependently(gossip: GossipSub): void {
  const opener = gossip as unknown as { createOutboundStream: OpenStream }
  assert(typeof opener.createOutboundStream === 'function', 'gossipsub opens streams elsewhere')
  const open = opener.createOutboundStream.bind(gossip)
  const lastOfPeer = new Map<string, Promise<void>>()
  opener.createOutboundStream = async (peer, connection) => {
    const id = peer.toString()
    // One at a time for one peer: it shall have one stream, whatever connections it has.
    const opened = (lastOfPeer.get(id) ?? Promise.resolve())
      .then(() => open(peer, connection))
      .catch(() => {})
      .then(() => {
        if (lastOfPeer.get(id) === opened) lastOfPeer.delete(id)
      })
    lastOfPeer.set(id, opened)
  }
}
