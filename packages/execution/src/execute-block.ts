import type { Block, ChainSpec, Header } from '@busan/chain-spec'
import { accept, refuse, type Verdict } from '@busan/primitives'
import { createBlockRun } from './block-run.ts'
import type { PermissionsAt } from './permissions.ts'
import type { TransactionDecoder } from './transaction.ts'
import type { ExecutionReason, ExecutionResult, Transaction } from './types.ts'
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
  const { header } = block
  const transactions = decodeAll(block.transactions, decodeTransaction)
  if (!transactions.ok) return transactions
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
    for (const [index, transaction] of transactions.value.entries()) {
      const applied = await run.apply(transaction)
      if (!applied.ok) return refuse(applied.reason, at(index, applied.message))
    }
    return run.finish(block)
  })
}

function decodeAll(
  raws: readonly Uint8Array[],
  decodeTransaction: TransactionDecoder,
): Verdict<readonly Transaction[], ExecutionReason> {
  const transactions: Transaction[] = []
  for (const [index, raw] of raws.entries()) {
    const decoded = decodeTransaction(raw)
    if (!decoded.ok) return refuse(decoded.reason, at(index, decoded.message))
    transactions.push(decoded.value)
  }
  return accept(transactions)
}

function at(index: number, message: string): string {
  return `transaction ${index}: ${message}`
}
