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
  return digitsToBytes(digits.length % 2 === 0 ? digits : `0${digits}`)
}

/** Reads big-endian bytes; the empty array is zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToDigits(bytes)}`)
}

/** Eight big-endian bytes, so that database keys sort by number. Range 0 to 2^64-1. */
export function bigintToBytes8(value: bigint): Uint8Array {
  return padLeft(bigintToBytes(value), 8)
}

const digitPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hex digits without the 0x prefix. */
export function bytesToDigits(bytes: Uint8Array): string {
  let digits = ''
  for (const byte of bytes) digits += digitPairs[byte] as string
  return digits
}

/** Decodes an even number of hex digits; the caller has checked the alphabet. */
export function digitsToBytes(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const high = digitValue(digits.charCodeAt(2 * i))
    bytes[i] = (high << 4) | digitValue(digits.charCodeAt(2 * i + 1))
  }
  return bytes
}

/** 0-9, then A-F and a-f, whose codes differ in one bit only. */
function digitValue(charCode: number): number {
  return charCode < 58 ? charCode - 48 : (charCode | 32) - 87
}
