import type { ChainSpec, Header } from '@busan/chain-spec'
import { createBlockRun } from '../block-run.ts'
import { contextOf } from '../vm/block-context.ts'
import type { Machine } from '../vm/machine.ts'
import { applyTransaction, type TraceableBlock } from './trace-block.ts'

/** A moment in the middle of a block: after so many of its transactions. */
export interface BlockPosition {
  readonly block: TraceableBlock
  readonly parent: Header
  readonly index: number
}

/** Brings a machine to the state at that moment. */
export async function replayUntil(
  spec: ChainSpec,
  machine: Machine,
  { block, parent, index }: BlockPosition,
  timeoutMs: number,
): Promise<void> {
  const context = contextOf(block.header, spec, parent.timestamp)
  machine.reset({ stateRoot: parent.stateRoot, context, timeoutMs })
  const run = createBlockRun({ machine, spec, context })
  await run.begin(block.header)
  for (const transaction of block.transactions.slice(0, index)) {
    await applyTransaction(run, transaction)
  }
}
