import type { Logger } from '@busan/telemetry'
import { type TopicValidatorFn, TopicValidatorResult } from '@libp2p/gossipsub'
import { decodeByteStrings, plainBytes } from '../byte-strings.ts'
import { BATCH_LIMITS, GOSSIP_LIMITS } from '../limits.ts'
import type { P2pMetrics } from '../metrics.ts'
import type { GossipVerdict, P2pHandlers, PeerId } from '../types.ts'
import { openEnvelope } from './envelope.ts'
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

interface Judgement {
  readonly verdict: GossipVerdict
  /** Why, for the log; absent when the handler judged. */
  readonly reason?: string
}

const RESULTS: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/**
 * The one place where a handler's verdict becomes gossipsub's: limits first, then the handler; the metric,
 * the log line and the penalty are here and nowhere else. A message is forwarded only when accepted.
 */
export function createTopicValidators(
  ports: ValidatorPorts,
): (topic: GossipTopic) => TopicValidatorFn {
  const pending = createPendingCounter()
  return (topic) => async (peer, message) => {
    const from = peer.toString()
    const bytes = plainBytes(message.data)
    ports.metrics.bytes.add(bytes.length, { protocol: topic, direction: 'in' })
    const { verdict, reason } = await pending.count(from, bytes.length, () =>
      judge(ports, topic, { bytes, from }),
    )
    ports.metrics.gossipMessages.add(1, { topic, verdict })
    if (verdict !== 'accept') {
      ports.log.debug('gossip not accepted', {
        topic,
        verdict,
        reason,
        peer: from,
        sizeBytes: bytes.length,
      })
    }
    if (verdict === 'reject') ports.penalize(from, 'invalid-gossip')
    return RESULTS[verdict]
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
      peer: PeerId,
      sizeBytes: number,
      task: () => Promise<Judgement>,
    ): Promise<Judgement> {
      const load = pending.get(peer) ?? { messages: 0, sizeBytes: 0 }
      const { pendingMessagesMax, pendingMaxBytes } = GOSSIP_LIMITS
      if (load.messages >= pendingMessagesMax || load.sizeBytes + sizeBytes > pendingMaxBytes) {
        return { verdict: 'ignore', reason: 'too much of this peer is waiting' }
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
