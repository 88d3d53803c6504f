import { concatBytes, keccak256 } from '@busan/primitives'
import type { GossipsubOpts, Message } from '@libp2p/gossipsub'
import { GOSSIP_LIMITS } from '../limits.ts'
import { GOSSIP_TOPICS, topicName } from './topics.ts'

/**
 * Gossipsub for 4 to 20 known nodes where latency counts: the sender floods to every peer, and the mesh is
 * as wide as the network, so that a missing link costs one hop and not a heartbeat.
 *
 * Messages are unsigned (their content carries the signatures that matter), named by their content.
 * Gossipsub's own peer score is neutral: it would punish four nodes behind one address and peers that
 * answer late under load. Misbehaviour counts in `peers/scores.ts` alone.
 */
export function gossipSettings(genesisHash: string): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: messageId,
    allowedTopics: GOSSIP_TOPICS.map((topic) => topicName(genesisHash, topic)),
    fallbackToFloodsub: false,
    floodPublish: true,
    batchPublish: true,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    emitSelf: false,
    doPX: false,
    tagMeshPeers: false,
    D: 16,
    Dlo: 12,
    Dhi: 24,
    Dout: 2,
    heartbeatInterval: 500,
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    maxInboundDataLength: GOSSIP_LIMITS.frameMaxBytes,
    maxOutboundBufferSize: GOSSIP_LIMITS.backlogMaxBytes,
    maxTopicBytesPerPeer: 16 * 1024,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 1000,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 5000,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 512,
      maxPeerInfos: 16,
    },
    scoreParams: { behaviourPenaltyWeight: 0, IPColocationFactorWeight: 0 },
  }
}

/** keccak256 of the topic's name and the payload, cut to 20 bytes. */
function messageId(message: Message): Uint8Array {
  return keccak256(concatBytes(new TextEncoder().encode(message.topic), message.data)).subarray(
    0,
    20,
  )
}
