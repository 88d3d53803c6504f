import type { Block, Header } from '@busan/chain-spec'
import { accept, equalBytes, type Hash, refuse, type Verdict } from '@busan/primitives'
import type { ChainContext, ExecutedBlock } from './chain-context.ts'
import { validateTransactions } from './validate/body.ts'
import { validateOutcome } from './validate/outcome.ts'

type BodyReason = 'invalid-body' | 'invalid-transaction' | 'invalid-outcome'

/** A header that has passed its checks, with the block it heads. */
export interface Candidate {
  readonly hash: Hash
  readonly parent: Header
  readonly block: Block
}

/** Checks the body, runs it and compares the outcome; a block that was run as a proposal is not run again. */
export async function executeBlock(
  context: ChainContext,
  { hash, parent, block }: Candidate,
): Promise<Verdict<ExecutedBlock, BodyReason>> {
  const known = context.executed.get(hash)
  if (known !== undefined && hasSameBody(known.block, block)) {
    return accept({ block, result: known.result })
  }
  const body = context.consensus.validateBody(block)
  if (!body.ok) return body
  const transactions = await validateTransactions(block)
  if (!transactions.ok) return transactions

  const execution = await context.executor.executeBlock(block, parent)
  if (!execution.ok) return refuse('invalid-transaction', execution.message)

  const outcome = validateOutcome(block.header, execution.value)
  if (!outcome.ok) return outcome

  const executed = { block, result: execution.value }
  context.executed.set(hash, executed)
  return accept(executed)
}

/** The hash commits to the transactions' root, not to the bytes that came along with the header. */
function hasSameBody(a: Block, b: Block): boolean {
  if (b.ommers !== undefined || b.withdrawals !== undefined) return false
  return (
    a.transactions.length === b.transactions.length &&
    a.transactions.every((raw, i) => equalBytes(raw, b.transactions[i] as Uint8Array))
  )
}
