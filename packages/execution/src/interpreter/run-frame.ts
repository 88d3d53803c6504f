import { stackInputs } from '../vm/stack-inputs.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { pushValue } from './code-analysis.ts'
import { ENVIRONMENT } from './environment.ts'
import { type Frame, GO_ON, type Handler, halt, PAUSE, type Signal, STEP } from './frame.ts'
import { MESSAGES } from './messages.ts'
import { STORAGE } from './storage.ts'
import { SYSTEM } from './system.ts'
import { MAX_WORD, readWord, toIndex, writeWord } from './words.ts'

const STACK_MAX = 1024

/** Handlers of the opcodes that the loop does not run itself. */
const HANDLERS: readonly (Handler | undefined)[] = Array.from(
  { length: 256 },
  (_, opcode) =>
    ARITHMETIC[opcode] ??
    ENVIRONMENT[opcode] ??
    STORAGE[opcode] ??
    SYSTEM[opcode] ??
    MESSAGES[opcode],
)

/** Items that an opcode needs on the stack. */
const INPUTS = Uint8Array.from({ length: 256 }, (_, opcode) => stackInputs(opcode))

/** 1 for opcodes that leave one item more than they take. */
const GROWS = Uint8Array.from({ length: 256 }, (_, opcode) => {
  const reads = [0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x58, 0x59, 0x5a]
  const isRead = reads.includes(opcode) || (opcode >= 0x41 && opcode <= 0x48) || opcode === 0x4a
  const isPushOrDup = opcode >= 0x5f && opcode <= 0x8f
  return isRead || isPushOrDup ? 1 : 0
})

/**
 * Runs a frame until it ends, sends a message or has to pause: the yellow paper's iterator (9.4). Nothing in it
 * waits. Common opcodes stand in the loop, which keeps gas, program counter and stack size in local variables;
 * the others are handlers on the frame.
 * @throws EVMError for an exceptional halt and for REVERT
 */
