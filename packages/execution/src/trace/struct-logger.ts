import { bytesToHex, type Hex } from '@busan/primitives'
import type { StepEnd, StepView } from '../interpreter/ports.ts'
import { wordToHex } from '../interpreter/words.ts'
import { REVERTED } from './call-frames.ts'
import { OPCODE_NAMES } from './opcode-names.ts'
import { DEAF_LISTENER, type SizeBudget, type Tracer } from './tracer.ts'

/** geth's options of the opcode logger, with geth's defaults. */
export interface StructLoggerOptions {
  readonly enableMemory?: boolean
  readonly disableStack?: boolean
  readonly disableStorage?: boolean
  readonly enableReturnData?: boolean
  /** Steps that are written; 0: all. */
  readonly limit?: number
}

const SLOAD = 0x54
const SSTORE = 0x55
const WORD_BYTES = 32

/** Writes every step of every frame: the default tracer. */
export function createStructLogger(options: StructLoggerOptions, budget: SizeBudget): Tracer {
  const steps = createStepWriter(options, budget)
  let depth = -1
  let result = { failed: false, returnValue: '0x' as Hex, gas: 0n }
  return {
    listener: {
      ...DEAF_LISTENER,
      wantsSteps: true,
      stepStarts: steps.starts,
      stepEnds: steps.ends,
      messageStarts: () => {
        depth++
      },
      messageEnds: ({ output, error }) => {
        if (depth-- > 0) return
        const returns = error === undefined || error === REVERTED
        const returnValue = returns ? bytesToHex(output) : '0x'
        result = { ...result, failed: error !== undefined, returnValue }
      },
    },
    start: ({ authorizationRefund }) => steps.startAt(Number(authorizationRefund)),
    end: (gas) => {
      result = { ...result, gas }
    },
    json: () => {
      const { gas, failed, returnValue } = result
      budget.spend(returnValue.length)
      const logs = steps.text()
      return `{"gas":${gas},"failed":${failed},"returnValue":"${returnValue}","structLogs":[${logs}]}`
    },
  }
}

/** Characters after which what was put together of many strings becomes one. */
const CHUNK_SIZE = 65_536

/** A string that holds no others: millions of small ones would be moved again and again by the garbage collector. */
function flatten(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

function createStepWriter(options: StructLoggerOptions, budget: SizeBudget) {
  const chunks: string[] = []
  let chunk = ''
  let count = 0
  const storages = new Map<Hex, Map<string, string>>()
  let firstRefund = 0
  /** The step that runs, as far as it can be told before. */
  let open: { readonly head: string; readonly depth: number; readonly rest: string } | undefined
  return {
    text: () => [...chunks, chunk].filter((part) => part !== '').join(','),
    startAt: (refund: number) => {
      firstRefund = refund
    },
    starts: (step: StepView): void => {
      open = undefined
      if (options.limit && count >= options.limit) return
      const storage = options.disableStorage === true ? '' : storageOf(step, storages)
      open = {
        head: `{"pc":${step.pc},"op":"${OPCODE_NAMES[step.opcode]}","gas":${step.gas}`,
        depth: step.depth + 1,
        rest:
          stackOf(step, options) + returnDataOf(step, options) + memoryOf(step, options) + storage,
      }
    },
    ends: ({ cost, refund, error }: StepEnd): void => {
      if (open === undefined) return
      const { head, depth, rest } = open
      const errorText = error === undefined ? '' : `,"error":${JSON.stringify(error)}`
      const refunded = firstRefund + refund
      const refundText = refunded === 0 ? '' : `,"refund":${refunded}`
      const log = `${head},"gasCost":${cost},"depth":${depth}${errorText}${rest}${refundText}}`
      budget.spend(log.length)
      count++
      chunk = chunk === '' ? log : `${chunk},${log}`
      if (chunk.length < CHUNK_SIZE) return
      chunks.push(flatten(chunk))
      chunk = ''
    },
  }
}

function stackOf({ stack, stackSize }: StepView, { disableStack }: StructLoggerOptions): string {
  if (disableStack === true) return ''
  let items = ''
  for (let i = 0; i < stackSize; i++) {
    items += `${i === 0 ? '' : ','}"0x${(stack[i] as bigint).toString(16)}"`
  }
  return `,"stack":[${items}]`
}

function returnDataOf({ returnData }: StepView, options: StructLoggerOptions): string {
  if (options.enableReturnData !== true || returnData.length === 0) return ''
  return `,"returnData":"${bytesToHex(returnData)}"`
}

function memoryOf(step: StepView, { enableMemory }: StructLoggerOptions): string {
  if (enableMemory !== true || step.memorySizeBytes === 0) return ''
  const words: string[] = []
  for (let at = 0; at < step.memorySizeBytes; at += WORD_BYTES) {
    words.push(`"${bytesToHex(step.memory.subarray(at, at + WORD_BYTES))}"`)
  }
  return `,"memory":[${words.join(',')}]`
}

/** What the account's slots that were read or written so far hold, this step's write included. */
function storageOf(step: StepView, storages: Map<Hex, Map<string, string>>): string {
  const { opcode, stack, stackSize, address, state } = step
  const isWrite = opcode === SSTORE && stackSize >= 2
  if (!isWrite && !(opcode === SLOAD && stackSize >= 1)) return ''
  const slot = stack[stackSize - 1] as bigint
  const value = isWrite ? (stack[stackSize - 2] as bigint) : state.slotAt(address, slot)
  const storage = storages.get(address) ?? new Map<string, string>()
  storages.set(address, storage)
  storage.set(wordToHex(slot), wordToHex(value))
  const entries = Array.from(storage, ([key, held]) => `"${key}":"${held}"`)
  return `,"storage":{${entries.join(',')}}`
}
