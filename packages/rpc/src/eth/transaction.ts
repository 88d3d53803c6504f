import type { StoredBlock } from '@busan/chain'
import { bytesToHex } from '@busan/primitives'
import { z } from 'zod'
import { findBySenderAndNonce } from '../account-history.ts'
import { formatReceiptAt } from '../format/receipt.ts'
import { formatMinedTransaction, formatPooledTransaction } from '../format/transaction.ts'
import { defineMethod, type Method } from '../method.ts'
import { pendingTransactions } from '../pending-block.ts'
import { findBlock } from '../resolve-block.ts'
import * as hexResult from '../result/hex.ts'
import * as transactionResult from '../result/transaction.ts'
import { blockTag } from '../schema/block-tag.ts'
import { address, hash, quantity64 } from '../schema/hex.ts'

/** Transactions and receipts; pooled transactions are visible as soon as they were accepted. */
export const transactionMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_getTransactionByHash',
    summary: 'Transaction by hash; a pooled one has no block yet.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: transactionResult.transaction.nullable(),
    handler([transactionHash], { chain, pool }) {
      const location = chain.transactionLocation(transactionHash)
      if (location !== undefined) {
        return showMined(chain.blockByHash(location.blockHash), BigInt(location.index))
      }
      const pooled = pool.get(transactionHash)
      return pooled === undefined ? null : formatPooledTransaction(pooled)
    },
  }),
  defineMethod({
    name: 'eth_getTransactionByBlockNumberAndIndex',
    summary: 'Transaction by its place in a block.',
    params: z.tuple([blockTag, quantity64]),
    names: ['block', 'index'],
    result: transactionResult.transaction.nullable(),
    handler([tag, index], context) {
      if (tag.kind !== 'pending') return showMined(findBlock(context.chain, tag), index)
      const pooled = pendingTransactions(context)[Number(index)]
      return pooled === undefined ? null : formatPooledTransaction(pooled)
    },
  }),
  defineMethod({
    name: 'eth_getTransactionByBlockHashAndIndex',
    summary: 'Transaction by its place in a block.',
    params: z.tuple([hash, quantity64]),
    names: ['blockHash', 'index'],
    result: transactionResult.minedTransaction.nullable(),
    handler: ([blockHash, index], { chain }) => showMined(chain.blockByHash(blockHash), index),
  }),
  defineMethod({
    name: 'eth_getRawTransactionByHash',
    summary: 'The EIP-2718 envelope of a mined or pooled transaction; `0x` when unknown.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: hexResult.data,
    handler([transactionHash], { chain, pool }) {
      const location = chain.transactionLocation(transactionHash)
      const block = location === undefined ? undefined : chain.blockByHash(location.blockHash)
      const mined = location === undefined ? undefined : block?.transactions[location.index]
      const transaction = mined ?? pool.get(transactionHash)
      return rawOf(transaction)
    },
  }),
  defineMethod({
    name: 'eth_getRawTransactionByBlockNumberAndIndex',
    summary:
      'The EIP-2718 envelope of a transaction by its place in a block; `0x` when there is none.',
    params: z.tuple([blockTag, quantity64]),
    names: ['block', 'index'],
    result: hexResult.data,
    handler([tag, index], context) {
      const transactions =
        tag.kind === 'pending'
          ? pendingTransactions(context)
          : findBlock(context.chain, tag)?.transactions
      return rawOf(transactions?.[Number(index)])
    },
  }),
  defineMethod({
    name: 'eth_getRawTransactionByBlockHashAndIndex',
    summary:
      'The EIP-2718 envelope of a transaction by its place in a block; `0x` when there is none.',
    params: z.tuple([hash, quantity64]),
    names: ['blockHash', 'index'],
    result: hexResult.data,
    handler: ([blockHash, index], { chain }) =>
      rawOf(chain.blockByHash(blockHash)?.transactions[Number(index)]),
  }),
  defineMethod({
    name: 'eth_pendingTransactions',
    summary: "Pooled transactions of the node's own accounts: always empty, it holds no keys.",
    params: z.tuple([]),
    result: z.array(transactionResult.pooledTransaction),
    handler: () => [],
  }),
  defineMethod({
    name: 'eth_getTransactionBySenderAndNonce',
    summary: 'Transaction with which an account used a nonce, mined or pooled.',
    params: z.tuple([address, quantity64]),
    names: ['sender', 'nonce'],
    result: transactionResult.transaction.nullable(),
    async handler([sender, nonce], { chain, pool }) {
      const mined = await findBySenderAndNonce(chain, sender, nonce)
      const location = mined && chain.transactionLocation(mined)
      if (location !== undefined) {
        return showMined(chain.blockByHash(location.blockHash), BigInt(location.index))
      }
      const { pending, queued } = pool.content(sender)
      const pooled = [pending, queued]
        .flatMap((bySender) => bySender.get(sender) ?? [])
        .find((transaction) => transaction.nonce === nonce)
      return pooled === undefined ? null : formatPooledTransaction(pooled)
    },
  }),
  defineMethod({
    name: 'eth_getTransactionReceipt',
    summary: 'Receipt of a mined transaction; null until it is mined.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: transactionResult.receipt.nullable(),
    handler([transactionHash], { chain, texts }) {
      const receipt = texts.of(`receipt ${transactionHash}`, () => {
        const location = chain.transactionLocation(transactionHash)
        if (location === undefined) return undefined
        const { blockHash, index } = location
        const block = chain.blockByHash(blockHash)
        return block && formatReceiptAt(block, chain.receiptsByHash(blockHash) ?? [], index)
      })
      return receipt ?? null
    },
  }),
]

function rawOf(transaction: { readonly raw: Uint8Array } | undefined) {
  return transaction === undefined ? '0x' : bytesToHex(transaction.raw)
}

function showMined(block: StoredBlock | undefined, index: bigint) {
  const transaction = block?.transactions[Number(index)]
  if (block === undefined || transaction === undefined) return null
  const { header, hash: blockHash } = block
  return formatMinedTransaction(transaction, { header, blockHash, index: Number(index) })
}
