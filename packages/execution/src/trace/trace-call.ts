import type { Header } from '@busan/chain-spec'
import { accept, type Verdict } from '@busan/primitives'
import { type CallWatch, call, resetFor, runSettled, settleCall } from '../call.ts'
import type { CallOptions } from '../executor.ts'
import { settleMessage } from '../run-message.ts'
import { applyStateOverrides } from '../state-override.ts'
import type { CallReason, CallRequest } from '../types.ts'
import type { Machine } from '../vm/machine.ts'
import { createTracer, type TracerSpec } from './create-tracer.ts'
import { type BlockPosition, replayUntil } from './position.ts'
import type { TraceExecution, TraceOptions } from './trace-block.ts'
import { inTraceWords } from './trace-timeout.ts'
import { createSizeBudget, type Tracer } from './tracer.ts'
import { transactionStart } from './transaction-start.ts'

/** What a traced call runs on beside what any call does. */
export interface TraceCallOptions extends Omit<CallOptions, 'timeoutMs'>, TraceOptions {
  readonly position?: BlockPosition
}

/** Traces a message as eth_call runs it. @returns JSON text, or why the call cannot start */
export async function traceCall(
  execution: TraceExecution,
  request: CallRequest,
  header: Header,
  options: TraceCallOptions,
): Promise<Verdict<string, CallReason>> {
  const { position } = options
  const traced = watchWith(createTracer(options.tracer, createSizeBudget(options.sizeMax)))
  const watch: CallWatch =
    position === undefined
      ? traced.watch
      : {
          ...traced.watch,
          prepare: (machine) => replayUntil(execution.spec, machine, position, options.timeoutMs),
        }
  const verdict = await inTraceWords(() => call(execution, request, header, { ...options, watch }))
  return verdict.ok ? accept(traced.json()) : verdict
}

/** A call with what of it is to be told. */
export interface TracedRequest {
  readonly request: CallRequest
  readonly tracer: TracerSpec
}

/** Traces messages one after another, each on the state that those before have left. */
export async function traceCalls(
  { spec, machines }: TraceExecution,
  requests: readonly TracedRequest[],
  header: Header,
  options: Omit<TraceCallOptions, 'tracer' | 'position'>,
): Promise<Verdict<readonly string[], CallReason>> {
  const budget = createSizeBudget(options.sizeMax)
  const run = async (machine: Machine): Promise<Verdict<readonly string[], CallReason>> => {
    const traces: string[] = []
    for (const { request, tracer } of requests) {
      const settled = settleCall(spec, request, header, options)
      if (traces.length === 0) {
        machine.reset(resetFor(header.stateRoot, settled.context, options))
        const overridden = applyStateOverrides(machine, options.stateOverrides)
        if (!overridden.ok) return overridden
      }
      const traced = watchWith(createTracer(tracer, budget))
      const verdict = await runSettled(machine, settled, traced.watch)
      if (!verdict.ok) return verdict
      traces.push(traced.json())
    }
    return accept(traces)
  }
  return inTraceWords(() => machines.run(spec.commonAt(header.number, header.timestamp), run))
}

function watchWith(tracer: Tracer) {
  let json = ''
  const watch: CallWatch = {
    starts: (machine, message, context) => {
      tracer.start(transactionStart(machine, message, { context }))
      machine.listen(tracer.listener)
    },
    ends: async (machine, gasUsed, result) => {
      machine.listen(undefined)
      await settleMessage(machine, result)
      tracer.end(gasUsed)
      // Now, while the machine holds the state after the call.
      json = tracer.json()
    },
  }
  return { watch, json: () => json }
}
