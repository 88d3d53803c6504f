import { CodedError } from '@busan/primitives'

/** One thing wrong with a genesis file. */
export interface GenesisProblem {
  /** Where, as JSON path: `config.transitions.qbft[0].block`. Empty: the file as a whole. */
  readonly path: string
  readonly message: string
}

/** Object keys and array positions from the top of the file. */
export type JsonPath = readonly PropertyKey[]

const PROBLEMS_SHOWN_MAX = 50

/** `config.transitions.qbft[0].block` */
export function formatPath(path: JsonPath): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += text === '' ? String(part) : `.${String(part)}`
  }
  return text
}

/** The one error of this package; `details.problems` holds every problem as data. */
export function invalidGenesis(problems: readonly GenesisProblem[]): CodedError<'invalid-genesis'> {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  const lines = problems.slice(0, PROBLEMS_SHOWN_MAX).map(formatProblem)
  if (problems.length > lines.length) lines.push(`  and ${problems.length - lines.length} more`)
  const message = [`invalid genesis, ${count}:`, ...lines].join('\n')
  return new CodedError('invalid-genesis', message, { details: { problems } })
}

function formatProblem({ path, message }: GenesisProblem): string {
  return path === '' ? `  ${message}` : `  ${path}: ${message}`
}
