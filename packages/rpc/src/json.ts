import { bytesToHex, toQuantity } from '@busan/primitives'

/**
 * JSON text to a value. An own `__proto__` key is dropped, so that no later copy of the object can change a
 * prototype. @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (!text.includes('__proto__') && !text.includes('\\u')) return JSON.parse(text)
  return JSON.parse(text, (key, value) => (key === '__proto__' ? undefined : value))
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
