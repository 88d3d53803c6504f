import type { Block, ChainSpec, Header } from '@busan/chain-spec'
import { refuse, type Verdict } from '@busan/primitives'
import { createBlockRun } from './block-run.ts'
import type { PermissionsAt } from './permissions.ts'
import type { TransactionDecoder } from './transaction-decoder.ts'
import type { ExecutionReason, ExecutionResult } from './types.ts'
import { contextOf } from './vm/block-context.ts'
import type { MachinePool } from './vm/machine-pool.ts'

/** What running a block needs. */
export interface BlockExecution {
  readonly spec: ChainSpec
  readonly machines: MachinePool
  readonly permissionsAt: PermissionsAt
  readonly decodeTransaction: TransactionDecoder
}

/**
 * Runs all transactions of a block in order on its parent's state. As Besu does under proof of authority, a QBFT
 * network calls none of the system contracts of EIP-4788, 2935, 7002 and 7251 and collects no deposits (EIP-6110).
 */
export async function executeBlock(
  { spec, machines, decodeTransaction, permissionsAt }: BlockExecution,
  block: Block,
  parent: Header,
): Promise<Verdict<ExecutionResult, ExecutionReason>> {
  const { header, transactions } = block
  const ahead = decodeTransaction.ahead?.(transactions)
  const context = contextOf(header, spec, parent.timestamp)
  return machines.run(spec.commonAt(header.number, header.timestamp), async (machine) => {
    machine.reset({ stateRoot: parent.stateRoot, context })
    const run = createBlockRun({
      machine,
      spec,
      context,
      permissions: permissionsAt(parent.stateRoot),
    })
    await run.begin(header)
    for (const [index, raw] of transactions.entries()) {
      const arriving = ahead?.ready(index)
      if (arriving !== undefined) await arriving
      const decoded = decodeTransaction(raw)
      const applied = decoded.ok ? await run.apply(decoded.value) : decoded
      if (!applied.ok) return refuse(applied.reason, at(index, applied.message))
    }
    return run.finish(block)
  })
}

function at(index: number, message: string): string {
  return `transaction ${index}: ${message}`
}
