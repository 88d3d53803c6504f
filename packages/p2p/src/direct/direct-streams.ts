import type { StreamHandler } from '@libp2p/interface'
import type { Connections } from '../connections.ts'
import type { Receive } from '../gossip/validate.ts'
import type { P2pTuning } from '../options.ts'
import type { PeerId } from '../types.ts'
import { directProtocol } from './frames.ts'
import { createInbound, type InboundPorts } from './inbound.ts'
import { createOutbound, type OutboundPorts } from './outbound.ts'

/** What direct streams need. */
export interface DirectPorts
  extends Pick<OutboundPorts, 'clock' | 'log' | 'metrics'>,
    Pick<InboundPorts, 'penalize'> {
  readonly genesisHash: string
  readonly tuning: P2pTuning
  readonly connections: Connections
  readonly receive: Receive
  /** A validator, or a peer that we dial: the other end of such a line opens its stream when we have opened ours. */
  readonly isKnown: (peer: PeerId) => boolean
}

/** Consensus messages beside gossip: one long-lived stream for each peer and direction. */
export interface DirectStreams {
  /** For what peers open to us. */
  readonly handler: StreamHandler
  connected(peer: PeerId): void
  gone(peer: PeerId): void
  send(envelope: Uint8Array): void
  stop(): void
}

/** Opens nothing before the first message is sent: a node that only follows needs no streams of its own. */
export function createDirectStreams(ports: DirectPorts): DirectStreams {
  const { connections, receive } = ports
  const outbound = createOutbound({
    ...ports,
    protocol: directProtocol(ports.genesisHash),
    probeIntervalMs: ports.tuning.statusIntervalMs,
    connectionOf: (peer) => connections.of(peer).at(-1),
  })
  const openedToUs = new Set<PeerId>()
  let isSending = false

  function want(peer: PeerId): void {
    if (isSending && (ports.isKnown(peer) || openedToUs.has(peer))) outbound.want(peer)
  }

  return {
    handler: createInbound({
      ...ports,
      receive: (bytes, from) => receive('qbft', { bytes, from }),
      onOpened(peer) {
        openedToUs.add(peer)
        want(peer)
      },
    }),
    connected: want,
    gone(peer) {
      openedToUs.delete(peer)
      outbound.gone(peer)
    },
    send(envelope) {
      outbound.send(envelope)
      if (isSending) return
      isSending = true
      for (const peer of connections.peers()) want(peer)
    },
    stop: outbound.stop,
  }
}
