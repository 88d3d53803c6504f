import type { Clock, Timer } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import { encodeByteStrings } from '../byte-strings.ts'
import { p2pError } from '../errors.ts'
import { BATCH_LIMITS, GOSSIP_LIMITS } from '../limits.ts'
import type { P2pMetrics } from '../metrics.ts'
import { sealEnvelope } from './envelope.ts'
import type { Payloads } from './payloads.ts'
import type { GossipTopic } from './topics.ts'

/** What publishing needs; `send` hands bytes to gossipsub. */
export interface PublisherPorts {
  /** Whether any peer is connected. */
  readonly isHeard: () => boolean
  readonly send: (topic: GossipTopic, bytes: Uint8Array) => Promise<void>
  /** Hands a consensus message to the direct streams. */
  readonly sendDirect: (envelope: Uint8Array) => void
  readonly payloads: Payloads
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: P2pMetrics
}

/**
 * The sending side of gossip. Every promise resolves once the bytes are with gossipsub; with nobody connected nothing
 * is made, as whoever connects later is told what is pending and syncs the rest.
 */
export interface Publisher {
  transactions(rawTransactions: readonly Uint8Array[]): Promise<void>
  block(block: Uint8Array): Promise<void>
  consensus(message: Uint8Array): Promise<void>
  /** Drops what waits. */
  stop(): void
}

/** RLP headers of a batch with one transaction. */
const LIST_HEADERS_BYTES = 8

/** Transactions of several calls travel together: one gossip message costs the same for one as for hundreds. */
export function createPublisher(ports: PublisherPorts): Publisher {
  const batch = createBatch(ports.clock, (raws) =>
    publish('tx', sealEnvelope(encodeByteStrings(raws))),
  )

  async function publish(topic: GossipTopic, bytes: Uint8Array): Promise<void> {
    ports.metrics.bytes.add(bytes.length, { protocol: topic, direction: 'out' })
    try {
      await ports.send(topic, bytes)
    } catch (error) {
      // Gossip promises nothing; retransmission and sync are what repair a loss.
      ports.log.warn('gossip not sent', { topic, sizeBytes: bytes.length, error })
    }
  }

  return {
    async transactions(raws) {
      for (const raw of raws)
        requireSize('tx', raw.length + LIST_HEADERS_BYTES, GOSSIP_LIMITS.batchMaxBytes)
      if (!ports.isHeard()) return
      await Promise.all(raws.map((raw) => batch.add(raw)))
    },
    async block(block) {
      requireSize('block', block.length, GOSSIP_LIMITS.payloadMaxBytes)
      if (!ports.isHeard()) return
      await publish('block', ports.payloads.wrap(block))
    },
    async consensus(message) {
      requireSize('qbft', message.length, GOSSIP_LIMITS.payloadMaxBytes)
      if (!ports.isHeard()) return
      // The streams are quicker; gossip reaches whoever has none from us. Receivers judge the envelope once.
      const envelope = sealEnvelope(ports.payloads.wrap(message))
      ports.sendDirect(envelope)
      await publish('qbft', envelope)
    },
    stop: () => batch.stop(),
  }
}

function requireSize(topic: GossipTopic, sizeBytes: number, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return
  throw p2pError(
    'message-too-large',
    `a ${topic} message of ${sizeBytes} bytes exceeds ${maxBytes}`,
    {
      details: { topic, sizeBytes, maxBytes },
    },
  )
}

function createBatch(clock: Clock, send: (raws: readonly Uint8Array[]) => Promise<void>) {
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let sent = Promise.withResolvers<void>()
  let timer: Timer | undefined
  let leftMs = Number.NEGATIVE_INFINITY

  function flush(): void {
    timer?.cancel()
    timer = undefined
    const { resolve, reject } = sent
    const raws = waiting
    sent = Promise.withResolvers<void>()
    waiting = []
    waitingBytes = 0
    leftMs = clock.nowMs()
    send(raws).then(resolve, reject)
  }

  /** A lone transaction leaves at once; under load those of the interval leave together. */
  function waitMs(): number {
    const { delayMs, intervalMs } = BATCH_LIMITS
    return Math.max(delayMs, Math.min(intervalMs, leftMs + intervalMs - clock.nowMs()))
  }

  return {
    add(raw: Uint8Array): Promise<void> {
      const isFull = waitingBytes + raw.length > BATCH_LIMITS.targetBytes
      if (waiting.length > 0 && (isFull || waiting.length === BATCH_LIMITS.transactionsMax)) flush()
      waiting.push(raw)
      waitingBytes += raw.length
      timer ??= clock.schedule(waitMs(), flush)
      return sent.promise
    },
    stop(): void {
      timer?.cancel()
      timer = undefined
      waiting = []
      sent.resolve()
    },
  }
}
