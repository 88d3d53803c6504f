import type { Logger } from '@busan/telemetry'
import { type TopicValidatorFn, TopicValidatorResult } from '@libp2p/gossipsub'
import { decodeByteStrings, plainBytes } from '../byte-strings.ts'
import { BATCH_LIMITS, GOSSIP_LIMITS } from '../limits.ts'
import type { P2pMetrics } from '../metrics.ts'
import type { GossipVerdict, P2pHandlers, PeerId } from '../types.ts'
import { openEnvelope } from './envelope.ts'
import { type Arrival, createOnce, type Judgement } from './once.ts'
import type { Payloads } from './payloads.ts'
import type { GossipTopic } from './topics.ts'

/** What the validators need. */
export interface ValidatorPorts {
  readonly handlers: P2pHandlers
  readonly payloads: Payloads
  readonly penalize: (peer: PeerId, reason: string) => void
  readonly log: Logger
  readonly metrics: P2pMetrics
}

const RESULTS: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

const FIRST = { isFirst: true, isRepeatedByPeer: false } as const

/** Judges one arrival of a message, by gossip or by a direct stream. Never rejects. */
export type Receive = (
  topic: GossipTopic,
  message: { readonly bytes: Uint8Array; readonly from: PeerId },
) => Promise<GossipVerdict>

/**
 * The one place where what arrives is judged: limits first, then the handler, for each transmission once; the
 * metric, the log line and the penalty are here and nowhere else.
 */
export function createReceive(ports: ValidatorPorts): Receive {
  const pending = createPendingCounter()
  const once = createOnce()
  return async (topic, message) => {
    const { bytes, from } = message
    const judgeNow = () => judge(ports, topic, message)
    // Only consensus messages come by two ways, and only their repetitions carry fresh nonces.
    const { verdict, reason, isFirst, isRepeatedByPeer } = await pending.count(message, async () =>
      topic === 'qbft' ? once(message, judgeNow) : { ...FIRST, ...(await judgeNow()) },
    )
    ports.metrics.gossipMessages.add(1, { topic, verdict: isFirst ? verdict : 'duplicate' })
    if (verdict !== 'accept' && isFirst) {
      const sizeBytes = bytes.length
      ports.log.debug('message not accepted', { topic, verdict, reason, peer: from, sizeBytes })
    }
    // A message that one peer sends by stream and by gossip is one fault.
    if (verdict === 'reject' && !isRepeatedByPeer) ports.penalize(from, 'invalid-gossip')
    return verdict
  }
}

/** Gives gossipsub the verdicts of `receive`: a message is forwarded only when accepted. */
export function createTopicValidators(
  receive: Receive,
  metrics: P2pMetrics,
): (topic: GossipTopic) => TopicValidatorFn {
  return (topic) => async (peer, message) => {
    const bytes = plainBytes(message.data)
    metrics.bytes.add(bytes.length, { protocol: topic, direction: 'in' })
    return RESULTS[await receive(topic, { bytes, from: peer.toString() })]
  }
}

async function judge(
  ports: ValidatorPorts,
  topic: GossipTopic,
  message: { bytes: Uint8Array; from: PeerId },
): Promise<Judgement> {
  try {
    return topic === 'tx'
      ? await judgeBatch(ports, message)
      : await judgePayload(ports, topic, message)
  } catch (error) {
    // A handler that throws is our fault, so the sender does not pay for it.
    ports.log.error('gossip handler failed', { topic, peer: message.from, error })
    return { verdict: 'ignore', reason: 'handler failed' }
  }
}

async function judgeBatch(
  { handlers }: ValidatorPorts,
  { bytes, from }: { bytes: Uint8Array; from: PeerId },
): Promise<Judgement> {
  if (bytes.length > GOSSIP_LIMITS.batchMaxBytes) return { verdict: 'reject', reason: 'too large' }
  const batch = decodeBatch(bytes)
  if (batch === undefined) return { verdict: 'reject', reason: 'not a batch of transactions' }
  return { verdict: await handlers.onTransactions(batch, from) }
}

async function judgePayload(
  { handlers, payloads }: ValidatorPorts,
  topic: 'block' | 'qbft',
  { bytes, from }: { bytes: Uint8Array; from: PeerId },
): Promise<Judgement> {
  const body = topic === 'qbft' ? openEnvelope(bytes) : bytes
  if (body === undefined) return { verdict: 'reject', reason: 'no message in the envelope' }
  const opened = await payloads.open(body, from)
  if (opened.kind === 'malformed') return { verdict: 'reject', reason: opened.reason }
  if (opened.kind === 'unavailable') return { verdict: 'ignore', reason: opened.reason }
  const verdict =
    topic === 'qbft'
      ? await handlers.onConsensus(opened.bytes, from)
      : await handlers.onBlock(opened.bytes, from)
  return { verdict }
}

function decodeBatch(envelope: Uint8Array): Uint8Array[] | undefined {
  const bytes = openEnvelope(envelope)
  if (bytes === undefined) return undefined
  try {
    const batch = decodeByteStrings(bytes, BATCH_LIMITS.transactionsMax)
    return batch.length > 0 && batch.every((raw) => raw.length > 0) ? batch : undefined
  } catch {
    return undefined
  }
}

/** Bounds what one peer can have waiting, so that a flood costs the flooder's messages and no one else's. */
function createPendingCounter() {
  const pending = new Map<PeerId, { messages: number; sizeBytes: number }>()
  return {
    async count(
      message: { readonly bytes: Uint8Array; readonly from: PeerId },
      task: () => Promise<Arrival>,
    ): Promise<Arrival> {
      const { from: peer, bytes } = message
      const sizeBytes = bytes.length
      const load = pending.get(peer) ?? { messages: 0, sizeBytes: 0 }
      const { pendingMessagesMax, pendingMaxBytes } = GOSSIP_LIMITS
      if (load.messages >= pendingMessagesMax || load.sizeBytes + sizeBytes > pendingMaxBytes) {
        const reason = 'too much of this peer is waiting'
        return { verdict: 'ignore', reason, ...FIRST }
      }
      pending.set(peer, load)
      load.messages += 1
      load.sizeBytes += sizeBytes
      try {
        return await task()
      } finally {
        load.messages -= 1
        load.sizeBytes -= sizeBytes
        if (load.messages === 0) pending.delete(peer)
      }
    },
  }
}
