import { bytesToHex, toQuantity } from '@busan/primitives'

/** A number as it was written: JSON.stringify writes it back digit for digit (TC39 JSON.parse source text access). */
export interface RawNumber {
  readonly rawJSON: string
}

const sourceText = JSON as unknown as {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
  parse(text: string, reviver: Reviver): unknown
}
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/** True for a number that was kept as it was written. */
export function isRawNumber(value: unknown): value is RawNumber {
  return sourceText.isRawJSON(value)
}

/**
 * JSON text to a value. An own `__proto__` key is dropped, so that no later copy of the object can change a
 * prototype. A request's numeric `id` that a double cannot hold is a {@link RawNumber}. @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const isPlain = !text.includes('__proto__') && !text.includes('\\u')
  const value: unknown = isPlain ? JSON.parse(text) : parseCarefully(text)
  const requests = Array.isArray(value) ? value : [value]
  return isPlain && requests.some(hasInexactId) ? parseCarefully(text) : value
}

function parseCarefully(text: string): unknown {
  return sourceText.parse(text, (key, value, { source }) => {
    if (key === '__proto__') return undefined
    const isExact = key !== 'id' || typeof value !== 'number' || Number.isSafeInteger(value)
    return isExact || source === undefined ? value : sourceText.rawJSON(source)
  })
}

function hasInexactId(request: unknown): boolean {
  const id: unknown = (request as { id?: unknown } | null | undefined)?.id
  return typeof id === 'number' && !Number.isSafeInteger(id)
}

/** A value of the program as plain JSON: bigint as QUANTITY, bytes as hex, Map as object, Set as list. */
export function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return toQuantity(value)
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (value instanceof Map) return objectOf(value)
  if (value instanceof Set) return [...value].map(toJsonValue)
  if (Array.isArray(value)) return value.map(toJsonValue)
  if (typeof value === 'object' && value !== null) return objectOf(Object.entries(value))
  return value
}

function objectOf(entries: Iterable<readonly [unknown, unknown]>): Record<string, unknown> {
  return Object.fromEntries([...entries].map(([key, value]) => [String(key), toJsonValue(value)]))
}
