import type { Header } from '@busan/chain-spec'
import { accept, type Verdict } from '@busan/primitives'
import { createBlockRun } from '../block-run.ts'
import { type CallWatch, call } from '../call.ts'
import type { CallOptions } from '../executor.ts'
import type { CallReason, CallRequest } from '../types.ts'
import { contextOf } from '../vm/block-context.ts'
import type { Machine } from '../vm/machine.ts'
import { createTracer } from './create-tracer.ts'
import {
  applyTransaction,
  type TraceableBlock,
  type TraceExecution,
  type TraceOptions,
} from './trace-block.ts'
import { inTraceWords } from './trace-timeout.ts'
import { createSizeBudget } from './tracer.ts'
import { transactionStart } from './transaction-start.ts'

/** A call in the middle of a block: after so many of its transactions. */
export interface CallPosition {
  readonly block: TraceableBlock
  readonly parent: Header
  readonly index: number
}

/** What a traced call runs on beside what any call does. */
export interface TraceCallOptions extends Omit<CallOptions, 'timeoutMs'>, TraceOptions {
  readonly position?: CallPosition
}

/** Traces a message as eth_call runs it. @returns JSON text, or why the call cannot start */
export async function traceCall(
  execution: TraceExecution,
  request: CallRequest,
  header: Header,
  options: TraceCallOptions,
): Promise<Verdict<string, CallReason>> {
  const { position } = options
  const tracer = createTracer(options.tracer, createSizeBudget(options.sizeMax))
  let json = ''
  const watch: CallWatch = {
    starts: (machine, message, context) => {
      tracer.start(transactionStart(machine, message, { context }))
      machine.listen(tracer.listener)
    },
    ends: (machine, gasUsed) => {
      machine.listen(undefined)
      tracer.end(gasUsed)
      // Now, while the machine holds the state after the call.
      json = tracer.json()
    },
    ...(position === undefined
      ? {}
      : { prepare: (machine) => replay(execution, machine, { ...options, position }) }),
  }
  const verdict = await inTraceWords(() => call(execution, request, header, { ...options, watch }))
  return verdict.ok ? accept(json) : verdict
}

async function replay(
  { spec }: TraceExecution,
  machine: Machine,
  { position, timeoutMs }: TraceCallOptions & { readonly position: CallPosition },
): Promise<void> {
  const { block, parent, index } = position
  const context = contextOf(block.header, spec, parent.timestamp)
  machine.reset({ stateRoot: parent.stateRoot, context, timeoutMs })
  const run = createBlockRun({ machine, feePolicy: spec.feePolicy, context })
  for (const transaction of block.transactions.slice(0, index)) {
    await applyTransaction(run, transaction)
  }
}
