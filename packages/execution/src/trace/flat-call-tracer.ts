import { bytesToHex, type Hash, type Hex, toQuantity } from '@busan/primitives'
import { type CallFrame, createCallCollector, isCreation, REVERTED } from './call-frames.ts'
import type { SizeBudget, Tracer, TransactionPlace } from './tracer.ts'

/** geth's options of the flatCallTracer. */
export interface FlatCallOptions {
  readonly convertParityErrors?: boolean
  readonly includePrecompiles?: boolean
}

/** One message in the shape of Parity's trace_ methods. */
export interface FlatCall {
  readonly action: Readonly<Record<string, Hex | string>>
  readonly blockHash: Hash | null
  readonly blockNumber: number
  readonly error?: string
  readonly result?: Readonly<Record<string, Hex>>
  readonly subtraces: number
  readonly traceAddress: readonly number[]
  readonly transactionHash: Hash | null
  readonly transactionPosition: number
  readonly type: 'call' | 'create' | 'suicide'
}

/** Parity's words for failures, by geth's. */
const PARITY_ERRORS: Readonly<Record<string, string>> = {
  'contract creation code storage out of gas': 'Out of gas',
  'out of gas': 'Out of gas',
  'gas uint64 overflow': 'Out of gas',
  'max code size exceeded': 'Out of gas',
  'invalid jump destination': 'Bad jump destination',
  'execution reverted': 'Reverted',
  'return data out of bounds': 'Out of bounds',
  'stack limit reached 1024 (1023)': 'Out of stack',
  'precompiled failed': 'Built-in failed',
  'invalid input length': 'Built-in failed',
}

/** The same for words that geth ends with numbers. */
const PARITY_ERROR_BEGINNINGS: readonly (readonly [beginning: string, words: string])[] = [
  ['invalid opcode:', 'Bad instruction'],
  ['stack underflow', 'Stack underflow'],
  ['max code size exceeded', 'Out of gas'],
]

/** Messages as a list, each with its address in the tree: geth's flatCallTracer. */
export function createFlatCallTracer(options: FlatCallOptions, budget: SizeBudget): Tracer {
  const collector = createCallCollector({}, budget)
  let place: TransactionPlace | undefined
  let isPrecompile: (address: Hex) => boolean = () => false
  let gas = { limit: 0n, used: 0n }
  return {
    listener: collector.listener,
    start: (transaction) => {
      place = transaction.place
      gas = { limit: transaction.gasLimit, used: 0n }
      if (options.includePrecompiles !== true) isPrecompile = transaction.isPrecompile
    },
    end: (used) => {
      gas = { ...gas, used }
    },
    json: () => {
      const root = { ...collector.root(), gas: gas.limit, gasUsed: gas.used }
      const calls = flattenCalls(root, { place, isPrecompile })
      return JSON.stringify(
        options.convertParityErrors === true ? calls.map(withParityError) : calls,
      )
    },
  }
}

/** The tree as a list, parents first. Calls to precompiles are left out, but for the transaction's own. */
export function flattenCalls(
  root: CallFrame,
  setting: {
    readonly place: TransactionPlace | undefined
    isPrecompile(address: Hex): boolean
  },
): FlatCall[] {
  const flat: FlatCall[] = []
  const visit = (frame: CallFrame, traceAddress: readonly number[]): void => {
    const calls = frame.calls.filter(
      ({ kind, to }) => !((kind === 'CALL' || kind === 'STATICCALL') && setting.isPrecompile(to)),
    )
    flat.push(flatten(frame, { calls, traceAddress, place: setting.place }))
    for (const [index, call] of calls.entries()) visit(call, [...traceAddress, index])
  }
  visit(root, [])
  return flat
}

/** The same in Parity's words. */
export function withParityError(call: FlatCall): FlatCall {
  return call.error === undefined ? call : { ...call, error: parityError(call.error) }
}

function parityError(words: string): string {
  const beginning = PARITY_ERROR_BEGINNINGS.find(([start]) => words.startsWith(start))
  return PARITY_ERRORS[words] ?? beginning?.[1] ?? words
}

function flatten(
  frame: CallFrame,
  {
    calls,
    traceAddress,
    place,
  }: {
    readonly calls: readonly CallFrame[]
    readonly traceAddress: readonly number[]
    readonly place: TransactionPlace | undefined
  },
): FlatCall {
  const { error } = frame
  const result = error === undefined || error === REVERTED ? resultOf(frame) : undefined
  return {
    action: actionOf(frame),
    blockHash: place?.blockHash ?? null,
    blockNumber: Number(place?.blockNumber ?? 0n),
    ...(error === undefined ? {} : { error }),
    ...(result === undefined ? {} : { result }),
    subtraces: calls.length,
    traceAddress,
    transactionHash: place?.transactionHash ?? null,
    transactionPosition: place?.index ?? 0,
    type: frame.kind === 'SELFDESTRUCT' ? 'suicide' : isCreation(frame) ? 'create' : 'call',
  }
}

function actionOf(frame: CallFrame): FlatCall['action'] {
  const { kind, from, to, gas, value = 0n, input } = frame
  if (kind === 'SELFDESTRUCT') {
    return { address: from, balance: toQuantity(value), refundAddress: to }
  }
  const sent = { from, gas: toQuantity(gas), value: toQuantity(value) }
  if (isCreation(frame)) {
    return { creationMethod: kind.toLowerCase(), ...sent, init: bytesToHex(input) }
  }
  return { callType: kind.toLowerCase(), ...sent, input: bytesToHex(input), to }
}

function resultOf(frame: CallFrame): FlatCall['result'] {
  const { kind, to, gasUsed, output, error } = frame
  if (kind === 'SELFDESTRUCT') return undefined
  if (!isCreation(frame)) return { gasUsed: toQuantity(gasUsed), output: bytesToHex(output) }
  const address: Readonly<Record<string, Hex>> = error === undefined ? { address: to } : {}
  return { ...address, code: bytesToHex(output), gasUsed: toQuantity(gasUsed) }
}
