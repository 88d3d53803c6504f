import type { Stream, StreamHandler } from '@libp2p/interface'
import { plainBytes } from '../byte-strings.ts'
import { DIRECT_LIMITS } from '../limits.ts'
import type { P2pMetrics } from '../metrics.ts'
import { isFramingError } from '../protocols/exchange.ts'
import type { PeerId } from '../types.ts'
import { directFrames, isProbe, PROBE } from './frames.ts'

/** What reading direct streams needs. */
export interface InboundPorts {
  readonly metrics: P2pMetrics
  /** Judges an envelope; never rejects, and bounds what one peer has waiting. */
  readonly receive: (envelope: Uint8Array, from: PeerId) => Promise<unknown>
  /** A peer has opened its stream to us. */
  readonly onOpened: (peer: PeerId) => void
  readonly penalize: (peer: PeerId, reason: string) => void
}

/** Reads the peers' direct streams, one of each peer: a newer one replaces it. */
export function createInbound(ports: InboundPorts): StreamHandler {
  const streams = new Map<PeerId, Stream>()
  return async (stream, connection) => {
    const peer = connection.remotePeer.toString()
    streams.get(peer)?.abort(new Error('replaced by a newer stream'))
    streams.set(peer, stream)
    ports.onOpened(peer)
    try {
      await readFrames(ports, stream, peer)
    } catch (error) {
      if (isFramingError(error) && !isOverflow(error)) ports.penalize(peer, 'malformed-request')
      stream.abort(new Error('the direct stream is over'))
    } finally {
      if (streams.get(peer) === stream) streams.delete(peer)
    }
  }
}

async function readFrames(ports: InboundPorts, stream: Stream, peer: PeerId): Promise<never> {
  stream.maxWriteBufferLength = DIRECT_LIMITS.repliesMaxBytes
  const frames = directFrames(stream, DIRECT_LIMITS.frameMaxBytes)
  for (;;) {
    const frame = plainBytes((await frames.read()).subarray())
    if (isProbe(frame)) {
      // Whoever does not read the answers fills the buffer, which ends the stream.
      frames.write(PROBE).catch((error) => stream.abort(error))
      continue
    }
    ports.metrics.bytes.add(frame.length, { protocol: 'qbft-direct', direction: 'in' })
    // Not awaited: a small vote does not wait behind a large proposal that is being fetched.
    void ports.receive(frame, peer)
  }
}

/** We read too slowly: no fault of the sender's. */
function isOverflow(error: unknown): boolean {
  return error instanceof Error && error.name === 'StreamBufferError'
}
