import { toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { formatBlock, formatHeader, formatOmmer } from '../format/block.ts'
import { formatReceipts } from '../format/receipt.ts'
import { defineMethod, type Method, type RpcContext } from '../method.ts'
import { formatPendingBlock, pendingTransactions } from '../pending-block.ts'
import { findBlock, genesisDifficulty } from '../resolve-block.ts'
import * as blockResult from '../result/block.ts'
import * as hexResult from '../result/hex.ts'
import * as transactionResult from '../result/transaction.ts'
import { type BlockReference, blockReference, blockTag } from '../schema/block-tag.ts'
import { hash, optional, quantity64 } from '../schema/hex.ts'

const isFull = optional(z.boolean({ error: 'expected true or false' }))

/** Blocks and what they hold; an unknown block is null, not an error. */
export const blockMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_getBlockByNumber',
    summary: 'Block by number or tag, with transaction hashes or whole transactions.',
    params: z.tuple([blockTag, isFull]),
    names: ['block', 'hydrated'],
    result: z.union([blockResult.block, blockResult.pendingBlock]).nullable(),
    handler([tag, full = false], context) {
      return tag.kind === 'pending' ? formatPendingBlock(context, full) : show(context, tag, full)
    },
  }),
  defineMethod({
    name: 'eth_getBlockByHash',
    summary: 'Block by hash, with transaction hashes or whole transactions.',
    params: z.tuple([hash, isFull]),
    names: ['blockHash', 'hydrated'],
    result: blockResult.block.nullable(),
    handler: ([blockHash, full = false], context) =>
      show(context, { kind: 'hash', hash: blockHash }, full),
  }),
  defineMethod({
    name: 'eth_getHeaderByNumber',
    summary: 'Header by number or tag.',
    params: z.tuple([blockTag]),
    names: ['block'],
    result: blockResult.header.nullable(),
    handler([tag], context) {
      const block = findBlock(context.chain, tag)
      return block === undefined ? null : formatHeader(block.header, block.hash)
    },
  }),
  defineMethod({
    name: 'eth_getHeaderByHash',
    summary: 'Header by block hash.',
    params: z.tuple([hash]),
    names: ['blockHash'],
    result: blockResult.header.nullable(),
    handler([blockHash], { chain }) {
      const block = chain.blockByHash(blockHash)
      return block === undefined ? null : formatHeader(block.header, block.hash)
    },
  }),
  defineMethod({
    name: 'eth_getBlockReceipts',
    summary: 'Receipts of all transactions of a block.',
    params: z.tuple([blockReference]),
    names: ['block'],
    result: z.array(transactionResult.receipt).nullable(),
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
    names: ['block'],
    result: hexResult.quantity.nullable(),
    handler: ([tag], context) =>
      tag.kind === 'pending'
        ? toQuantity(pendingTransactions(context).length)
        : transactionCount(context, tag),
  }),
  defineMethod({
    name: 'eth_getBlockTransactionCountByHash',
    summary: 'Number of transactions in a block.',
    params: z.tuple([hash]),
    names: ['blockHash'],
    result: hexResult.quantity.nullable(),
    handler: ([blockHash], context) => transactionCount(context, { kind: 'hash', hash: blockHash }),
  }),
  defineMethod({
    name: 'eth_getUncleCountByBlockNumber',
    summary: 'Number of uncles of a block: 0, but on an imported chain of proof of work.',
    params: z.tuple([blockTag]),
    names: ['block'],
    result: hexResult.quantity.nullable(),
    handler: ([tag], context) => uncleCount(context, tag),
  }),
  defineMethod({
    name: 'eth_getUncleCountByBlockHash',
    summary: 'Number of uncles of a block: 0, but on an imported chain of proof of work.',
    params: z.tuple([hash]),
    names: ['blockHash'],
    result: hexResult.quantity.nullable(),
    handler: ([blockHash], context) => uncleCount(context, { kind: 'hash', hash: blockHash }),
  }),
  defineMethod({
    name: 'eth_getUncleByBlockNumberAndIndex',
    summary: 'Uncle of a block: null, but on an imported chain of proof of work.',
    params: z.tuple([blockTag, quantity64]),
    names: ['block', 'index'],
    result: blockResult.uncle.nullable(),
    handler: ([tag, index], context) => uncle(context, tag, index),
  }),
  defineMethod({
    name: 'eth_getUncleByBlockHashAndIndex',
    summary: 'Uncle of a block: null, but on an imported chain of proof of work.',
    params: z.tuple([hash, quantity64]),
    names: ['blockHash', 'index'],
    result: blockResult.uncle.nullable(),
    handler: ([blockHash, index], context) =>
      uncle(context, { kind: 'hash', hash: blockHash }, index),
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

function uncleCount({ chain }: RpcContext, reference: BlockReference) {
  const block = findBlock(chain, reference)
  return block === undefined ? null : toQuantity(block.ommers?.length ?? 0)
}

function uncle({ chain }: RpcContext, reference: BlockReference, index: bigint) {
  const ommer = findBlock(chain, reference)?.ommers?.[Number(index)]
  return ommer === undefined ? null : formatOmmer(ommer)
}
