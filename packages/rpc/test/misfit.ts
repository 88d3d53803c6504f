import { COMMON_ERRORS } from '../src/error-lists.ts'
import { RPC_CODES } from '../src/errors.ts'
import { METHODS } from '../src/methods.ts'

const methods = new Map(METHODS.map((method) => [method.name, method]))

/**
 * Holds an answer against the definition of its method: the shape of its result, or the code of its error.
 * @returns what does not fit; undefined: nothing, or no such method
 */
export function misfit(
  name: string,
  {
    result,
    error,
  }: {
    readonly result?: unknown
    readonly error?: { readonly code: number; readonly message?: string }
  },
): string | undefined {
  const method = methods.get(name)
  if (method === undefined) return undefined
  if (error !== undefined) {
    const known = [...COMMON_ERRORS, ...method.errors].map((reason): number => RPC_CODES[reason])
    if (known.includes(error.code)) return undefined
    return `${name} has no error ${error.code} (${error.message}) in its definition`
  }
  const parsed = method.result.safeParse(result)
  if (parsed.success) return undefined
  const issues = JSON.stringify(parsed.error.issues.slice(0, 3))
  return `${name}: ${issues} in ${JSON.stringify(result).slice(0, 1_000)}`
}
