import { type Address, type Hash, type Hex, isHex, toAddress, toHash } from '@busan/primitives'
import { z } from 'zod'

/** Largest unsigned 64-bit number. */
export const UINT64_MAX = 2n ** 64n - 1n

/** Largest unsigned 256-bit number. */
export const UINT256_MAX = 2n ** 256n - 1n

const HEX_DIGITS_MAX = 64
const DECIMAL_DIGITS_MAX = 78
const SHOWN_CHARACTERS_MAX = 80

/** A decimal or 0x string, or a JSON integer, within `min` and `max`. */
export function quantity(min: bigint, max: bigint) {
  return z.unknown().transform((value, context): bigint => {
    const parsed = readQuantity(value)
    if (parsed === undefined) return refuse(context, 'a decimal or 0x number', value)
    if (parsed < min || parsed > max) {
      context.addIssue(`must be ${min} to ${max}, got ${parsed}`)
      return z.NEVER
    }
    return parsed
  })
}

/** As {@link quantity}, for numbers that fit a JavaScript number. */
export function count(min: number, max: number) {
  return quantity(BigInt(min), BigInt(max)).transform(Number)
}

/** 0x hex of any length up to `sizeBytesMax`. */
export function hexBytes(sizeBytesMax: number) {
  return z.unknown().transform((value, context): Hex => {
    if (!isHex(value)) return refuse(context, '0x followed by pairs of hex digits', value)
    if (value.length > 2 + 2 * sizeBytesMax) {
      context.addIssue(`must have at most ${sizeBytesMax} bytes, got ${(value.length - 2) / 2}`)
      return z.NEVER
    }
    return value.toLowerCase() as Hex
  })
}

/** The message for an object, list or flag that is missing or something else. */
export function expected(what: string) {
  return {
    error: (issue: { readonly input?: unknown }) =>
      issue.input === undefined ? 'is missing' : `must be ${what}`,
  }
}

/** 32 bytes of 0x hex. */
export const hash = z.unknown().transform((value, context): Hash => {
  if (!isHex(value) || value.length !== 66) return refuse(context, '0x and 64 hex digits', value)
  return toHash(value)
})

/** 20 bytes of 0x hex. */
export const address = z.unknown().transform((value, context): Address => {
  if (!isHex(value) || value.length !== 42) return refuse(context, '0x and 40 hex digits', value)
  return toAddress(value)
})

function readQuantity(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  const isShort = value.length <= Math.max(DECIMAL_DIGITS_MAX, 2 + HEX_DIGITS_MAX)
  return isShort && /^(0x[0-9a-f]+|[0-9]+)$/i.test(value) ? BigInt(value) : undefined
}

interface IssueSink {
  addIssue(message: string): void
}

function refuse(context: IssueSink, expected: string, value: unknown): never {
  context.addIssue(
    value === undefined ? 'is missing' : `must be ${expected}, got ${abbreviate(value)}`,
  )
  return z.NEVER
}

function abbreviate(value: unknown): string {
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text
}
