import { type Clock, errorMessage, isCodedError, Lru, type Timer } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { Connection } from '@libp2p/interface'
import type { Connections } from '../connections.ts'
import type { P2pTuning } from '../options.ts'
import { requestStatus } from '../protocols/status.ts'
import type { P2pHandlers, PeerId, PeerStatus } from '../types.ts'

/** What watching the connected peers needs. */
export interface SessionPorts {
  readonly chainId: bigint
  readonly genesisHash: string
  readonly handlers: P2pHandlers
  readonly clock: Clock
  readonly log: Logger
  readonly tuning: P2pTuning
  readonly connections: Connections
  readonly penalize: (peer: PeerId, reason: string) => void
  readonly ban: (peer: PeerId, durationMs: number) => void
  /** Why a connected peer may not stay. */
  readonly refusal: (peer: PeerId) => string | undefined
}

/** What we know of a connected peer. */
export interface Session {
  readonly connectedAtMs: number
  status?: PeerStatus
  clockOffsetMs?: number
  isForeign: boolean
}

/** The connected peers. */
export interface Sessions {
  get(peer: PeerId): Session | undefined
  opened(connection: Connection): void
  closed(peer: PeerId): void
  /** A peer told its status in asking for ours. */
  told(peer: PeerId, status: PeerStatus): void
  /** Our status has gone to a peer: if it is foreign, it may be let go. */
  answered(peer: PeerId): void
  /** Asks for a status over one connection and learns from it. @throws CodedError as `requestStatus` */
  ask(connection: Connection): Promise<PeerStatus>
  stop(): void
}

/** Unanswered status requests in a row after which a connection counts as dead. */
const SILENCES_MAX = 3

/** Time for the gossip stream of a fresh connection to open; doubled each time it was not enough. */
const GOSSIP_GRACE_MS = 2_000
const GOSSIP_GRACE_MAX_MS = 32_000

/** A peer of another network learns why before it is disconnected, and is refused this long. */
const FAREWELL_MS = 500
const FOREIGN_BAN_MS = 60_000

/**
 * Exchanges statuses over every connection, at once and then periodically. It is also what finds dead
 * lines: each connection is asked on its own, so a stale one next to a fresh one is closed, and a peer
 * whose gossip stream broke on a live connection is disconnected, since gossipsub never reopens it.
 */
