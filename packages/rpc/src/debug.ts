import type { StoredBlock } from '@busan/chain'
import { encodeBlock, encodeHeader } from '@busan/chain-spec'
import { encodeReceipt } from '@busan/execution'
import { bytesToHex } from '@busan/primitives'
import { z } from 'zod'
import { RpcError } from './errors.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import { findBlock } from './resolve-block.ts'
import { type BlockReference, blockReference } from './schema/block-tag.ts'
import { hash } from './schema/hex.ts'

/** debug_getRaw*: the exact bytes, for bridges and light clients. */
export const debugMethods: readonly Method[] = [
  defineMethod({
    name: 'debug_getRawHeader',
    summary: 'RLP of a sealed header.',
    params: z.tuple([blockReference]),
    handler: ([reference], context) => bytesToHex(encodeHeader(blockOf(reference, context).header)),
  }),
  defineMethod({
    name: 'debug_getRawBlock',
    summary: 'RLP of a sealed block.',
    params: z.tuple([blockReference]),
    handler([reference], context) {
      const block = blockOf(reference, context)
      const transactions = block.transactions.map(({ raw }) => raw)
      return bytesToHex(encodeBlock({ ...block, transactions }))
    },
  }),
  defineMethod({
    name: 'debug_getRawReceipts',
    summary: 'Consensus encoding (EIP-2718) of each receipt of a block.',
    params: z.tuple([blockReference]),
    handler([reference], context) {
      const { hash: blockHash } = blockOf(reference, context)
      const receipts = context.chain.receiptsByHash(blockHash) ?? []
      return receipts.map((receipt) => bytesToHex(encodeReceipt(receipt)))
    },
  }),
  defineMethod({
    name: 'debug_getRawTransaction',
    summary: 'The EIP-2718 envelope of a mined or pooled transaction; `0x` when unknown.',
    params: z.tuple([hash]),
    handler([transactionHash], { chain, pool }) {
      const location = chain.transactionLocation(transactionHash)
      const block = location === undefined ? undefined : chain.blockByHash(location.blockHash)
      const mined = location === undefined ? undefined : block?.transactions[location.index]
      const transaction = mined ?? pool.get(transactionHash)
      return transaction === undefined ? '0x' : bytesToHex(transaction.raw)
    },
  }),
]

function blockOf(reference: BlockReference, { chain }: RpcContext): StoredBlock {
  const block = findBlock(chain, reference)
  if (block === undefined) throw new RpcError('block-not-found', 'block not found')
  return block
}
