import type { ChainSpec } from '@busan/chain-spec'
import { computeGenesisState } from '@busan/execution'
import type { Hash } from '@busan/primitives'
import { blockHash } from '@busan/qbft'

/** The hash of the genesis block: its state computed, its header hashed as it stands. */
export async function genesisHashOf(spec: ChainSpec): Promise<Hash> {
  const { stateRoot } = await computeGenesisState(spec.alloc)
  return blockHash(spec.genesisHeader(stateRoot))
}
