/** Joins byte arrays into one new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = 0
  for (const part of parts) sizeBytes += part.length
  const joined = new Uint8Array(sizeBytes)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** True when both arrays hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

/** Lexicographic order: negative when `a` sorts first, positive when `b` does, 0 when equal. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Left-pads with zeros to `sizeBytes`; longer input is a bug and throws. */
export function padLeft(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  if (bytes.length > sizeBytes)
    throw new RangeError(`${bytes.length} bytes do not fit ${sizeBytes}`)
  const padded = new Uint8Array(sizeBytes)
  padded.set(bytes, sizeBytes - bytes.length)
  return padded
}

/** Big-endian bytes without leading zeros; zero is the empty array (the RLP scalar form). */
export function bigintToBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new RangeError(`negative scalar ${value}`)
  if (value === 0n) return new Uint8Array(0)
  const digits = value.toString(16)
  return digitsToBytes(digits.length % 2 === 0 ? digits : `0${digits}`) as Uint8Array
}

/** Reads big-endian bytes; the empty array is zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  if (bytes.length > 6) return BigInt(`0x${bytesToDigits(bytes)}`)
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  return BigInt(value)
}

/** Eight big-endian bytes, so that database keys sort by number. Range 0 to 2^64-1. */
export function bigintToBytes8(value: bigint): Uint8Array {
  return padLeft(bigintToBytes(value), 8)
}

/** Lower-case hex digits without the 0x prefix. */
export function bytesToDigits(bytes: Uint8Array): string {
  if (bytes.length <= scratch.length) {
    scratch.set(bytes)
    return scratch.toString('hex', 0, bytes.length)
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** Who asks for the buffer of an array as small as this moves it out of the heap, which costs more than copying it. */
const scratch = Buffer.alloc(64)

/** Decodes an even number of hex digits, either case, from `start` on; undefined when they are not. */
export function digitsToBytes(digits: string, start = 0): Uint8Array | undefined {
  const size = (digits.length - start) / 2
  if (!Number.isInteger(size)) return undefined
  const bytes = new Uint8Array(size)
  if (size > NATIVE_FROM_BYTES) {
    const text = start === 0 ? digits : digits.slice(start)
    // It stops at the first character that is no digit.
    return Buffer.from(bytes.buffer).write(text, 'hex') === size ? bytes : undefined
  }
  for (let i = 0, at = start; i < size; i++, at += 2) {
    const high = digitValues[digits.charCodeAt(at)] ?? NOT_A_DIGIT
    const low = digitValues[digits.charCodeAt(at + 1)] ?? NOT_A_DIGIT
    if (high + low >= NOT_A_DIGIT) return undefined
    bytes[i] = (high << 4) | low
  }
  return bytes
}

/** From here on crossing to native code is quicker. */
const NATIVE_FROM_BYTES = 64

const NOT_A_DIGIT = 64

/** By character code: 0-9, A-F and a-f. */
const digitValues = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? NOT_A_DIGIT : value
})
