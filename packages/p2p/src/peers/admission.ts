import type { Logger } from '@busan/telemetry'
import type { ConnectionGater } from '@libp2p/interface'
import type { P2pMetrics } from '../metrics.ts'
import type { PeerId } from '../types.ts'

/** Why a connection is refused. */
export type Refusal = 'banned' | 'not-allowed' | 'full'

/** What the decision reads, at the moment of the decision. */
export interface AdmissionPorts {
  readonly allowedPeers: () => ReadonlySet<PeerId> | undefined
  /** Validators and configured peers: they never wait for a slot. */
  readonly isReserved: (peer: PeerId) => boolean
  readonly isBanned: (peer: PeerId) => boolean
  readonly connectedPeers: () => readonly PeerId[]
  /** Slots for peers that are not reserved. */
  readonly maxPeers: number
  readonly log: Logger
  readonly metrics: P2pMetrics
}

/** Who may be connected to us. */
export interface Admission {
  /** Why the peer may not stay connected, in either direction. */
  refusal(peer: PeerId): Refusal | undefined
  /** Applies it to connections before any stream opens: a peer is known by its key, never by its address. */
  readonly gater: ConnectionGater
}

/** Allowlist and bans bind everyone, reserved or not; only the table's size does not bind the reserved. */
export function createAdmission(ports: AdmissionPorts): Admission {
  function refusal(peer: PeerId): Refusal | undefined {
    if (ports.isBanned(peer)) return 'banned'
    if (ports.allowedPeers()?.has(peer) === false) return 'not-allowed'
    if (ports.isReserved(peer)) return undefined
    const others = ports
      .connectedPeers()
      .filter((other) => other !== peer && !ports.isReserved(other))
    return others.length >= ports.maxPeers ? 'full' : undefined
  }

  function isRefused(direction: 'inbound' | 'outbound') {
    return (peer: { toString(): string }): boolean => {
      const id = peer.toString()
      const reason = refusal(id)
      if (reason === undefined) return false
      ports.metrics.refusals.add(1, { reason })
      ports.log.debug('connection refused', { peer: id, direction, reason })
      return true
    }
  }

  const refuseInbound = isRefused('inbound')
  const refuseOutbound = isRefused('outbound')
  return {
    refusal,
    gater: {
      denyDialPeer: refuseOutbound,
      denyOutboundEncryptedConnection: refuseOutbound,
      denyInboundEncryptedConnection: refuseInbound,
    },
  }
}
