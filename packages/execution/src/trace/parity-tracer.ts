import { bytesToHex } from '@busan/primitives'
import { createCallCollector } from './call-frames.ts'
import { type FlatCall, flattenCalls, withParityError } from './flat-call-tracer.ts'
import { Looks } from './looks.ts'
import { joinListeners } from './mux-tracer.ts'
import { stateDiff } from './state-diff.ts'
import { DEAF_LISTENER, type SizeBudget, type Tracer, type TransactionStart } from './tracer.ts'
import { VmTraceCollector } from './vm-trace.ts'

/** What of a transaction is told; Parity's trace types. */
export interface ParityOptions {
  readonly trace?: boolean
  readonly stateDiff?: boolean
  readonly vmTrace?: boolean
}

/** All about a transaction in the shape of Parity's trace_replay methods. */
export function createParityTracer(options: ParityOptions, budget: SizeBudget): Tracer {
  const calls = createCallCollector({}, budget)
  const looks = new Looks({}, budget)
  const vm = new VmTraceCollector(budget)
  let transaction: TransactionStart | undefined
  const looking = {
    ...DEAF_LISTENER,
    wantsSteps: true,
    stepStarts: (step) => looks.stepStarts(step),
    stepEnds: (end) => looks.stepEnds(end),
    messageStarts: (message) => looks.messageStarts(message),
  } satisfies Tracer['listener']
  return {
    listener: joinListeners([
      calls.listener,
      ...(options.stateDiff === true ? [looking] : []),
      ...(options.vmTrace === true ? [vm.listener] : []),
    ]),
    start: (starting) => {
      transaction = starting
      if (options.stateDiff === true) looks.start(starting)
    },
    end: () => {},
    json: () => {
      if (transaction === undefined) throw new TypeError('the transaction has not begun')
      const { state } = transaction
      return JSON.stringify({
        output: bytesToHex(calls.root().output),
        stateDiff: options.stateDiff === true ? stateDiff(looks, state) : null,
        trace: options.trace === true ? localCalls(calls.root(), transaction).map(unplaced) : [],
        vmTrace: options.vmTrace === true ? vm.root() : null,
      })
    },
  }
}

/** The messages of a mined transaction in the shape of Parity's trace_block. */
export function createParityListTracer(budget: SizeBudget): Tracer {
  const calls = createCallCollector({}, budget)
  let transaction: TransactionStart | undefined
  return {
    listener: calls.listener,
    start: (starting) => {
      transaction = starting
    },
    end: () => {},
    json: () => {
      if (transaction === undefined) throw new TypeError('the transaction has not begun')
      return JSON.stringify(localCalls(calls.root(), transaction))
    },
  }
}

type ParityCall = Omit<FlatCall, 'result'> & { readonly result?: FlatCall['result'] | null }

/** Parity counts the gas of the code alone, and gives a message that failed no result. */
function localCalls(
  root: Parameters<typeof flattenCalls>[0],
  { place, isPrecompile }: TransactionStart,
): ParityCall[] {
  return flattenCalls(root, { place, isPrecompile }).map((call) => {
    const { result, ...rest } = withParityError(call)
    return rest.error === undefined ? { ...rest, result: result ?? null } : rest
  })
}

function unplaced(call: ParityCall): object {
  const { blockHash, blockNumber, transactionHash, transactionPosition, ...rest } = call
  return rest
}
