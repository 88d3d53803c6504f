import type { Transaction } from '@busan/execution'
import { toChecksumAddress, toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { formatPooledTransaction } from './format/transaction.ts'
import { defineMethod, type Method } from './method.ts'
import type { TransactionsBySender } from './ports.ts'
import * as hexResult from './result/hex.ts'
import * as transactionResult from './result/transaction.ts'
import { address } from './schema/hex.ts'

/** txpool_*: the pool in geth's shapes; `queued` waits for an earlier nonce. */
export const txpoolMethods: readonly Method[] = [
  defineMethod({
    name: 'txpool_status',
    summary: 'Number of executable and of waiting transactions.',
    params: z.tuple([]),
    result: z.strictObject({ pending: hexResult.quantity, queued: hexResult.quantity }),
    handler: (_, { pool }) => ({
      pending: toQuantity(pool.pendingCount()),
      queued: toQuantity(pool.queuedCount()),
    }),
  }),
  defineMethod({
    name: 'txpool_content',
    summary: 'All pooled transactions by sender and nonce.',
    params: z.tuple([]),
    result: transactionResult.poolContent,
    handler(_, { pool }) {
      const { pending, queued } = pool.content()
      return {
        pending: bySender(pending, formatPooledTransaction),
        queued: bySender(queued, formatPooledTransaction),
      }
    },
  }),
  defineMethod({
    name: 'txpool_contentFrom',
    summary: "One sender's pooled transactions by nonce.",
    params: z.tuple([address]),
    names: ['sender'],
    result: transactionResult.poolContentFrom,
    handler([sender], { pool }) {
      const { pending, queued } = pool.content(sender)
      return {
        pending: byNonce(pending.get(sender) ?? [], formatPooledTransaction),
        queued: byNonce(queued.get(sender) ?? [], formatPooledTransaction),
      }
    },
  }),
  defineMethod({
    name: 'txpool_inspect',
    summary: 'All pooled transactions as one line of text each.',
    params: z.tuple([]),
    result: transactionResult.poolInspection,
    handler(_, { pool }) {
      const { pending, queued } = pool.content()
      return { pending: bySender(pending, describe), queued: bySender(queued, describe) }
    },
  }),
]

function bySender<Shown>(senders: TransactionsBySender, show: (transaction: Transaction) => Shown) {
  return Object.fromEntries(
    [...senders].map(([sender, list]) => [toChecksumAddress(sender), byNonce(list, show)]),
  )
}

function byNonce<Shown>(list: readonly Transaction[], show: (transaction: Transaction) => Shown) {
  return Object.fromEntries(
    list.map((transaction) => [transaction.nonce.toString(), show(transaction)]),
  )
}

function describe({ to, valueWei, gasLimit, maxFeePerGasWei }: Transaction): string {
  const recipient = to === null ? 'contract creation' : toChecksumAddress(to)
  return `${recipient}: ${valueWei} wei + ${gasLimit} gas × ${maxFeePerGasWei} wei`
}
