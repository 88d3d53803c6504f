import { errorMessage, isCodedError } from '@busan/primitives'
import type { Connection, Stream } from '@libp2p/interface'
import { type LengthPrefixedStream, lpStream } from '@libp2p/utils'
import { plainBytes } from '../byte-strings.ts'
import { p2pError } from '../errors.ts'
import type { RequestLimits } from '../limits.ts'
import type { P2pMetrics } from '../metrics.ts'

/** One request on one stream: a length-prefixed question, a length-prefixed answer. */
export interface Exchange {
  /** Full protocol id. */
  readonly protocol: string
  readonly request: Uint8Array
  readonly limits: RequestLimits
  readonly timeoutMs: number
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
}

/** Errors by which the framing of a stream shows that its sender breaks the protocol. */
const FRAMING_ERRORS = [
  'InvalidMessageLengthError',
  'InvalidDataLengthError',
  'InvalidDataLengthLengthError',
  'StreamBufferError',
]

/**
 * Asks and reads the answer. @throws CodedError `protocol-unsupported`, `request-timed-out`,
 * `malformed-response` (the frame is too large or broken) or `request-failed`
 */
export async function exchange(connection: Connection, question: Exchange): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(question.timeoutMs)
  const signal = question.signal ? AbortSignal.any([timeout, question.signal]) : timeout
  let stream: Stream | undefined
  try {
    stream = await connection.newStream(question.protocol, { signal })
    const frames = framed(stream, question.limits.responseMaxBytes)
    await frames.write(question.request, { signal })
    const response = plainBytes((await frames.read({ signal })).subarray())
    void stream.close({ signal }).catch((error) => stream?.abort(error))
    return response
  } catch (cause) {
    stream?.abort(new Error('request failed'))
    throw requestError(connection, question, { cause, timedOut: timeout.aborted })
  }
}

/** Runs a request and counts how it ended. */
export async function countRequests<Answer>(
  metrics: P2pMetrics,
  protocol: string,
  request: () => Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await request()
    metrics.requests.add(1, { protocol, outcome: 'ok' })
    return answer
  } catch (error) {
    metrics.requests.add(1, { protocol, outcome: isCodedError(error) ? error.code : 'failed' })
    throw error
  }
}

/** Reads one request; @throws what the stream throws. */
export async function readFrame(
  stream: Stream,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ frames: LengthPrefixedStream; request: Uint8Array }> {
  const frames = framed(stream, maxBytes)
  return { frames, request: plainBytes((await frames.read({ signal })).subarray()) }
}

/** True when the error says that the sender broke the framing, not that the line did. */
export function isFramingError(error: unknown): boolean {
  return error instanceof Error && FRAMING_ERRORS.includes(error.name)
}

function framed(stream: Stream, maxBytes: number): LengthPrefixedStream {
  return lpStream(stream, { maxDataLength: maxBytes, maxBufferSize: maxBytes + 64 * 1024 })
}

function requestError(
  connection: Connection,
  { protocol, timeoutMs }: Exchange,
  { cause, timedOut }: { cause: unknown; timedOut: boolean },
) {
  const peer = connection.remotePeer.toString()
  const details = { peer, protocol }
  if (timedOut) {
    return p2pError('request-timed-out', `${peer} did not answer ${protocol} in ${timeoutMs} ms`, {
      details,
    })
  }
  if (cause instanceof Error && cause.name === 'UnsupportedProtocolError') {
    return p2pError('protocol-unsupported', `${peer} does not speak ${protocol}`, { details })
  }
  const code = isFramingError(cause) ? 'malformed-response' : 'request-failed'
  return p2pError(code, `${protocol} to ${peer} failed: ${errorMessage(cause)}`, { details, cause })
}
