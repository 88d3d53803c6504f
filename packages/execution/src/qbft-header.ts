// Our blocks as @ethereumjs/blockchain takes them.
import {
  type Block,
  blockToItems,
  type ChainSpec,
  type Header,
  headerToItems,
} from '@busan/chain-spec'
import { hexToBytes } from '@busan/primitives'
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
 * A header with the hash of QBFT, which leaves round and seals out. It judges no consensus format and encodes
 * to exactly the items that it was made of.
 */
export class QbftBlockHeader extends BlockHeader {
  readonly #header: Header
  readonly #hash: Uint8Array

  constructor(header: Header, rules: ForkRules) {
    super(valuesArrayToHeaderData(headerToItems(header) as BlockHeaderBytes), {
      common: rules,
      skipConsensusFormatValidation: true,
    })
    this.#header = header
    this.#hash = hexToBytes(blockHash(header))
  }

  override hash(): Uint8Array {
    return this.#hash
  }

  override raw(): BlockHeaderBytes {
    return headerToItems(this.#header) as BlockHeaderBytes
  }
}

/** A block that encodes to the bytes that were agreed on. */
class QbftBlock extends EthereumjsBlock {
  readonly #block: Block

  constructor(block: Block, rules: ForkRules) {
    const header = new QbftBlockHeader(block.header, rules)
    const transactions = block.transactions.map((raw) => createTxFromRLP(raw, { common: rules }))
    super(header, transactions, [], undefined, { common: rules })
    this.#block = block
  }

  override raw(): ReturnType<EthereumjsBlock['raw']> {
    return blockToItems(this.#block) as ReturnType<EthereumjsBlock['raw']>
  }
}

/**
 * The block for @ethereumjs/blockchain: same RLP, QBFT hash.
 * @throws when a transaction is not one of this chain; executed blocks have none of those
 */
export function toEthereumjsBlock(block: Block, spec: ChainSpec): EthereumjsBlock {
  const { number, timestamp } = block.header
  return new QbftBlock(block, spec.commonAt(number, timestamp))
}
