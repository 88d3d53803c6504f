import type { Block } from '@busan/chain-spec'
import { type Transaction, type TransactionDecoder, transactionsRoot } from '@busan/execution'
import { accept, refuse, type Verdict } from '@busan/primitives'

/** The transactions are the ones that the header commits to, decodable, and allowed on this chain. */
export function validateTransactions(
  decode: TransactionDecoder,
  block: Block,
): Verdict<readonly Transaction[], 'invalid-body' | 'invalid-transaction'> {
  const root = transactionsRoot(block.transactions)
  if (root !== block.header.transactionsRoot) {
    const want = `want ${block.header.transactionsRoot}, as the header says`
    return refuse('invalid-body', `transactionsRoot: got ${root}, ${want}`)
  }
  const transactions: Transaction[] = []
  for (const [index, raw] of block.transactions.entries()) {
    const decoded = decode(raw)
    if (!decoded.ok) {
      return refuse('invalid-transaction', `transaction ${index}: ${decoded.message}`)
    }
    transactions.push(decoded.value)
  }
  return accept(transactions)
}
