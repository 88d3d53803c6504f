import { toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { formatBlock, formatHeader } from '../format/block.ts'
import { formatReceipts } from '../format/receipt.ts'
import { defineMethod, type Method, type RpcContext } from '../method.ts'
import { formatPendingBlock, pendingTransactions } from '../pending-block.ts'
import { findBlock, genesisDifficulty } from '../resolve-block.ts'
import { type BlockReference, blockReference, blockTag } from '../schema/block-tag.ts'
import { hash, optional, quantity64 } from '../schema/hex.ts'

const isFull = optional(z.boolean({ error: 'expected true or false' }))

/** Blocks and what they hold; an unknown block is null, not an error. */
export const blockMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_getBlockByNumber',
    summary: 'Block by number or tag, with transaction hashes or whole transactions.',
    params: z.tuple([blockTag, isFull]),
    handler([tag, full = false], context) {
      return tag.kind === 'pending' ? formatPendingBlock(context, full) : show(context, tag, full)
    },
  }),
  defineMethod({
    name: 'eth_getBlockByHash',
    summary: 'Block by hash, with transaction hashes or whole transactions.',
    params: z.tuple([hash, isFull]),
    handler: ([blockHash, full = false], context) =>
      show(context, { kind: 'hash', hash: blockHash }, full),
  }),
  defineMethod({
    name: 'eth_getHeaderByNumber',
    summary: 'Header by number or tag.',
    params: z.tuple([blockTag]),
    handler([tag], context) {
      const block = findBlock(context.chain, tag)
      return block === undefined ? null : formatHeader(block.header, block.hash)
    },
  }),
  defineMethod({
    name: 'eth_getHeaderByHash',
    summary: 'Header by block hash.',
    params: z.tuple([hash]),
    handler([blockHash], { chain }) {
      const block = chain.blockByHash(blockHash)
      return block === undefined ? null : formatHeader(block.header, block.hash)
    },
  }),
  defineMethod({
    name: 'eth_getBlockReceipts',
    summary: 'Receipts of all transactions of a block.',
    params: z.tuple([blockReference]),
    handler([reference], { chain, texts }) {
      if (reference.kind === 'pending') return null
      const block = findBlock(chain, reference)
      if (block === undefined) return null
      return texts.of(`receipts ${block.hash}`, () =>
        formatReceipts(block, chain.receiptsByHash(block.hash) ?? []),
      )
    },
  }),
  defineMethod({
    name: 'eth_getBlockTransactionCountByNumber',
    summary: 'Number of transactions in a block.',
    params: z.tuple([blockTag]),
    handler: ([tag], context) =>
      tag.kind === 'pending'
        ? toQuantity(pendingTransactions(context).length)
        : transactionCount(context, tag),
  }),
  defineMethod({
    name: 'eth_getBlockTransactionCountByHash',
    summary: 'Number of transactions in a block.',
    params: z.tuple([hash]),
    handler: ([blockHash], context) => transactionCount(context, { kind: 'hash', hash: blockHash }),
  }),
  defineMethod({
    name: 'eth_getUncleCountByBlockNumber',
    summary: 'Always 0: QBFT blocks have no uncles.',
    params: z.tuple([blockTag]),
    handler: ([tag], { chain }) => (findBlock(chain, tag) === undefined ? null : '0x0'),
  }),
  defineMethod({
    name: 'eth_getUncleCountByBlockHash',
    summary: 'Always 0: QBFT blocks have no uncles.',
    params: z.tuple([hash]),
    handler: ([blockHash], { chain }) =>
      chain.blockByHash(blockHash) === undefined ? null : '0x0',
  }),
  defineMethod({
    name: 'eth_getUncleByBlockNumberAndIndex',
    summary: 'Always null: QBFT blocks have no uncles.',
    params: z.tuple([blockTag, quantity64]),
    handler: () => null,
  }),
  defineMethod({
    name: 'eth_getUncleByBlockHashAndIndex',
    summary: 'Always null: QBFT blocks have no uncles.',
    params: z.tuple([hash, quantity64]),
    handler: () => null,
  }),
]

function show({ chain, texts }: RpcContext, reference: BlockReference, full: boolean) {
  const block = findBlock(chain, reference)
  if (block === undefined) return null
  return texts.of(`${full ? 'full block' : 'block'} ${block.hash}`, () =>
    formatBlock(block, full, genesisDifficulty(chain)),
  )
}

function transactionCount({ chain }: RpcContext, reference: BlockReference) {
  const block = findBlock(chain, reference)
  return block === undefined ? null : toQuantity(block.transactions.length)
}
