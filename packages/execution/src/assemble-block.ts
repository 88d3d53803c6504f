import type { Block } from '@busan/chain-spec'
import { accept, type Verdict } from '@busan/primitives'
import { completeHeader, draftHeader } from './draft-header.ts'
import { type BlockExecution, executeBlock } from './execute-block.ts'
import type { BlockTemplate, BuiltBlock, ExecutionReason, Transaction } from './types.ts'

/** Makes a block of exactly these transactions, in this order; the first that cannot run is the verdict. */
export async function assembleBlock(
  execution: BlockExecution,
  template: BlockTemplate,
  transactions: readonly Transaction[],
): Promise<Verdict<BuiltBlock, ExecutionReason>> {
  const draft: Block = {
    header: draftHeader(template, execution.spec),
    transactions: transactions.map(({ raw }) => raw),
    ...(template.withdrawals?.length ? { withdrawals: template.withdrawals } : {}),
  }
  const executed = await executeBlock(execution, draft, template.parent)
  if (!executed.ok) return executed
  const header = completeHeader(draft.header, executed.value)
  return accept({ block: { ...draft, header }, result: executed.value, refused: [] })
}
