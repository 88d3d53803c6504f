import { CodedError, nearestName } from '@busan/primitives'
import { NODE_OPTIONS, type NodeConfig, type NodeOption, type OptionName } from './options.ts'

/** Where settings come from, weakest first: file < environment < flags. */
export interface ConfigSources {
  readonly file?: Readonly<Record<string, unknown>>
  /** The process environment; only BUSAN_* names are read. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly flags?: Readonly<Record<string, unknown>>
}

/** BUSAN_* names that are not settings of a node. */
const OTHER_VARIABLES = new Set(['BUSAN_CONFIG', 'BUSAN_RPC_URL', 'BUSAN_WS_URL', 'BUSAN_VERSION'])

/**
 * Merges and checks the settings. Unknown names are errors with the nearest known one, and every problem is
 * listed at once.
 * @throws CodedError `invalid-config`
 */
export function resolveConfig(sources: ConfigSources): NodeConfig {
  const problems: string[] = []
  const merged: Record<string, { value: unknown; origin: string }> = {}
  const take = (name: string, value: unknown, origin: string) => {
    if (name in NODE_OPTIONS) merged[name] = { value, origin }
    else problems.push(`${origin}: unknown setting${suggestion(name, origin)}`)
  }
  for (const [name, value] of Object.entries(sources.file ?? {}))
    take(name, value, `file key "${name}"`)
  for (const [name, value] of Object.entries(sources.environment ?? {})) {
    if (!name.startsWith('BUSAN_') || OTHER_VARIABLES.has(name) || value === undefined) continue
    take(name.slice('BUSAN_'.length).toLowerCase().replaceAll('_', '-'), value, name)
  }
  for (const [name, value] of Object.entries(sources.flags ?? {})) take(name, value, `--${name}`)

  const config: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(NODE_OPTIONS) as [OptionName, NodeOption][]) {
    const given = merged[name]
    const parsed = option.schema.safeParse(given?.value)
    if (parsed.success) config[name] = parsed.data
    else if (given === undefined) problems.push(`--${name} is required: ${option.description}`)
    else
      problems.push(
        `${given.origin}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`,
      )
  }
  if (problems.length > 0) {
    throw new CodedError(
      'invalid-config',
      `the configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`,
    )
  }
  return Object.freeze(config) as NodeConfig
}

function suggestion(name: string, origin: string): string {
  const nearest = nearestName(name, Object.keys(NODE_OPTIONS))
  if (nearest === undefined) return ''
  const shown = origin.startsWith('BUSAN_')
    ? `BUSAN_${nearest.toUpperCase().replaceAll('-', '_')}`
    : nearest
  return `, did you mean ${shown}?`
}
