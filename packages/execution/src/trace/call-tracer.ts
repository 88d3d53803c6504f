import { bytesToHex, type Hex, toQuantity } from '@busan/primitives'
import { revertReason } from '../revert-reason.ts'
import {
  type CallCollectorOptions,
  type CallFrame,
  type CallLog,
  createCallCollector,
  isCreation,
  REVERTED,
} from './call-frames.ts'
import type { SizeBudget, Tracer } from './tracer.ts'

/** The tree of messages: geth's callTracer. */
export function createCallTracer(options: CallCollectorOptions, budget: SizeBudget): Tracer {
  const collector = createCallCollector(options, budget)
  let gasLimit = 0n
  let totalGasUsed = 0n
  return {
    listener: collector.listener,
    start: (transaction) => {
      gasLimit = transaction.gasLimit
    },
    end: (gasUsed) => {
      totalGasUsed = gasUsed
    },
    json: () => {
      const root = { ...collector.root(), gas: gasLimit, gasUsed: totalGasUsed }
      return JSON.stringify(formatFrame(root, false))
    },
  }
}

/** A frame as geth writes it; logs of whatever failed are gone. */
interface FormattedFrame {
  readonly from: Hex
  readonly gas: Hex
  readonly gasUsed: Hex
  readonly to?: Hex
  readonly input: Hex
  readonly output?: Hex
  readonly error?: string
  readonly revertReason?: string
  readonly calls?: readonly FormattedFrame[]
  readonly logs?: readonly object[]
  readonly value?: Hex
  readonly type: CallFrame['kind']
}

function formatFrame(frame: CallFrame, hasFailed: boolean): FormattedFrame {
  const { error, output, calls, logs, value } = frame
  const fails = hasFailed || error !== undefined
  const reason = error === REVERTED ? revertReason(output) : undefined
  return {
    from: frame.from,
    gas: toQuantity(frame.gas),
    gasUsed: toQuantity(frame.gasUsed),
    ...(isCreation(frame) && error !== undefined ? {} : { to: frame.to }),
    input: bytesToHex(frame.input),
    ...(output.length === 0 ? {} : { output: bytesToHex(output) }),
    ...(error === undefined ? {} : { error }),
    ...(reason === undefined || reason === '' ? {} : { revertReason: reason }),
    ...(calls.length === 0 ? {} : { calls: calls.map((call) => formatFrame(call, fails)) }),
    ...(logs.length === 0 || fails ? {} : { logs: logs.map(formatLog) }),
    ...(value === undefined ? {} : { value: toQuantity(value) }),
    type: frame.kind,
  }
}

function formatLog({ address, topics, data, position }: CallLog): object {
  return { address, topics, data, position: toQuantity(position) }
}
