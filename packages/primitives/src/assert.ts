/** Throws when the program itself is wrong; never for foreign data. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}

/** The value itself, or a thrown bug when it is undefined: the program expected it to be there. */
export function present<Value>(value: Value | undefined | null, what: string): Value {
  assert(value !== undefined && value !== null, `${what} is missing`)
  return value
}
