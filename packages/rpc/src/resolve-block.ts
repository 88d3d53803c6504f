import type { Chain, StoredBlock } from '@busan/chain'
import type { Header } from '@busan/chain-spec'
import type { StateReader } from '@busan/execution'
import { headerNotFound, RpcError } from './errors.ts'
import type { BlockReference, BlockTag } from './schema/block-tag.ts'

/** The block number a tag means; `pending` counts as the head. */
export function resolveNumber(chain: Chain, tag: BlockTag): bigint {
  return tag.kind === 'number' ? tag.number : chain.head().header.number
}

/** The block a request means, undefined when there is none; `pending` counts as the head. */
export function findBlock(chain: Chain, reference: BlockReference): StoredBlock | undefined {
  switch (reference.kind) {
    case 'hash':
      return chain.blockByHash(reference.hash)
    case 'number':
      return chain.blockByNumber(reference.number)
    default:
      return chain.head()
  }
}

/** The header whose state a request reads. @throws RpcError `header-not-found` */
export function headerOf(chain: Chain, reference: BlockReference): Header {
  if (reference.kind === 'number') {
    const header = chain.headerByNumber(reference.number)
    if (header === undefined) throw headerNotFound()
    return header
  }
  const block = findBlock(chain, reference)
  if (block === undefined) {
    throw new RpcError('header-not-found', 'header for hash not found')
  }
  return block.header
}

/** The state that a request reads; `pending` reads the head's. @throws RpcError `header-not-found` */
export function stateOf(chain: Chain, reference: BlockReference): StateReader {
  return chain.executor.stateAt(headerOf(chain, reference).stateRoot)
}

/**
 * Where total difficulty starts to count; 1 on a QBFT chain. An imported chain shows none, as geth shows none.
 */
export function genesisDifficulty(chain: Chain): bigint | undefined {
  if (chain.spec.consensus === 'ethereum') return undefined
  return chain.headerByNumber(0n)?.difficulty ?? 0n
}
