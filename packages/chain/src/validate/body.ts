import type { Block } from '@busan/chain-spec'
import { transactionsRoot } from '@busan/execution'
import { accept, refuse, type Verdict } from '@busan/primitives'

/** The transactions are the ones that the header commits to. */
export async function validateTransactions(block: Block): Promise<Verdict<null, 'invalid-body'>> {
  const root = await transactionsRoot(block.transactions)
  if (root === block.header.transactionsRoot) return accept(null)
  const want = `want ${block.header.transactionsRoot}, as the header says`
  return refuse('invalid-body', `transactionsRoot: got ${root}, ${want}`)
}
