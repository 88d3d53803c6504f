// Our blocks as @ethereumjs/blockchain takes them.
import {
  type Block,
  blockToItems,
  type ChainSpec,
  type Header,
  headerToItems,
} from '@busan/chain-spec'
import { type Hash, hexToBytes } from '@busan/primitives'
import { blockHash } from '@busan/qbft'
import {
  BlockHeader,
  type BlockHeaderBytes,
  Block as EthereumjsBlock,
  valuesArrayToHeaderData,
} from '@ethereumjs/block'
import { createTxFromRLP } from '@ethereumjs/tx'
import type { ForkRules } from './vm/machine.ts'

/**
 * A header under the hash that it has on its chain: that of QBFT leaves round and seals out. It judges no consensus
 * format and encodes to exactly the items that it was made of.
 */
export class StoredBlockHeader extends BlockHeader {
  readonly #header: Header
  readonly #hash: Uint8Array

  /** @param hash as the chain knows the header */
  constructor(header: Header, hash: Hash, rules: ForkRules) {
    super(valuesArrayToHeaderData(headerToItems(header) as BlockHeaderBytes), {
      common: rules,
      skipConsensusFormatValidation: true,
    })
    this.#header = header
    this.#hash = hexToBytes(hash)
  }

  override hash(): Uint8Array {
    return this.#hash
  }

  override raw(): BlockHeaderBytes {
    return headerToItems(this.#header) as BlockHeaderBytes
  }
}

/** A block that encodes to the bytes that were agreed on. */
class StoredBlock extends EthereumjsBlock {
  readonly #block: Block

  constructor(block: Block, hash: Hash, rules: ForkRules) {
    const header = new StoredBlockHeader(block.header, hash, rules)
    const transactions = block.transactions.map((raw) => createTxFromRLP(raw, { common: rules }))
    super(header, transactions, [], undefined, { common: rules })
    this.#block = block
  }

  override raw(): ReturnType<EthereumjsBlock['raw']> {
    return blockToItems(this.#block) as ReturnType<EthereumjsBlock['raw']>
  }
}

/**
 * The block for @ethereumjs/blockchain: same RLP, its own hash.
 * @param hashOf of the chain's consensus; default QBFT's
 * @throws when a transaction is not one of this chain; executed blocks have none of those
 */
export function toEthereumjsBlock(
  block: Block,
  spec: ChainSpec,
  hashOf: (header: Header) => Hash = blockHash,
): EthereumjsBlock {
  const { number, timestamp } = block.header
  return new StoredBlock(block, hashOf(block.header), spec.commonAt(number, timestamp))
}
