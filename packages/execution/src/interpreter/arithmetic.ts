import { type Frame, GO_ON, type Handler } from './frame.ts'
import { MAX_WORD } from './words.ts'

/** Takes two items and leaves one. */
function binary(operate: (a: bigint, b: bigint, frame: Frame) => bigint): Handler {
  return (frame) => {
    const { stack } = frame
    const top = --frame.size
    stack[top - 1] = operate(stack[top] as bigint, stack[top - 1] as bigint, frame)
    return GO_ON
  }
}

/** Takes three items and leaves one. */
function ternary(operate: (a: bigint, b: bigint, c: bigint) => bigint): Handler {
  return (frame) => {
    const { stack } = frame
    frame.size -= 2
    const third = frame.size - 1
    stack[third] = operate(
      stack[third + 2] as bigint,
      stack[third + 1] as bigint,
      stack[third] as bigint,
    )
    return GO_ON
  }
}

const signed = (word: bigint): bigint => BigInt.asIntN(256, word)
const unsigned = (value: bigint): bigint => BigInt.asUintN(256, value)

function power(base: bigint, exponent: bigint): bigint {
  // 2^n, by which old compilers shift.
  if (base === 2n) return exponent < 256n ? 1n << exponent : 0n
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = unsigned(result * square)
    square = unsigned(square * square)
  }
  return result
}

function byteLength(word: bigint): number {
  return word === 0n ? 0 : Math.ceil(word.toString(16).length / 2)
}

function signExtend(position: bigint, word: bigint): bigint {
  return position < 31n ? unsigned(BigInt.asIntN(8 * (Number(position) + 1), word)) : word
}

function shiftRightSigned(shift: bigint, word: bigint): bigint {
  if (shift < 256n) return unsigned(signed(word) >> shift)
  return signed(word) < 0n ? MAX_WORD : 0n
}

/** Opcodes 0x05 to 0x0b and 0x1a to 0x1e whose handlers are not in the loop itself. */
export const ARITHMETIC: Readonly<Record<number, Handler>> = {
  // SDIV
  5: binary((a, b) => (b === 0n ? 0n : unsigned(signed(a) / signed(b)))),
  // SMOD
  7: binary((a, b) => (b === 0n ? 0n : unsigned(signed(a) % signed(b)))),
  // ADDMOD
  8: ternary((a, b, modulus) => (modulus === 0n ? 0n : (a + b) % modulus)),
  // MULMOD
  9: ternary((a, b, modulus) => (modulus === 0n ? 0n : (a * b) % modulus)),
  // EXP
  10: binary((base, exponent, frame) => {
    frame.charge(frame.host.schedule.expByteGas * byteLength(exponent))
    return power(base, exponent)
  }),
  // SIGNEXTEND
  11: binary(signExtend),
  // BYTE
  26: binary((position, word) => (position < 32n ? (word >> (8n * (31n - position))) & 0xffn : 0n)),
  // SAR
  29: binary(shiftRightSigned),
  // CLZ (EIP-7939)
  30: (frame) => {
    const word = frame.stack[frame.size - 1] as bigint
    const length = word === 0n ? 0 : word.toString(2).length
    frame.stack[frame.size - 1] = BigInt(256 - length)
    return GO_ON
  },
}
