import type { Transaction } from '@busan/execution'
import { ETHER, type Hash } from '@busan/primitives'
import { z } from 'zod'
import { SUBMIT_ERRORS } from '../error-lists.ts'
import { RpcError, transactionRejected } from '../errors.ts'
import { formatReceiptAt } from '../format/receipt.ts'
import { defineMethod, type Method, type RpcContext } from '../method.ts'
import * as hexResult from '../result/hex.ts'
import * as transactionResult from '../result/transaction.ts'
import { bytes, optional, quantity64 } from '../schema/hex.ts'

/** EIP-7966 says a number of milliseconds; geth reads a QUANTITY. */
const timeoutMs = z.union([z.number().int().nonnegative(), quantity64.transform(Number)], {
  error: 'expected a number of milliseconds',
})

/** The way in for transactions. */
export const submitMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_sendRawTransaction',
    summary: 'Submits a signed transaction and answers its hash.',
    params: z.tuple([bytes]),
    names: ['transaction'],
    result: hexResult.hash,
    errors: SUBMIT_ERRORS,
    handler: async ([raw], context) => (await submit(await decode(raw, context), context)).hash,
  }),
  defineMethod({
    name: 'eth_sendRawTransactionSync',
    summary: 'Submits a signed transaction and answers its final receipt (EIP-7966).',
    params: z.tuple([bytes, optional(timeoutMs)]),
    names: ['transaction', 'timeoutMs'],
    result: transactionResult.receipt,
    errors: [...SUBMIT_ERRORS, 'inclusion-timeout', 'transaction-dropped'],
    async handler([raw, requestedMs], context) {
      const { inclusionWaitMs, inclusionWaitMaxMs } = context.limits
      const transaction = await decode(raw, context)
      const inclusion = awaitInclusion(transaction, context)
      try {
        await submit(transaction, context)
        return await inclusion.within(Math.min(requestedMs || inclusionWaitMs, inclusionWaitMaxMs))
      } finally {
        inclusion.cancel()
      }
    },
  }),
]

async function decode(raw: Uint8Array, { chain }: RpcContext): Promise<Transaction> {
  const decoded = await chain.executor.decodeSubmitted(raw)
  if (!decoded.ok) throw transactionRejected(decoded.reason, decoded.message)
  return decoded.value
}

async function submit(transaction: Transaction, context: RpcContext): Promise<Transaction> {
  checkFeeCap(transaction, context)
  const result = await context.pool.add(transaction, 'local')
  if (result.status === 'rejected') throw transactionRejected(result.reason, result.message)
  return transaction
}

/** Keeps a wallet from paying a fortune by mistake; geth's check and text. */
function checkFeeCap(transaction: Transaction, { chain, feeCapWei }: RpcContext): void {
  if (chain.spec.feePolicy.kind === 'freeGas' || feeCapWei === 0n) return
  const feeWei = transaction.maxFeePerGasWei * transaction.gasLimit
  if (feeWei <= feeCapWei) return
  const message = `tx fee (${inEther(feeWei)} ether) exceeds the configured cap (${inEther(feeCapWei)} ether)`
  throw new RpcError('fee-cap-exceeded', message)
}

function inEther(wei: bigint): string {
  const hundredths = (wei * 100n + ETHER / 2n) / ETHER
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, '0')}`
}

/** Listens from before the submission, so that no block can slip through. */
function awaitInclusion({ hash }: Transaction, { chain, pool, clock }: RpcContext) {
  const outcome = Promise.withResolvers<ReturnType<typeof formatReceiptAt>>()
  outcome.promise.catch(() => {})
  const stopHeads = chain.onHead(({ block, receipts }) => {
    const index = block.transactions.findIndex((transaction) => transaction.hash === hash)
    if (index >= 0) outcome.resolve(formatReceiptAt(block, receipts, index))
  })
  const stopPool = pool.onChanged((changes) => {
    const drop = changes.find(
      (change) => change.type === 'dropped' && change.transaction.hash === hash,
    )
    if (drop?.type !== 'dropped' || drop.reason === 'included') return
    const message = `transaction dropped from the pool: ${drop.reason}: ${drop.message}`
    outcome.reject(new RpcError('transaction-dropped', message))
  })
  return {
    async within(waitMs: number) {
      const timer = clock.schedule(waitMs, () => outcome.reject(notProcessed(hash, waitMs)))
      return outcome.promise.finally(() => timer.cancel())
    },
    cancel() {
      stopHeads()
      stopPool()
    },
  }
}

function notProcessed(hash: Hash, waitMs: number): RpcError {
  const shown = waitMs % 1000 === 0 ? `${waitMs / 1000}s` : `${waitMs}ms`
  const message = `The transaction was added to the transaction pool but wasn't processed in ${shown}`
  return new RpcError('inclusion-timeout', message, hash)
}
