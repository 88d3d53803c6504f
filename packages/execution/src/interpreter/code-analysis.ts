import type { Memory } from './memory.ts'
import { bytesToWord } from './words.ts'

/** What the interpreter knows of a code before it runs. */
export interface CodeAnalysis {
  /** 1 at each JUMPDEST that is not data of a PUSH; it may be longer than the code. */
  readonly jumpDestinations: Uint8Array
  /** The value that the PUSH at an offset pushes, once it has run; undefined: not kept. */
  readonly pushed: (bigint | undefined)[] | undefined
}

const PUSH1 = 0x60
const PUSH32 = 0x7f
const JUMPDEST = 0x5b

/** By the code's object: caches of code hand out the same one, and what they drop is forgotten here too. */
const known = new WeakMap<Uint8Array, CodeAnalysis>()

/** Analyses the code of an account, or remembers having done so. */
export function analyseCode(code: Uint8Array): CodeAnalysis {
  const before = known.get(code)
  if (before !== undefined) return before
  const jumpDestinations = new Uint8Array(code.length)
  markJumpDestinations(code, jumpDestinations)
  const analysis = { jumpDestinations, pushed: new Array<bigint | undefined>(code.length) }
  known.set(code, analysis)
  return analysis
}

/**
 * Init code runs once: what would be remembered of it is garbage, eight bytes for each of its own.
 * @param marks an empty memory to write jump destinations to, which can be released when the code has ended
 */
export function analyseInitCode(code: Uint8Array, marks: Memory): CodeAnalysis {
  marks.expand(0, code.length)
  markJumpDestinations(code, marks.bytes)
  return { jumpDestinations: marks.bytes, pushed: undefined }
}

/** The value that the PUSH at `pc` pushes; data beyond the end of the code is zero. */
export function pushValue(code: Uint8Array, pc: number, { pushed }: CodeAnalysis): bigint {
  const size = (code[pc] as number) - PUSH1 + 1
  const data = code.subarray(pc + 1, pc + 1 + size)
  const value = bytesToWord(data) << BigInt(8 * (size - data.length))
  if (pushed !== undefined) pushed[pc] = value
  return value
}

/** @param marks zeros, at least as many as the code has bytes */
function markJumpDestinations(code: Uint8Array, marks: Uint8Array): void {
  const { length } = code
  for (let pc = 0; pc < length; pc++) {
    const opcode = code[pc] as number
    if (opcode < JUMPDEST) continue
    if (opcode >= PUSH1 && opcode <= PUSH32) pc += opcode - PUSH1 + 1
    else if (opcode === JUMPDEST) marks[pc] = 1
  }
}
