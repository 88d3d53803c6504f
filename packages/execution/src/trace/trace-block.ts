import type { ChainSpec, Header } from '@busan/chain-spec'
import { CodedError, type Hash, present } from '@busan/primitives'
import { type BlockRun, createBlockRun } from '../block-run.ts'
import type { ExecutionErrorCode } from '../errors.ts'
import type { Transaction } from '../types.ts'
import { contextOf } from '../vm/block-context.ts'
import type { Machine } from '../vm/machine.ts'
import type { MachinePool } from '../vm/machine-pool.ts'
import { createTracer, type TracerSpec } from './create-tracer.ts'
import { inTraceWords } from './trace-timeout.ts'
import { createSizeBudget, type Tracer, type TransactionPlace } from './tracer.ts'
import { transactionStart } from './transaction-start.ts'

/** What tracing needs. */
export interface TraceExecution {
  readonly spec: ChainSpec
  readonly machines: MachinePool
}

/** A block whose transactions are to be run again. */
export interface TraceableBlock {
  readonly hash: Hash
  readonly header: Header
  readonly transactions: readonly Transaction[]
}

/** Which tracer runs, and what it may cost. */
export interface TraceOptions {
  readonly tracer: TracerSpec
  /** For each transaction that is traced. */
  readonly timeoutMs: number
  /** Characters of JSON in all. */
  readonly sizeMax: number
}

/**
 * Runs a block again on its parent's state.
 * @param options.index traces that transaction alone; those before it still run
 * @returns JSON text for each traced transaction, in order
 * @throws CodedError `missing-state`, `call-timeout` in geth's words, `trace-too-large`
 */
export async function traceBlock(
  { spec, machines }: TraceExecution,
  block: TraceableBlock,
  parent: Header,
  options: TraceOptions & { readonly index?: number },
): Promise<readonly string[]> {
  const { header, transactions } = block
  const { index: only, timeoutMs } = options
  const context = contextOf(header, spec, parent.timestamp)
  const budget = createSizeBudget(options.sizeMax)
  const run = async (machine: Machine): Promise<string[]> => {
    machine.reset({ stateRoot: parent.stateRoot, context, timeoutMs })
    const blockRun = createBlockRun({ machine, spec, context })
    await blockRun.begin(header)
    const traces: string[] = []
    for (const [index, transaction] of transactions.entries()) {
      if (only !== undefined && index > only) break
      if (only === undefined || index === only) {
        const tracer = createTracer(options.tracer, budget)
        machine.pacer.start(timeoutMs)
        const place = placeOf(block, index)
        const starting = { ...transaction, from: transaction.sender }
        tracer.start(transactionStart(machine, starting, { context, place }))
        await runTraced(machine, blockRun, { transaction, tracer })
        traces.push(tracer.json())
      } else await applyTransaction(blockRun, transaction)
    }
    return traces
  }
  return inTraceWords(() => machines.run(spec.commonAt(header.number, header.timestamp), run))
}

function placeOf({ hash, header, transactions }: TraceableBlock, index: number): TransactionPlace {
  const { hash: transactionHash } = present(transactions[index], 'the transaction that is traced')
  return { blockHash: hash, blockNumber: header.number, transactionHash, index }
}

async function runTraced(
  machine: Machine,
  run: BlockRun,
  { transaction, tracer }: { readonly transaction: Transaction; readonly tracer: Tracer },
): Promise<void> {
  const gasBefore = run.gasUsed()
  machine.listen(tracer.listener)
  await applyTransaction(run, transaction)
  machine.listen(undefined)
  tracer.end(run.gasUsed() - gasBefore)
}

/** Runs a transaction; those of a block that stands are valid. @throws CodedError `untraceable-transaction` */
export async function applyTransaction(run: BlockRun, transaction: Transaction): Promise<void> {
  const applied = await run.apply(transaction)
  if (applied.ok) return
  const message = `tracing failed: transaction ${transaction.hash}: ${applied.message}`
  throw new CodedError<ExecutionErrorCode>('untraceable-transaction', message)
}
