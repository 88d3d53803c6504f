/** What is gossiped: transaction batches, sealed blocks, consensus messages. */
export const GOSSIP_TOPICS = ['tx', 'block', 'qbft'] as const

/** One of {@link GOSSIP_TOPICS}. */
export type GossipTopic = (typeof GOSSIP_TOPICS)[number]

/** `/busan/<first 4 bytes of the genesis hash>`: what the network's topics and protocols begin with. */
export function networkPrefix(genesisHash: string): string {
  return `/busan/${genesisHash.slice(2, 10).toLowerCase()}`
}

/** The gossipsub topic's full name, with its version. */
export function topicName(genesisHash: string, topic: GossipTopic): string {
  return `${networkPrefix(genesisHash)}/${topic}/1`
}
