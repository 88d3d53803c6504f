import { type Clock, errorMessage, Lru } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { Connection, Stream, StreamHandler } from '@libp2p/interface'
import type { RequestLimits } from '../limits.ts'
import type { P2pMetrics } from '../metrics.ts'
import type { PeerId } from '../types.ts'
import { isFramingError, readFrame } from './exchange.ts'

/** What every served protocol needs. */
export interface ServePorts {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: P2pMetrics
  readonly penalize: (peer: PeerId, reason: string) => void
}

/** One served protocol. */
export interface ServedProtocol<Question> {
  /** Short name for metrics and logs. */
  readonly name: string
  readonly limits: RequestLimits
  readonly timeoutMs: number
  /** @throws for bytes that are not a question; the sender pays. */
  readonly decode: (request: Uint8Array) => Question
  readonly answer: (question: Question, peer: PeerId) => Promise<Uint8Array>
  /** Runs once the answer is with the peer's stream. */
  readonly answered?: (question: Question, peer: PeerId) => void
}

/** Handles inbound streams: every step has a deadline, every size a limit, and garbage costs its sender. */
export function serve<Question>(
  ports: ServePorts,
  served: ServedProtocol<Question>,
): StreamHandler {
  const admit = createRateLimit(ports.clock, served.limits)
  return async (stream, connection) => {
    const peer = connection.remotePeer.toString()
    if (!admit(peer)) {
      ports.penalize(peer, 'too-many-requests')
      stream.abort(new Error('too many requests'))
      return
    }
    await serveOne(ports, served, { stream, connection, peer })
  }
}

async function serveOne<Question>(
  ports: ServePorts,
  served: ServedProtocol<Question>,
  { stream, peer }: { stream: Stream; connection: Connection; peer: PeerId },
): Promise<void> {
  const signal = AbortSignal.timeout(served.timeoutMs)
  let stage: 'read' | 'decode' | 'answer' | 'write' = 'read'
  try {
    const { frames, request } = await readFrame(stream, served.limits.requestMaxBytes, signal)
    stage = 'decode'
    const question = served.decode(request)
    stage = 'answer'
    const response = await served.answer(question, peer)
    stage = 'write'
    await frames.write(response, { signal })
    await stream.close({ signal })
    ports.metrics.bytes.add(response.length, { protocol: served.name, direction: 'out' })
    served.answered?.(question, peer)
  } catch (error) {
    stream.abort(new Error('request failed'))
    if (stage === 'answer') {
      ports.log.error('could not answer a peer', { protocol: served.name, peer, error })
      return
    }
    ports.log.debug('inbound request failed', {
      protocol: served.name,
      peer,
      stage,
      error: errorMessage(error),
    })
    if (stage === 'decode' || isFramingError(error)) ports.penalize(peer, 'malformed-request')
    else if (signal.aborted) ports.penalize(peer, 'slow-request')
  }
}

/** Token bucket for each peer; peers beyond the table's size start again with a full bucket. */
function createRateLimit(clock: Clock, limits: RequestLimits): (peer: PeerId) => boolean {
  const buckets = new Lru<PeerId, { tokens: number; atMs: number }>(1024)
  return (peer) => {
    const nowMs = clock.nowMs()
    const bucket = buckets.get(peer) ?? { tokens: limits.burst, atMs: nowMs }
    const refill = (Math.max(0, nowMs - bucket.atMs) / 1000) * limits.perSecond
    const tokens = Math.min(limits.burst, bucket.tokens + refill)
    const isAdmitted = tokens >= 1
    buckets.set(peer, { tokens: isAdmitted ? tokens - 1 : tokens, atMs: nowMs })
    return isAdmitted
  }
}
