import type { Connection, PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { PeerId } from './types.ts'

/** The open connections by peer id in text form. */
export interface Connections {
  all(): readonly Connection[]
  of(peer: PeerId): readonly Connection[]
  peers(): readonly PeerId[]
  /** Closes in good order, letting what is written leave first. */
  hangUp(peer: PeerId): void
  /** Closes at once. */
  abort(peer: PeerId, reason: string): void
}

/** Connections that do not close within this time are aborted. */
const CLOSE_TIMEOUT_MS = 500

/** @param read the connections as libp2p lists them */
export function createConnections(read: () => readonly Connection[]): Connections {
  const all = () => read().filter(({ status }) => status === 'open')
  const of = (peer: PeerId) => all().filter(({ remotePeer }) => idOf(remotePeer) === peer)
  return {
    all,
    of,
    peers: () => [...new Set(all().map(({ remotePeer }) => idOf(remotePeer)))],
    hangUp(peer) {
      for (const connection of of(peer)) {
        const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS)
        connection.close({ signal }).catch((error) => connection.abort(error))
      }
    },
    abort(peer, reason) {
      for (const connection of of(peer)) connection.abort(new Error(reason))
    },
  }
}

function idOf(peer: Libp2pPeerId): PeerId {
  return peer.toString()
}
