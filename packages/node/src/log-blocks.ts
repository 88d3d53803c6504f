import type { Chain } from '@busan/chain'
import type { P2pHost } from '@busan/p2p'
import { decodeExtraData } from '@busan/qbft'
import type { Logger } from '@busan/telemetry'

/** One info line a block: what it holds, who made it, how many sealed it. @returns a function that stops it */
export function logBlocks(
  chain: Chain,
  logger: Logger,
  network: Pick<P2pHost, 'peers'>,
): () => void {
  return chain.onHead(({ block }) => {
    const { number, gasUsed, coinbase, extraData } = block.header
    const extra = decodeExtraData(extraData)
    logger.info('imported block', {
      number,
      hash: block.hash,
      transactions: block.transactions.length,
      gasUsed,
      proposer: coinbase,
      ...(extra.ok ? { round: extra.value.round, seals: extra.value.seals.length } : {}),
      peers: network.peers().length,
    })
  })
}
