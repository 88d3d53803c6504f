import type { Block } from '@busan/chain-spec'
import { transactionsRoot } from '@busan/execution'
import { accept, refuse, type Verdict } from '@busan/primitives'

/** The transactions are the ones that the header commits to. */
export function validateTransactions(block: Block): Verdict<null, 'invalid-body'> {
  const root = transactionsRoot(block.transactions)
  if (root === block.header.transactionsRoot) return accept(null)
  const want = `want ${block.header.transactionsRoot}, as the header says`
  return refuse('invalid-body', `transactionsRoot: got ${root}, ${want}`)
}