export function createSessions(ports: SessionPorts): Sessions {
  const sessions = new Map<PeerId, Session>()
  const silences = new WeakMap<Connection, number>()
  const asking = new WeakSet<Connection>()
  const gossipGraceMs = new Lru<PeerId, number>(256)
  const timers = new Set<Timer>()
  later(ports.tuning.statusIntervalMs, tick)

  function later(delayMs: number, task: () => void): void {
    const timer = ports.clock.schedule(delayMs, () => {
      timers.delete(timer)
      task()
    })
    timers.add(timer)
  }

  function tick(): void {
    for (const connection of ports.connections.all()) void watch(connection)
    for (const peer of [...sessions.keys()]) checkPeer(peer)
    later(ports.tuning.statusIntervalMs, tick)
  }

  function checkPeer(peer: PeerId): void {
    const refusal = ports.refusal(peer)
    const session = sessions.get(peer)
    if (session === undefined || session.isForeign) return
    if (refusal === 'not-allowed' || refusal === 'banned') {
      ports.log.info('peer may not stay', { peer, reason: refusal })
      ports.connections.hangUp(peer)
    } else if (session.status !== undefined) {
      checkGossip(peer, session)
    }
  }

  function checkGossip(peer: PeerId, session: Session): void {
    const graceMs = gossipGraceMs.get(peer) ?? GOSSIP_GRACE_MS
    if (ports.clock.nowMs() - session.connectedAtMs < graceMs) return
    const streams = ports.connections.of(peer).flatMap(({ streams }) => streams)
    const isSending = streams.some(
      ({ direction, protocol }) => direction === 'outbound' && protocol?.startsWith('/meshsub/'),
    )
    if (isSending) {
      gossipGraceMs.delete(peer)
      return
    }
    ports.log.warn('gossip stream lost, disconnecting to reopen it', { peer })
    gossipGraceMs.set(peer, Math.min(GOSSIP_GRACE_MAX_MS, 2 * graceMs))
    ports.connections.hangUp(peer)
  }

  async function watch(connection: Connection): Promise<void> {
    if (asking.has(connection)) return
    asking.add(connection)
    try {
      await ask(connection)
      silences.delete(connection)
    } catch (error) {
      silent(connection, error)
    } finally {
      asking.delete(connection)
    }
  }

  function silent(connection: Connection, error: unknown): void {
    const peer = connection.remotePeer.toString()
    if (connection.status !== 'open' || sessions.get(peer)?.isForeign === true) return
    if (isCodedError(error, 'protocol-unsupported')) {
      ports.log.warn('peer is not a node of this chain, disconnecting', { peer })
      ports.ban(peer, FOREIGN_BAN_MS)
      ports.connections.hangUp(peer)
      return
    }
    if (isCodedError(error, 'malformed-response')) ports.penalize(peer, 'malformed-response')
    const count = (silences.get(connection) ?? 0) + 1
    silences.set(connection, count)
    ports.log.debug('no status from peer', { peer, count, error: errorMessage(error) })
    if (count < SILENCES_MAX) return
    ports.log.warn('connection is dead, closing it', {
      peer,
      address: connection.remoteAddr.toString(),
    })
    connection.abort(new Error('no answer to status requests'))
  }

  async function ask(connection: Connection): Promise<PeerStatus> {
    const peer = connection.remotePeer.toString()
    const { status, clockOffsetMs } = await requestStatus(connection, {
      ours: ports.handlers.status(),
      nowMs: ports.clock.nowMs,
      timeoutMs: ports.tuning.statusTimeoutMs,
    })
    const session = sessions.get(peer)
    if (session !== undefined) session.clockOffsetMs = clockOffsetMs
    told(peer, status)
    // The peer has read our status in the request, so it knows the reason.
    if (sessions.get(peer)?.isForeign === true) ports.connections.hangUp(peer)
    return status
  }

  function told(peer: PeerId, status: PeerStatus): void {
    const session = sessions.get(peer)
    if (session === undefined) return
    const mismatch = networkMismatch(ports, status)
    if (mismatch === undefined) {
      session.status = status
      ports.handlers.onPeerStatus(peer, status)
      return
    }
    if (session.isForeign) return
    session.isForeign = true
    ports.log.warn(mismatch, { peer, version: status.version })
    ports.ban(peer, FOREIGN_BAN_MS)
  }

  return {
    get: (peer) => sessions.get(peer),
    opened(connection) {
      const peer = connection.remotePeer.toString()
      if (!sessions.has(peer)) {
        sessions.set(peer, { connectedAtMs: ports.clock.nowMs(), isForeign: false })
        ports.log.info('peer connected', {
          peer,
          address: connection.remoteAddr.toString(),
          direction: connection.direction,
        })
      }
      // gossipsub can keep the dead stream of a connection that broke while it opened.
      later(GOSSIP_GRACE_MS + 50, () => checkPeer(peer))
      for (const known of ports.connections.of(peer)) void watch(known)
      void watch(connection)
    },
    closed(peer) {
      const session = sessions.get(peer)
      if (session === undefined) return
      sessions.delete(peer)
      ports.log.info('peer disconnected', { peer })
      if (session.status !== undefined) ports.handlers.onPeerGone(peer)
    },
    told,
    answered(peer) {
      if (sessions.get(peer)?.isForeign !== true) return
      later(FAREWELL_MS, () => ports.connections.hangUp(peer))
    },
    ask,
    stop() {
      for (const timer of timers) timer.cancel()
      timers.clear()
    },
  }
}

function networkMismatch(
  ours: { chainId: bigint; genesisHash: string },
  theirs: PeerStatus,
): string | undefined {
  if (theirs.genesisHash !== ours.genesisHash) {
    return `genesis mismatch: ours ${ours.genesisHash} theirs ${theirs.genesisHash}`
  }
  if (theirs.chainId !== ours.chainId) {
    return `chain id mismatch: ours ${ours.chainId} theirs ${theirs.chainId}`
  }
  return undefined
}
