import type { Block } from '@busan/chain-spec'
import { accept, CodedError, type Verdict } from '@busan/primitives'
import type { ExecutionErrorCode } from './errors.ts'
import type { Executor } from './executor.ts'
import type { ExecutionReason, ExecutionResult, Receipt } from './types.ts'

type Outcome = Verdict<ExecutionResult, ExecutionReason>

/** Where two executions of a block part. */
interface Difference {
  /** Index within the block; absent when the difference is the block's. */
  readonly transaction?: number
  readonly field: string
  readonly got: string
  readonly want: string
}

/**
 * Runs every block in both interpreters, ours and the reference, and lets none through on which they differ. Calls run
 * in ours alone.
 * @param onDivergence called with the error that the block's execution throws, `evm-divergence`
 */
export function createCheckedExecutor(
  fast: Executor,
  reference: Executor,
  onDivergence: (error: CodedError<ExecutionErrorCode>) => void,
): Executor {
  const assertSame = (block: Block, ours: Outcome, theirs: Outcome): void => {
    const difference = firstDifference(ours, theirs)
    if (difference === undefined) return
    const error = divergence(block, difference)
    onDivergence(error)
    throw error
  }
  return {
    ...fast,
    executeBlock: async (block, parent) => {
      const ours = await fast.executeBlock(block, parent)
      assertSame(block, ours, await reference.executeBlock(block, parent))
      return ours
    },
    buildBlock: async (template, candidates, budgetMs) => {
      const built = await fast.buildBlock(template, candidates, budgetMs)
      const theirs = await reference.executeBlock(built.block, template.parent)
      assertSame(built.block, accept(built.result), theirs)
      return built
    },
    anticipate: (writes) => {
      const ends = [fast, reference].map((executor) => executor.anticipate(writes))
      return () => {
        for (const end of ends) end()
      }
    },
  }
}

function firstDifference(ours: Outcome, theirs: Outcome): Difference | undefined {
  if (!ours.ok || !theirs.ok) {
    const [got, want] = [ours, theirs].map((one) => (one.ok ? 'valid' : one.reason))
    return difference('verdict', got, want)
  }
  for (const [transaction, receipt] of ours.value.receipts.entries()) {
    const found = receiptDifference(receipt, theirs.value.receipts[transaction])
    if (found !== undefined) return { transaction, ...found }
  }
  const fields = ['gasUsed', 'logsBloom', 'receiptsRoot', 'stateRoot'] as const
  return fields
    .map((field) => difference(field, ours.value[field], theirs.value[field]))
    .find((found) => found !== undefined)
}

function receiptDifference(ours: Receipt, theirs: Receipt | undefined): Difference | undefined {
  const fields = ['succeeded', 'gasUsed', 'contractAddress', 'logs'] as const
  return fields
    .map((field) => difference(field, ours[field], theirs?.[field]))
    .find((found) => found !== undefined)
}

function difference(field: string, got: unknown, want: unknown): Difference | undefined {
  const texts = { got: textOf(got), want: textOf(want) }
  return texts.got === texts.want ? undefined : { field, ...texts }
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function divergence(
  { header: { number } }: Block,
  { transaction, field, got, want }: Difference,
): CodedError<ExecutionErrorCode> {
  const where = transaction === undefined ? '' : ` transaction ${transaction}`
  return new CodedError(
    'evm-divergence',
    `the interpreters differ at block ${number}${where}: ${field} is ${got} in ours, ${want} in the reference; ` +
      'keep the data folder for a report, and run with --evm reference meanwhile',
    { details: { number, transaction, field, got, want } },
  )
}
