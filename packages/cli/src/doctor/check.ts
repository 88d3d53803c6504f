import type { Answer, Endpoint } from './endpoint.ts'

/** One thing that a tool needs of an endpoint, asked without sending anything. */
export interface Check {
  readonly tool: string
  /** What the tool does or looks at. */
  readonly name: string
  /** @throws Error that says what was seen and what the tool makes of it, or {@link NothingToCheck} */
  run(endpoint: Endpoint): Promise<void>
}

/** The chain has nothing to look at yet, as where no transaction was ever sent. */
export class NothingToCheck extends Error {
  override readonly name = 'NothingToCheck'
}

/** The checks of one tool. */
export function checksOf(tool: string, checks: Readonly<Record<string, Check['run']>>): Check[] {
  return Object.entries(checks).map(([name, run]) => ({ tool, name, run }))
}

/** @throws Error with the message, which says what is wrong and who minds */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** A number as JSON-RPC writes it: no leading zeros. */
export const QUANTITY = /^0x(0|[1-9a-f][0-9a-f]*)$/i
/** Bytes as JSON-RPC writes them: whole ones. */
export const DATA = /^0x([0-9a-f]{2})*$/i
/** 32 bytes. */
export const HASH = /^0x[0-9a-f]{64}$/i
/** 20 bytes. */
export const ADDRESS = /^0x[0-9a-f]{40}$/i

/** What members of an object must look like. */
export type Shape = Readonly<Record<string, RegExp | 'array' | 'object' | 'number' | 'boolean'>>

/** @throws Error that names the first member that does not fit, and how it looks */
export function expectShape(value: unknown, shape: Shape, what: string): void {
  expect(isObject(value), `${what} is ${show(value)}, not an object`)
  for (const [name, wanted] of Object.entries(shape)) {
    const found = value[name]
    const fits =
      wanted instanceof RegExp
        ? typeof found === 'string' && wanted.test(found)
        : wanted === 'array'
          ? Array.isArray(found)
          : wanted === 'object'
            ? isObject(found)
            : typeof found === wanted
    expect(fits, `${what}: ${name} is ${show(found)}, expected ${wanted}`)
  }
}

/** @throws Error unless the answer is an error of this code whose message has these words */
export function expectError(answer: Answer, code: number, words: RegExp, what: string): void {
  const { error, httpStatus } = answer
  expect(error !== undefined, `${what} is answered with ${show(answer.result)}, not an error`)
  expect(error.code === code, `${what}: error code ${error.code} (${error.message}), not ${code}`)
  expect(words.test(error.message), `${what}: "${error.message}" does not match ${words}`)
  expect(httpStatus === 200, `${what}: HTTP ${httpStatus}; tools read errors only from HTTP 200`)
}

/** A value in few words. */
export function show(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
