import { bytesToBigint, bytesToHex } from '@busan/primitives'

const ERROR_SELECTOR = '0x08c379a0'
const PANIC_SELECTOR = '0x4e487b71'

/** geth's words for Solidity's panic codes. */
const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])

/** The text inside `Error(string)`, or the words for `Panic(uint256)`; undefined for anything else. */
export function revertReason(output: Uint8Array): string | undefined {
  const selector = bytesToHex(output.subarray(0, 4))
  const payload = output.subarray(4)
  if (selector === ERROR_SELECTOR) return abiString(payload)
  if (selector !== PANIC_SELECTOR || payload.length < 32) return undefined
  const code = bytesToBigint(payload.subarray(0, 32))
  return PANICS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
}

/** ABI-encoded (string): offset, length, bytes. */
function abiString(payload: Uint8Array): string | undefined {
  const offset = abiLength(payload, 0)
  if (offset === undefined) return undefined
  const sizeBytes = abiLength(payload, offset)
  if (sizeBytes === undefined || offset + 32 + sizeBytes > payload.length) return undefined
  return new TextDecoder().decode(payload.subarray(offset + 32, offset + 32 + sizeBytes))
}

/** A word that counts bytes of this payload; undefined when it points outside. */
function abiLength(payload: Uint8Array, offset: number): number | undefined {
  if (offset + 32 > payload.length) return undefined
  const value = bytesToBigint(payload.subarray(offset, offset + 32))
  return value <= BigInt(payload.length) ? Number(value) : undefined
}
