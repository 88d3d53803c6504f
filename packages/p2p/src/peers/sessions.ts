import type { Clock } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { Connection } from '@libp2p/interface'
import type { Connections } from '../connections.ts'
import type { P2pTuning } from '../options.ts'
import { requestStatus } from '../protocols/status.ts'
import type { P2pHandlers, PeerId, PeerStatus } from '../types.ts'
import { createGossipCheck, createWatch, GOSSIP_GRACE_MS } from './liveness.ts'
import { createTimers } from './timers.ts'

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

/** A peer of another network learns why before it is disconnected, and is refused this long. */
const FAREWELL_MS = 500
const FOREIGN_BAN_MS = 60_000

/**
 * Exchanges statuses over every connection, at once and then periodically. It is also what finds dead
 * lines: each connection is asked on its own, so that a stale one next to a fresh one is closed.
 */
export function createSessions(ports: SessionPorts): Sessions {
  const { clock, connections, log, tuning } = ports
  const sessions = new Map<PeerId, Session>()
  const timers = createTimers(clock)
  const acquaint = createAcquaintance(ports, sessions)
  const checkGossip = createGossipCheck(ports)
  const watch = createWatch({ ...ports, ask: acquaint.ask, onStranger: acquaint.stranger })
  timers.later(tuning.statusIntervalMs, tick)

  function tick(): void {
    for (const connection of connections.all()) void watch(connection)
    for (const peer of [...sessions.keys()]) checkPeer(peer)
    timers.later(tuning.statusIntervalMs, tick)
  }

  function checkPeer(peer: PeerId): void {
    const session = sessions.get(peer)
    if (session === undefined || session.isForeign) return
    const reason = ports.refusal(peer)
    if (reason === 'not-allowed' || reason === 'banned') {
      log.info('peer may not stay', { peer, reason })
      connections.hangUp(peer)
    } else if (session.status !== undefined) {
      checkGossip(peer, session.connectedAtMs)
    }
  }

  return {
    get: (peer) => sessions.get(peer),
    opened(connection) {
      const peer = connection.remotePeer.toString()
      if (!sessions.has(peer)) {
        sessions.set(peer, { connectedAtMs: clock.nowMs(), isForeign: false })
        const { direction, remoteAddr } = connection
        log.info('peer connected', { peer, address: remoteAddr.toString(), direction })
      }
      timers.later(GOSSIP_GRACE_MS + 50, () => checkPeer(peer))
      for (const known of new Set([...connections.of(peer), connection])) void watch(known)
    },
    closed(peer) {
      const session = sessions.get(peer)
      if (session === undefined) return
      sessions.delete(peer)
      log.info('peer disconnected', { peer })
      if (session.status !== undefined) ports.handlers.onPeerGone(peer)
    },
    told: acquaint.told,
    answered(peer) {
      if (sessions.get(peer)?.isForeign !== true) return
      timers.later(FAREWELL_MS, () => connections.hangUp(peer))
    },
    ask: acquaint.ask,
    stop: () => timers.stop(),
  }
}

/** Learns statuses, and tells our network's nodes from others. */
function createAcquaintance(ports: SessionPorts, sessions: Map<PeerId, Session>) {
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
    told,
    stranger(peer: PeerId): void {
      if (sessions.get(peer)?.isForeign === true) return
      ports.log.warn('peer is not a node of this chain, disconnecting', { peer })
      ports.ban(peer, FOREIGN_BAN_MS)
      ports.connections.hangUp(peer)
    },
    async ask(connection: Connection): Promise<PeerStatus> {
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
      if (session?.isForeign === true) ports.connections.hangUp(peer)
      return status
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
