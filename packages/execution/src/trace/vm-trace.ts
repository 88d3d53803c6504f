import { bytesToHex, type Hex, toQuantity } from '@busan/primitives'
import type { ExecutionListener, StepEnd, StepView } from '../interpreter/ports.ts'
import { OPCODE_NAMES } from './opcode-names.ts'
import { DEAF_LISTENER, type SizeBudget } from './tracer.ts'

/** The opcodes of one frame, as Parity writes them. */
export interface VmTrace {
  code: Hex
  readonly ops: VmOperation[]
}

interface VmOperation {
  readonly pc: number
  readonly cost: number
  readonly op: string
  /** null: the opcode failed. */
  ex: VmEffect | null
  /** What the message that it sent did. */
  sub: VmTrace | null
}

interface VmEffect {
  readonly used: number
  readonly push: readonly Hex[]
  readonly mem: { readonly off: number; readonly data: Hex } | null
  readonly store: { readonly key: Hex; readonly val: Hex } | null
}

/** An opcode that has run or runs, until what it leaves behind is seen. */
interface Open {
  readonly opcode: number
  readonly gas: number
  readonly writes: { readonly offset: number; readonly size: number } | undefined
  readonly store: VmEffect['store']
  operation: VmOperation
}

interface Level {
  readonly trace: VmTrace
  open: Open | undefined
}

const OPERATION_SIZE = 120
const OFFSET_MAX = 2n ** 32n

/** Gathers the opcodes of every frame, with what each of them changes. */
export class VmTraceCollector {
  readonly listener: ExecutionListener
  readonly #budget: SizeBudget
  readonly #levels: Level[] = []
  #root: VmTrace = { code: '0x', ops: [] }

  constructor(budget: SizeBudget) {
    this.#budget = budget
    this.listener = {
      ...DEAF_LISTENER,
      wantsSteps: true,
      messageStarts: () => this.#enter(),
      messageEnds: () => this.#leave(),
      stepStarts: (step) => this.#starts(step),
      stepEnds: (end) => this.#ends(end),
    }
  }

  root(): VmTrace {
    return this.#root
  }

  #enter(): void {
    const trace: VmTrace = { code: '0x', ops: [] }
    if (this.#levels.length === 0) this.#root = trace
    this.#levels.push({ trace, open: undefined })
  }

  /** The frame that ends tells the one above; a frame without code is no trace of its own. */
  #leave(): void {
    const left = this.#levels.pop()
    const parent = this.#levels.at(-1)?.trace.ops.at(-1)
    if (left === undefined || parent === undefined || left.trace.ops.length === 0) return
    parent.sub = left.trace
  }

  #starts(step: StepView): void {
    const level = this.#levels.at(-1)
    if (level === undefined) return
    if (level.open !== undefined) complete(level.open, step, this.#budget)
    if (level.trace.ops.length === 0) {
      level.trace.code = bytesToHex(step.code)
      this.#budget.spend(level.trace.code.length)
    }
    const { pc, opcode, gas } = step
    const operation = { pc, cost: 0, op: OPCODE_NAMES[opcode] as string, ex: null, sub: null }
    level.open = { opcode, gas, writes: writesOf(step), store: storeOf(step), operation }
  }

  #ends({ cost, error }: StepEnd): void {
    const level = this.#levels.at(-1)
    if (level?.open === undefined) return
    const { open, trace } = level
    this.#budget.spend(OPERATION_SIZE)
    const used = open.gas - cost
    // As if it were the frame's last; the next step tells what it has left behind.
    const ex = error === undefined ? { used, push: [], mem: null, store: open.store } : null
    open.operation = { ...open.operation, cost, ex }
    trace.ops.push(open.operation)
  }
}

/** The step after an opcode shows what it has pushed and written. */
function complete(
  { opcode, writes, store, operation }: Open,
  next: StepView,
  budget: SizeBudget,
): void {
  const pushed = next.stack.slice(next.stackSize - pushCount(opcode), next.stackSize)
  const size = writes === undefined ? 0 : Math.min(writes.size, next.memorySizeBytes)
  budget.spend(2 * size + 70 * pushed.length)
  operation.ex = {
    used: next.gas,
    push: pushed.map(toQuantity),
    mem:
      writes === undefined
        ? null
        : {
            off: writes.offset,
            data: bytesToHex(next.memory.subarray(writes.offset, writes.offset + size)),
          },
    store,
  }
}

/** Items that an opcode leaves on top; a DUP or SWAP counts all that it reaches over. */
function pushCount(opcode: number): number {
  if (opcode >= 0x80 && opcode <= 0x8f) return opcode - 0x80 + 2
  if (opcode >= 0x90 && opcode <= 0x9f) return opcode - 0x90 + 2
  return PUSHLESS.has(opcode) ? 0 : 1
}

/** STOP, copies, POP, stores, jumps, JUMPDEST, MCOPY, logs, and what ends a frame. */
const PUSHLESS = new Set([
  0x00, 0x37, 0x39, 0x3c, 0x3e, 0x50, 0x52, 0x53, 0x55, 0x56, 0x57, 0x5b, 0x5d, 0x5e, 0xa0, 0xa1,
  0xa2, 0xa3, 0xa4, 0xf3, 0xfd, 0xfe, 0xff,
])

/** Stack positions of offset and size of what an opcode writes to memory; a number is the size itself. */
const WRITES: Readonly<Record<number, readonly [offset: number, size: number | 'byte' | 'word']>> =
  {
    55: [0, 2],
    57: [0, 2],
    60: [1, 3],
    62: [0, 2],
    81: [0, 'word'],
    82: [0, 'word'],
    83: [0, 'byte'],
    94: [0, 2],
    241: [5, 6],
    242: [5, 6],
    244: [4, 5],
    250: [4, 5],
  }

function writesOf({ opcode, stack, stackSize }: StepView): Open['writes'] {
  const places = WRITES[opcode]
  if (places === undefined) return undefined
  const [offsetAt, sizeAt] = places
  const item = (depth: number) => stack[stackSize - 1 - depth] ?? OFFSET_MAX
  const offset = item(offsetAt)
  const size = typeof sizeAt === 'number' ? item(sizeAt) : sizeAt === 'word' ? 32n : 1n
  // What lies beyond is never paid for: the opcode fails.
  if (size === 0n || offset >= OFFSET_MAX || size >= OFFSET_MAX) return undefined
  return { offset: Number(offset), size: Number(size) }
}

function storeOf({ opcode, stack, stackSize }: StepView): VmEffect['store'] {
  if (opcode !== 0x55 || stackSize < 2) return null
  const [val, key] = stack.slice(stackSize - 2, stackSize) as [bigint, bigint]
  return { key: toQuantity(key), val: toQuantity(val) }
}
