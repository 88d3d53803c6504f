import type { P2pHost } from '@busan/p2p'
import { errorMessage, isCodedError } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { ValidatorGossip } from '@busan/validator'

type CompactTransport = NonNullable<ValidatorGossip['compact']>

/** Hashes in one request. */
const CHUNK_SIZE = 4096

/** Proposals by hashes over the node's network, as soon as every peer reads them. */
export function compactTransport(network: () => P2pHost, logger: Logger): CompactTransport {
  return {
    isUnderstood: () => {
      const peers = network().peers()
      return peers.length > 0 && peers.every(({ status }) => status?.readsCompactProposals)
    },
    peers: () =>
      network()
        .peers()
        .map(({ id }) => id),
    async requestTransactions(peer, hashes) {
      const answers: (Uint8Array | undefined)[] = []
      try {
        for (let from = 0; from < hashes.length; from += CHUNK_SIZE) {
          const chunk = hashes.slice(from, from + CHUNK_SIZE)
          const raws = await network().requestTransactions(peer, chunk)
          answers.push(...chunk.map((_, index) => raws[index]))
        }
      } catch (error) {
        if (isCodedError(error) && error.code === 'malformed-response') {
          network().penalize(peer, 'malformed-response')
        }
        logger.debug('a peer gave no transactions', { peer, error: errorMessage(error) })
      }
      return answers
    },
  }
}
