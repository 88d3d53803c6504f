import { type Clock, errorMessage } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { Connection, Stream } from '@libp2p/interface'
import type { LengthPrefixedStream } from '@libp2p/utils'
import { DIRECT_LIMITS } from '../limits.ts'
import type { P2pMetrics } from '../metrics.ts'
import { createTimers, type Timers } from '../peers/timers.ts'
import type { PeerId } from '../types.ts'
import { directFrames, PROBE } from './frames.ts'

/** What keeping direct streams open needs. */
export interface OutboundPorts {
  readonly protocol: string
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: P2pMetrics
  /** Between two probes of a stream; one that has not answered the last is dead. */
  readonly probeIntervalMs: number
  /** The peer's newest open connection. */
  readonly connectionOf: (peer: PeerId) => Connection | undefined
}

/** Our streams to others, one for each. */
export interface Outbound {
  /** Keeps a stream to the peer open from now on, as long as it is connected. */
  want(peer: PeerId): void
  gone(peer: PeerId): void
  /** Sends to every open stream; a reader too slow for its backlog loses its stream. */
  send(envelope: Uint8Array): void
  stop(): void
}

/** The stream to one peer, opened again whenever it is lost. */
interface Line {
  /** @returns false when no stream is open */
  write(frame: Uint8Array): boolean
  /** Ends a stream that has not answered the last probe, or sends the next. */
  probe(): void
  end(): void
}

/** @see Outbound */
export function createOutbound(ports: OutboundPorts): Outbound {
  const lines = new Map<PeerId, Line>()
  const timers = createTimers(ports.clock)
  timers.later(ports.probeIntervalMs, probeAll)

  function probeAll(): void {
    for (const line of lines.values()) line.probe()
    timers.later(ports.probeIntervalMs, probeAll)
  }

  return {
    want(peer) {
      if (!lines.has(peer)) lines.set(peer, openLine(ports, timers, peer))
    },
    gone(peer) {
      lines.get(peer)?.end()
      lines.delete(peer)
    },
    send(envelope) {
      for (const line of lines.values()) {
        if (!line.write(envelope)) continue
        ports.metrics.bytes.add(envelope.length, { protocol: 'qbft-direct', direction: 'out' })
      }
    },
    stop: () => timers.stop(),
  }
}

function openLine(ports: OutboundPorts, timers: Timers, peer: PeerId): Line {
  let current: DirectStream | undefined
  let isOver = false
  let isAwaitingAnswer = false
  let losses = 0

  async function open(): Promise<void> {
    if (isOver) return
    const connection = ports.connectionOf(peer)
    // One connection may be closing while its successor is not yet open: try again until the peer is gone.
    if (connection === undefined) return reopen('no open connection')
    try {
      const opened = await openStream(connection, ports.protocol)
      if (isOver) opened.stream.abort(new Error('the peer is gone'))
      current = opened
      isAwaitingAnswer = false
      await readAnswers(opened, () => {
        isAwaitingAnswer = false
        losses = 0
      })
    } catch (error) {
      current = undefined
      reopen(errorMessage(error))
    }
  }

  function reopen(reason: string): void {
    if (isOver) return
    const { reopenMinMs, reopenMaxMs } = DIRECT_LIMITS
    const waitMs = Math.min(reopenMaxMs, reopenMinMs * 2 ** losses)
    losses += 1
    ports.log.debug('no direct stream to peer', { peer, reason, waitMs })
    timers.later(waitMs, () => void open())
  }

  function write(frame: Uint8Array): boolean {
    if (current === undefined) return false
    const { frames, stream } = current
    frames.write(frame).catch((error) => stream.abort(error))
    return true
  }

  void open()
  return {
    write,
    probe() {
      if (isAwaitingAnswer) current?.stream.abort(new Error('no answer to a probe'))
      else isAwaitingAnswer = write(PROBE)
    },
    end() {
      isOver = true
      current?.stream.abort(new Error('the peer is gone'))
    },
  }
}

interface DirectStream {
  readonly stream: Stream
  readonly frames: LengthPrefixedStream
}

async function openStream(connection: Connection, protocol: string): Promise<DirectStream> {
  const signal = AbortSignal.timeout(DIRECT_LIMITS.openTimeoutMs)
  const stream = await connection.newStream(protocol, { signal })
  stream.maxWriteBufferLength = DIRECT_LIMITS.backlogMaxBytes
  return { stream, frames: directFrames(stream, PROBE.length) }
}

/** @throws what ends the stream */
async function readAnswers({ stream, frames }: DirectStream, onAnswer: () => void): Promise<never> {
  try {
    for (;;) {
      await frames.read()
      onAnswer()
    }
  } finally {
    stream.abort(new Error('the direct stream is over'))
  }
}
