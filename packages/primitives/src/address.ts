import { keccak256 } from './hash.ts'
import { bytesToHex, type Hex, isHex } from './hex.ts'

/** 20 bytes as lower-case 0x text. Text order equals byte order, so addresses sort as strings. */
export type Address = Hex & { readonly addressBrand: never }

/** Lower-cases 20 bytes of hex. @throws TypeError for any other text. */
export function toAddress(hex: string): Address {
  if (!isAddress(hex)) throw new TypeError(`not a 20-byte address: ${hex.slice(0, 80)}`)
  return hex.toLowerCase() as Address
}

/** True for 20 bytes of 0x hex in either case; the EIP-55 checksum is not judged. */
export function isAddress(text: unknown): text is Hex {
  return isHex(text) && text.length === 42
}

/** @throws TypeError unless the bytes are exactly 20. */
export function bytesToAddress(bytes: Uint8Array): Address {
  if (bytes.length !== 20) throw new TypeError(`an address has 20 bytes, got ${bytes.length}`)
  return bytesToHex(bytes) as Address
}

/** Mixed-case form for people (EIP-55). */
export function toChecksumAddress(address: Address): Hex {
  const digits = address.slice(2)
  const digest = bytesToHex(keccak256(new TextEncoder().encode(digits))).slice(2)
  let checksummed = ''
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[i] as string
    checksummed += Number.parseInt(digest[i] as string, 16) >= 8 ? digit.toUpperCase() : digit
  }
  return `0x${checksummed}`
}

/** 20 zero bytes. */
export const ZERO_ADDRESS = toAddress(`0x${'00'.repeat(20)}`)