export function runFrame(frame: Frame): Signal {
  const { code, analysis, stack, memory } = frame
  const { base } = frame.host.schedule
  const { pacer } = frame.host
  const length = code.length
  const isStepped = frame.host.listener?.wantsSteps === true
  let steps = 0
  let { pc, gas, size } = frame
  for (;;) {
    if (isStepped && steps++ > 0) return stepped(frame, pc, gas, size)
    const opcode = pc < length ? (code[pc] as number) : 0
    if (size < (INPUTS[opcode] as number) || size + (GROWS[opcode] as number) > STACK_MAX) {
      stop(frame, opcode, size)
    }
    gas -= base[opcode] as number
    if (gas < 0) throw outOfGas(frame, opcode, size, gas)
    switch (opcode) {
      case 0x01: {
        const a = stack[--size] as bigint
        stack[size - 1] = BigInt.asUintN(256, a + (stack[size - 1] as bigint))
        break
      }
      case 0x02: {
        const a = stack[--size] as bigint
        stack[size - 1] = BigInt.asUintN(256, a * (stack[size - 1] as bigint))
        break
      }
      case 0x03: {
        const a = stack[--size] as bigint
        stack[size - 1] = BigInt.asUintN(256, a - (stack[size - 1] as bigint))
        break
      }
      case 0x04: {
        const a = stack[--size] as bigint
        const b = stack[size - 1] as bigint
        stack[size - 1] = b === 0n ? 0n : a / b
        break
      }
      case 0x06: {
        const a = stack[--size] as bigint
        const b = stack[size - 1] as bigint
        stack[size - 1] = b === 0n ? 0n : a % b
        break
      }
      case 0x10: {
        const a = stack[--size] as bigint
        stack[size - 1] = a < (stack[size - 1] as bigint) ? 1n : 0n
        break
      }
      case 0x11: {
        const a = stack[--size] as bigint
        stack[size - 1] = a > (stack[size - 1] as bigint) ? 1n : 0n
        break
      }
      case 0x12: {
        const a = BigInt.asIntN(256, stack[--size] as bigint)
        stack[size - 1] = a < BigInt.asIntN(256, stack[size - 1] as bigint) ? 1n : 0n
        break
      }
      case 0x13: {
        const a = BigInt.asIntN(256, stack[--size] as bigint)
        stack[size - 1] = a > BigInt.asIntN(256, stack[size - 1] as bigint) ? 1n : 0n
        break
      }
      case 0x14: {
        const a = stack[--size] as bigint
        stack[size - 1] = a === stack[size - 1] ? 1n : 0n
        break
      }
      case 0x15:
        stack[size - 1] = stack[size - 1] === 0n ? 1n : 0n
        break
      case 0x16: {
        const a = stack[--size] as bigint
        stack[size - 1] = a & (stack[size - 1] as bigint)
        break
      }
      case 0x17: {
        const a = stack[--size] as bigint
        stack[size - 1] = a | (stack[size - 1] as bigint)
        break
      }
      case 0x18: {
        const a = stack[--size] as bigint
        stack[size - 1] = a ^ (stack[size - 1] as bigint)
        break
      }
      case 0x19:
        stack[size - 1] = MAX_WORD ^ (stack[size - 1] as bigint)
        break
      case 0x1b: {
        if ((base[opcode] as number) < 0) throw invalidOpcode(frame, opcode, size)
        const shift = stack[--size] as bigint
        const word = stack[size - 1] as bigint
        stack[size - 1] = shift < 256n ? BigInt.asUintN(256, word << shift) : 0n
        break
      }
      case 0x1c: {
        if ((base[opcode] as number) < 0) throw invalidOpcode(frame, opcode, size)
        const shift = stack[--size] as bigint
        const word = stack[size - 1] as bigint
        stack[size - 1] = shift < 256n ? word >> shift : 0n
        break
      }
      case 0x50:
        size--
        break
      case 0x51: {
        const offset = toIndex(stack[size - 1] as bigint)
        gas -= memory.expansionGas(offset, 32)
        if (gas < 0) throw outOfGas(frame, opcode, size, gas)
        memory.expand(offset, 32)
        stack[size - 1] = readWord(memory.view, offset)
        break
      }
      case 0x52: {
        const offset = toIndex(stack[--size] as bigint)
        gas -= memory.expansionGas(offset, 32)
        if (gas < 0) throw outOfGas(frame, opcode, size, gas)
        memory.expand(offset, 32)
        writeWord(memory.view, offset, stack[--size] as bigint)
        break
      }
      case 0x53: {
        const offset = toIndex(stack[--size] as bigint)
        gas -= memory.expansionGas(offset, 1)
        if (gas < 0) throw outOfGas(frame, opcode, size, gas)
        memory.expand(offset, 1)
        memory.bytes[offset] = Number((stack[--size] as bigint) & 0xffn)
        break
      }
      case 0x56: {
        const destination = toIndex(stack[--size] as bigint)
        if (analysis.jumpDestinations[destination] !== 1) throw badJump(frame, opcode, size)
        pc = destination
        continue
      }
      case 0x57: {
        const destination = toIndex(stack[--size] as bigint)
        if (stack[--size] === 0n) break
        if (analysis.jumpDestinations[destination] !== 1) throw badJump(frame, opcode, size)
        pc = destination
        continue
      }
      case 0x58:
        stack[size++] = BigInt(pc)
        break
      case 0x59:
        stack[size++] = BigInt(memory.words * 32)
        break
      case 0x5a:
        stack[size++] = BigInt(gas)
        break
      case 0x5b: {
        const pause = pacer.tick()
        if (pause === undefined) break
        frame.pause = pause
        Object.assign(frame, { pc: pc + 1, gas, size, opcode })
        return PAUSE
      }
      case 0x5f:
        if ((base[opcode] as number) < 0) throw invalidOpcode(frame, opcode, size)
        stack[size++] = 0n
        break
      default: {
        if (opcode >= 0x60 && opcode <= 0x7f) {
          stack[size++] = analysis.pushed?.[pc] ?? pushValue(code, pc, analysis)
          pc += opcode - 0x5f
          break
        }
        if (opcode >= 0x80 && opcode <= 0x8f) {
          stack[size] = stack[size - (opcode - 0x7f)] as bigint
          size++
          break
        }
        if (opcode >= 0x90 && opcode <= 0x9f) {
          const other = size - 1 - (opcode - 0x8f)
          const top = stack[size - 1] as bigint
          stack[size - 1] = stack[other] as bigint
          stack[other] = top
          break
        }
        frame.pc = pc + 1
        frame.gas = gas
        frame.size = size
        frame.opcode = opcode
        const handler = HANDLERS[opcode]
        if (handler === undefined || (base[opcode] as number) < 0) throw halt('INVALID_OPCODE')
        const signal = handler(frame)
        if (signal !== GO_ON) return signal
        gas = frame.gas
        size = frame.size
      }
    }
    pc++
  }
}

function stepped(frame: Frame, pc: number, gas: number, size: number): Signal {
  Object.assign(frame, { pc, gas, size })
  return STEP
}

/** Too few items, or too many; an opcode that does not exist is that before all else. */
function stop(frame: Frame, opcode: number, size: number): never {
  Object.assign(frame, { opcode, size })
  if ((frame.host.schedule.base[opcode] as number) < 0) throw halt('INVALID_OPCODE')
  throw halt(size < (INPUTS[opcode] as number) ? 'STACK_UNDERFLOW' : 'STACK_OVERFLOW')
}

function outOfGas(frame: Frame, opcode: number, size: number, gas: number) {
  Object.assign(frame, { opcode, size, gas })
  return halt('OUT_OF_GAS')
}

function invalidOpcode(frame: Frame, opcode: number, size: number) {
  Object.assign(frame, { opcode, size })
  return halt('INVALID_OPCODE')
}

function badJump(frame: Frame, opcode: number, size: number) {
  Object.assign(frame, { opcode, size })
  return halt('INVALID_JUMP')
}
