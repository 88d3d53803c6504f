import { bytesToWord } from './words.ts'

/** What the interpreter knows of a code before it runs. */
export interface CodeAnalysis {
  /** A bit for each byte of the code, the lowest first: 1 at each JUMPDEST that is not data of a PUSH. */
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
  const analysis = {
    jumpDestinations: findJumpDestinations(code),
    pushed: new Array<bigint | undefined>(code.length),
  }
  known.set(code, analysis)
  return analysis
}

/** Init code runs once: what would be remembered of it is garbage, eight bytes for each of its own. */
export function analyseInitCode(code: Uint8Array): CodeAnalysis {
  return { jumpDestinations: findJumpDestinations(code), pushed: undefined }
}

/** True where a jump may go. @param pc may be beyond the code, and Infinity */
export function isJumpDestination({ jumpDestinations }: CodeAnalysis, pc: number): boolean {
  if (pc >= jumpDestinations.length * 8) return false
  return ((jumpDestinations[pc >>> 3] as number) & (1 << (pc & 7))) !== 0
}

/** The value that the PUSH at `pc` pushes; data beyond the end of the code is zero. */
export function pushValue(code: Uint8Array, pc: number, { pushed }: CodeAnalysis): bigint {
  const size = (code[pc] as number) - PUSH1 + 1
  const data = code.subarray(pc + 1, pc + 1 + size)
  const value = bytesToWord(data) << BigInt(8 * (size - data.length))
  if (pushed !== undefined) pushed[pc] = value
  return value
}

function findJumpDestinations(code: Uint8Array): Uint8Array {
  const { length } = code
  const bits = new Uint8Array(Math.ceil(length / 8))
  for (let pc = 0; pc < length; pc++) {
    const opcode = code[pc] as number
    if (opcode < JUMPDEST) continue
    if (opcode >= PUSH1 && opcode <= PUSH32) pc += opcode - PUSH1 + 1
    else if (opcode === JUMPDEST) bits[pc >>> 3] = (bits[pc >>> 3] as number) | (1 << (pc & 7))
  }
  return bits
}
