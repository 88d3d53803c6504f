// Programs for the interpreters to agree on: what compilers write, what attackers write, and garbage.
import fc from 'fast-check'
import { address } from './world.ts'

/** Contracts that random code calls, beside precompiles and accounts that do not exist. */
export const CONTRACT_COUNT = 3

/** Where the contract of this index is. */
export const contractAt = (index: number) => address(0xc0 + index)

/** An account that delegates to the first contract (EIP-7702). */
export const DELEGATING = address(0xdd)

const hex = (value: number | bigint, bytes: number) => value.toString(16).padStart(2 * bytes, '0')
const push = (value: bigint): string => {
  const bytes = Math.max(1, Math.ceil(value.toString(16).length / 2))
  return hex(0x5f + bytes, 1) + hex(value, bytes)
}
const pushAddress = (target: string) => `73${target.slice(2)}`

const EDGES = [0n, 1n, 2n, 31n, 32n, 33n, 255n, 256n, 2n ** 64n, 2n ** 255n, 2n ** 256n - 1n]
const word = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }))
const small = fc.nat(70).map(BigInt)
/** Mostly within what the gas pays for. */
const place = fc.oneof({ weight: 20, arbitrary: small }, { weight: 1, arbitrary: word })
const target = fc.oneof(
  fc.nat(CONTRACT_COUNT - 1).map(contractAt),
  fc.constantFrom(1, 2, 3, 4, 5, 6, 9).map((n) => `0x${hex(n, 20)}` as const),
  fc.constantFrom(address(0xee), DELEGATING),
)

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)
/** Opcodes that read the words under them and nothing else: arithmetic, comparisons, shifts. */
const wordCode = fc
  .tuple(fc.constantFrom(...range(0x01, 0x0b), ...range(0x10, 0x1e)), word, word, word)
  .map(([opcode, a, b, c]) => push(a) + push(b) + push(c) + hex(opcode, 1))
const readCode = fc
  .constantFrom(0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x58, 0x59, 0x5a)
  .map((opcode) => hex(opcode, 1))
const blockCode = fc.constantFrom(...range(0x41, 0x48), 0x4a).map((opcode) => hex(opcode, 1))
const lookCode = fc.oneof(
  fc
    .tuple(fc.constantFrom('31', '3b', '3f'), target)
    .map(([opcode, who]) => pushAddress(who) + opcode),
  fc
    .tuple(fc.constantFrom('35', '40', '49', '51', '54', '5c'), place)
    .map(([opcode, where]) => push(where) + opcode),
)
const memoryCode = fc
  .tuple(fc.constantFrom('52', '53', '20'), place, place)
  .map(([opcode, a, b]) => push(a) + push(b) + opcode)
const copyCode = fc.oneof(
  fc
    .tuple(fc.constantFrom('37', '39', '3e', '5e'), place, place, place)
    .map(([opcode, a, b, c]) => push(a) + push(b) + push(c) + opcode),
  fc
    .tuple(target, place, place, place)
    .map(([who, a, b, c]) => `${push(a) + push(b) + push(c) + pushAddress(who)}3c`),
)
const storeCode = fc
  .tuple(fc.constantFrom('55', '5d'), fc.nat(3).map(BigInt), fc.nat(2).map(BigInt))
  .map(([opcode, slot, value]) => push(value) + push(slot) + opcode)
const logCode = fc
  .tuple(fc.nat(4), place, place)
  .map(
    ([topics, offset, size]) => `${push(7n).repeat(topics) + push(size) + push(offset)}a${topics}`,
  )
const callCode = fc
  .record({
    opcode: fc.constantFrom('f1', 'f2', 'f4', 'fa'),
    gas: fc.oneof(fc.constant(2n ** 64n), fc.nat(60_000).map(BigInt)),
    who: target,
    value: fc.nat(2).map(BigInt),
    ranges: fc.tuple(small, small, small, small),
  })
  .map(({ opcode, gas, who, value, ranges: [a, b, c, d] }) => {
    const hasValue = opcode === 'f1' || opcode === 'f2'
    const items = push(a) + push(b) + push(c) + push(d) + (hasValue ? push(value) : '')
    return items + pushAddress(who) + push(gas) + opcode
  })
const INIT_CODES = [
  // Deploys its own first 20 bytes; nothing; reverts with data; destroys itself; stores; deploys 0xef; runs out.
  '60146000600039601460 00f3',
  '00',
  '60206000fd',
  '33ff',
  '600160005500',
  '60ef60005360016000f3',
  '5b600056',
  '620100006000f3',
].map((code) => code.replaceAll(' ', ''))
const createCode = fc
  .tuple(fc.constantFrom(...INIT_CODES), fc.boolean(), fc.nat(1).map(BigInt), fc.nat(1).map(BigInt))
  .map(([init, hasSalt, value, salt]) => {
    const stored = `7f${init.padEnd(64, '0')}600052`
    const items =
      (hasSalt ? push(salt) : '') + push(BigInt(init.length / 2)) + push(0n) + push(value)
    return stored + items + (hasSalt ? 'f5' : 'f0')
  })
/** Counts a word down to zero. */
const loopCode = fc.nat(40).map((count) => `${push(BigInt(count))}5b6001900380586004900357`)
const stackCode = fc
  .oneof(fc.integer({ min: 0x50, max: 0x50 }), fc.integer({ min: 0x80, max: 0x9f }))
  .map((opcode) => hex(opcode, 1))
const endCode = fc.oneof(
  fc.tuple(fc.constantFrom('f3', 'fd'), place, place).map(([op, a, b]) => push(a) + push(b) + op),
  target.map((who) => `${pushAddress(who)}ff`),
  fc.constantFrom('00', 'fe', '56', '5b', '57'),
)
const garbage = fc
  .uint8Array({ minLength: 1, maxLength: 6 })
  .map((bytes) => [...bytes].map((byte) => hex(byte, 1)).join(''))

/** The code of one contract, in hex without prefix. */
export const randomCode: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: wordCode },
      { weight: 2, arbitrary: readCode },
      { weight: 1, arbitrary: blockCode },
      { weight: 3, arbitrary: lookCode },
      { weight: 3, arbitrary: memoryCode },
      { weight: 3, arbitrary: copyCode },
      { weight: 4, arbitrary: storeCode },
      { weight: 1, arbitrary: logCode },
      { weight: 4, arbitrary: callCode },
      { weight: 2, arbitrary: createCode },
      { weight: 1, arbitrary: loopCode },
      { weight: 2, arbitrary: stackCode },
      { weight: 1, arbitrary: endCode },
      { weight: 1, arbitrary: garbage },
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))
