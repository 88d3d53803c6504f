import { errorMessage } from '@busan/primitives'

/** What a genesis file can hold. Integers beyond 2^53 arrive as bigint, so that no digit is lost. */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

const DIGITS_MAX = 78

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown

/** @throws SyntaxError that names the position, when the text is not JSON. */
export function parseJson(text: string): Json {
  const exactInteger: Reviver = (_key, value, context) => {
    const source = context?.source
    const isInexact = typeof value === 'number' && !Number.isSafeInteger(value)
    if (!isInexact || source === undefined || source.length > DIGITS_MAX) return value
    return /^[0-9]+$/.test(source) ? BigInt(source) : value
  }
  try {
    return JSON.parse(text, exactInteger as Parameters<typeof JSON.parse>[1])
  } catch (error) {
    throw new SyntaxError(errorMessage(error), { cause: error })
  }
}

/** True for a JSON object; arrays and null are not. */
export function isJsonObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
