import { bytesToDigits, digitsToBytes } from './bytes.ts'

/** Text of the form 0x followed by hex digits. Our own values are lower case with an even digit count. */
export type Hex = `0x${string}`

/** True for 0x followed by an even number (zero included) of hex digits, either case. */
export function isHex(text: unknown): text is Hex {
  return typeof text === 'string' && text.length % 2 === 0 && /^0x[0-9a-fA-F]*$/.test(text)
}

/** Encodes bytes as lower-case 0x text; the empty array is `0x`. */
export function bytesToHex(bytes: Uint8Array): Hex {
  return `0x${bytesToDigits(bytes)}`
}

/** @throws TypeError when the text is not 0x-prefixed, even-length hex. */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = hex.startsWith('0x') ? digitsToBytes(hex, 2) : undefined
  if (bytes === undefined) {
    throw new TypeError(`not 0x-prefixed, even-length hex: ${hex.slice(0, 80)}`)
  }
  return bytes
}

/** JSON-RPC QUANTITY: no leading zeros, zero is `0x0`. */
export function toQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}
