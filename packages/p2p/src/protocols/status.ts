import { errorMessage } from '@busan/primitives'
import type { Connection, StreamHandler } from '@libp2p/interface'
import { decodeStatus, encodeStatus } from '../codec.ts'
import { p2pError } from '../errors.ts'
import { STATUS_LIMITS } from '../limits.ts'
import type { PeerId, PeerStatus } from '../types.ts'
import { exchange } from './exchange.ts'
import { type ServePorts, serve } from './serve.ts'

/**
 * The same on every network, so that two nodes of different ones can tell each other so. The asker sends
 * its own status and reads the other's.
 */
export const STATUS_PROTOCOL = '/busan/status/1'

/** A peer's status, with what the round trip says of its clock. */
export interface StatusReply {
  readonly status: PeerStatus
  /** Milliseconds that the peer's clock is ahead of ours, give or take half the round trip. */
  readonly clockOffsetMs: number
}

/** @throws CodedError as `exchange`, and `malformed-response` for an answer that is not a status. */
export async function requestStatus(
  connection: Connection,
  options: { ours: PeerStatus; nowMs: () => number; timeoutMs: number },
): Promise<StatusReply> {
  const sentMs = options.nowMs()
  const response = await exchange(connection, {
    protocol: STATUS_PROTOCOL,
    request: encodeStatus(options.ours),
    limits: STATUS_LIMITS,
    timeoutMs: options.timeoutMs,
  })
  const halfwayMs = (sentMs + options.nowMs()) / 2
  try {
    const status = decodeStatus(response)
    return { status, clockOffsetMs: Math.round(status.clockMs - halfwayMs) }
  } catch (cause) {
    const peer = connection.remotePeer.toString()
    throw p2pError(
      'malformed-response',
      `${peer} sent a malformed status: ${errorMessage(cause)}`,
      {
        details: { peer },
        cause,
      },
    )
  }
}

/** Answers with our status. `told` learns the asker's before we answer, `answered` runs after. */
export function serveStatus(
  ports: ServePorts & {
    readonly ours: () => PeerStatus
    readonly told: (peer: PeerId, status: PeerStatus) => void
    readonly answered: (peer: PeerId, status: PeerStatus) => void
    readonly timeoutMs: number
  },
): StreamHandler {
  return serve(ports, {
    name: 'status',
    limits: STATUS_LIMITS,
    timeoutMs: ports.timeoutMs,
    decode: decodeStatus,
    answer: async (status, peer) => {
      ports.told(peer, status)
      return encodeStatus(ports.ours())
    },
    answered: (status, peer) => ports.answered(peer, status),
  })
}
