import { type Clock, errorMessage, isCodedError, Lru } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { Connection } from '@libp2p/interface'
import type { Connections } from '../connections.ts'
import type { PeerId } from '../types.ts'

/** What finding dead lines needs. */
export interface LivenessPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly connections: Connections
  readonly penalize: (peer: PeerId, reason: string) => void
  /** Asks for a status over the connection; rejects when none comes. */
  readonly ask: (connection: Connection) => Promise<unknown>
  /** The peer does not speak our protocols at all. */
  readonly onStranger: (peer: PeerId) => void
}

/** Time for the gossip stream of a fresh connection to open; doubled each time it was not enough. */
export const GOSSIP_GRACE_MS = 2_000
const GOSSIP_GRACE_MAX_MS = 32_000

/** Unanswered status requests in a row after which a connection counts as dead. */
const SILENCES_MAX = 3

/** Asks for a status over one connection at a time each, and aborts those that stay silent. */
export function createWatch(ports: LivenessPorts): (connection: Connection) => Promise<void> {
  const silences = new WeakMap<Connection, number>()
  const asking = new WeakSet<Connection>()

  function silent(connection: Connection, error: unknown): void {
    const peer = connection.remotePeer.toString()
    if (connection.status !== 'open') return
    if (isCodedError(error, 'protocol-unsupported')) {
      ports.onStranger(peer)
      return
    }
    if (isCodedError(error, 'malformed-response')) ports.penalize(peer, 'malformed-response')
    const count = (silences.get(connection) ?? 0) + 1
    silences.set(connection, count)
    ports.log.debug('no status from peer', { peer, count, error: errorMessage(error) })
    if (count < SILENCES_MAX) return
    const address = connection.remoteAddr.toString()
    ports.log.warn('connection is dead, closing it', { peer, address })
    connection.abort(new Error('no answer to status requests'))
  }

  return async (connection) => {
    if (asking.has(connection)) return
    asking.add(connection)
    try {
      await ports.ask(connection)
      silences.delete(connection)
    } catch (error) {
      silent(connection, error)
    } finally {
      asking.delete(connection)
    }
  }
}

/**
 * Disconnects a peer to which no gossip stream is open though its connection is: gossipsub opens one when a
 * peer connects, and can lose it to a full buffer or to an earlier connection that broke while it opened.
 */
export function createGossipCheck(
  ports: Pick<LivenessPorts, 'clock' | 'log' | 'connections'>,
): (peer: PeerId, connectedAtMs: number) => void {
  const graceMs = new Lru<PeerId, number>(256)
  return (peer, connectedAtMs) => {
    const waitMs = graceMs.get(peer) ?? GOSSIP_GRACE_MS
    if (ports.clock.nowMs() - connectedAtMs < waitMs) return
    const streams = ports.connections.of(peer).flatMap((connection) => connection.streams)
    const isSending = streams.some(
      ({ direction, protocol }) => direction === 'outbound' && protocol?.startsWith('/meshsub/'),
    )
    if (isSending) {
      graceMs.delete(peer)
      return
    }
    ports.log.warn('gossip stream lost, disconnecting to reopen it', { peer })
    graceMs.set(peer, Math.min(GOSSIP_GRACE_MAX_MS, 2 * waitMs))
    ports.connections.hangUp(peer)
  }
}
