import {
  type Address,
  bigintToBytes,
  bytesToHash,
  type Hash,
  type Hex,
  hexToBytes,
  isHex,
  padLeft,
  toAddress,
  toHash,
} from '@busan/primitives'
import { z } from 'zod'

const hexText = z.string({ error: 'expected a 0x-prefixed hex string' })

/**
 * A text codec: `parse` returns the value, or throws an Error whose message tells the client why.
 * @param pattern what `parse` takes, for the description of the methods
 */
function fromText<Value>(title: string, pattern: RegExp, parse: (text: string) => Value) {
  return hexText
    .transform((text, context) => {
      try {
        return parse(text)
      } catch (error) {
        context.addIssue(error instanceof Error ? error.message : String(error))
        return z.NEVER
      }
    })
    .meta({ title, pattern: pattern.source })
}

/** Reads a QUANTITY of at most `bits`. @throws Error with geth's words */
export function parseQuantity(text: string, bits: number): bigint {
  if (!/^0x/i.test(text)) {
    const hint = /^\d{1,78}$/.test(text) ? `, write ${text} as 0x${BigInt(text).toString(16)}` : ''
    throw new Error(`hex string without 0x prefix${hint}`)
  }
  const digits = text.slice(2)
  if (digits === '') throw new Error('hex string "0x"')
  if (digits.length > 1 && digits.startsWith('0')) {
    throw new Error('hex number with leading zero digits')
  }
  if (digits.length > bits / 4) throw new Error(`hex number > ${bits} bits`)
  if (!/^[0-9a-fA-F]+$/.test(digits)) throw new Error('invalid hex string')
  return BigInt(text)
}

/** DATA: 0x and an even number of digits, as bytes. */
export const bytes = fromText('Data', /^0[xX]([0-9a-fA-F]{2})*$/, parseBytes)

/** QUANTITY of at most 256 bits. */
export const quantity = fromText('Quantity', /^0[xX](0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/, (text) =>
  parseQuantity(text, 256),
)

/** QUANTITY of at most 64 bits. */
export const quantity64 = fromText('Quantity', /^0[xX](0|[1-9a-fA-F][0-9a-fA-F]{0,15})$/, (text) =>
  parseQuantity(text, 64),
)

/** 20 bytes, either case. */
export const address = fromText(
  'Address',
  /^0[xX][0-9a-fA-F]{40}$/,
  (text): Address => toAddress(parseFixed(text, 20, 'address')),
)

/** 32 bytes. */
export const hash = fromText(
  'Hash',
  /^0[xX][0-9a-fA-F]{64}$/,
  (text): Hash => toHash(parseFixed(text, 32, 'hash')),
)

/** A storage slot as 32-byte DATA or a shorter hex number; `shown` is how answers name it (geth's rule). */
export const storageSlot = fromText(
  'Slot',
  /^(0[xX])?[0-9a-fA-F]{0,64}$/,
  (text): { slot: Hash; shown: Hex } => {
    const digits = text.replace(/^0x/i, '')
    if (!/^[0-9a-fA-F]*$/.test(digits))
      throw new Error('unable to decode storage key: hex string invalid')
    if (digits.length > 64) {
      throw new Error('unable to decode storage key: hex string too long, want at most 32 bytes')
    }
    const value = BigInt(`0x${digits === '' ? '0' : digits}`)
    const slot = bytesToHash(padLeft(bigintToBytes(value), 32))
    return { slot, shown: digits.length >= 63 ? slot : `0x${value.toString(16)}` }
  },
)

/** An argument that may be left out or null. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined)
}

function parseBytes(text: string): Uint8Array {
  if (!/^0x/i.test(text))
    throw new Error(text === '' ? 'empty hex string' : 'hex string without 0x prefix')
  const lower = `0x${text.slice(2)}`
  if (lower.length % 2 !== 0) throw new Error('hex string of odd length')
  if (!isHex(lower)) throw new Error('invalid hex string')
  return hexToBytes(lower)
}

function parseFixed(text: string, sizeBytes: number, name: string): Hex {
  const decoded = parseBytes(text)
  if (decoded.length !== sizeBytes) {
    throw new Error(
      `hex string has length ${decoded.length * 2}, want ${sizeBytes * 2} for ${name}`,
    )
  }
  return `0x${text.slice(2)}`
}
