import type { TracerSpec } from '@busan/execution'
import { z } from 'zod'
import { RpcError } from '../errors.ts'
import { blockOverrides, stateOverrides } from './call.ts'
import { optional, quantity64 } from './hex.ts'

const flag = optional(z.boolean())

/** Units of Go's durations, in milliseconds. */
const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}

const traceFields = {
  tracer: optional(z.string()),
  tracerConfig: z.unknown().optional(),
  timeout: optional(z.string()),
  enableMemory: flag,
  disableStack: flag,
  disableStorage: flag,
  enableReturnData: flag,
  limit: optional(z.number().int()),
}

/** geth's TraceConfig; what it does not know, and `reexec`, is ignored: every state is kept. */
export const traceConfig = z.object(traceFields)

/** geth's TraceCallConfig. */
export const traceCallConfig = z.object({
  ...traceFields,
  stateOverrides: optional(stateOverrides),
  blockOverrides: optional(blockOverrides),
  txIndex: optional(quantity64),
})

/** What a request says about how to trace. */
export type TraceConfig = Partial<z.output<typeof traceConfig>>

const TRACER_OPTIONS = {
  callTracer: z.object({ onlyTopCall: flag, withLog: flag }),
  flatCallTracer: z.object({ convertParityErrors: flag, includePrecompiles: flag }),
  prestateTracer: z.object({
    diffMode: flag,
    disableCode: flag,
    disableStorage: flag,
    includeEmpty: flag,
  }),
} as const

/** Tracers within tracers are not counted on, and not nested. */
const muxOptions = z.record(z.string(), z.unknown())

/** The tracer that a request asks for. @throws RpcError in -32000 */
export function tracerOf(config: TraceConfig): TracerSpec {
  const { tracer: name = '', tracerConfig } = config
  if (name === '') return { name: 'structLogger', options: structOptions(config) }
  if (name !== 'muxTracer') return namedTracer(name, tracerConfig)
  const inner = Object.entries(optionsOf(muxOptions, tracerConfig))
  return {
    name,
    tracers: inner.map(([innerName, innerConfig]) => namedTracer(innerName, innerConfig)),
  }
}

function namedTracer(name: string, config: unknown): TracerSpec {
  switch (name) {
    case '4byteTracer':
    case 'noopTracer':
      return { name }
    case 'callTracer':
      return { name, options: optionsOf(TRACER_OPTIONS[name], config) }
    case 'flatCallTracer':
      return { name, options: optionsOf(TRACER_OPTIONS[name], config) }
    case 'prestateTracer':
      return { name, options: optionsOf(TRACER_OPTIONS[name], config) }
    default:
      throw new RpcError(
        'tracer-not-found',
        `tracer not found: ${name.slice(0, 80)}; this node has callTracer, flatCallTracer, prestateTracer, ` +
          '4byteTracer, noopTracer and muxTracer, and runs no JavaScript',
      )
  }
}

function structOptions(config: TraceConfig) {
  const { enableMemory, disableStack, disableStorage, enableReturnData, limit } = config
  return withoutAbsent({ enableMemory, disableStack, disableStorage, enableReturnData, limit })
}

function optionsOf<Shape extends z.ZodType<object>>(schema: Shape, config: unknown) {
  const parsed = schema.safeParse(config ?? {})
  if (parsed.success) return withoutAbsent(parsed.data)
  const { path = [], message = 'invalid' } = parsed.error.issues[0] ?? {}
  throw new RpcError('tracer-not-found', `invalid tracerConfig: ${[...path, message].join(': ')}`)
}

type Defined<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> }

function withoutAbsent<Fields extends object>(fields: Fields): Defined<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Defined<Fields>
}

/** A Go duration (`5s`, `1m30s`, `300ms`) in milliseconds. @throws RpcError with Go's words */
export function parseDurationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)]
  if (text === '0') return 0
  if (text === '' || parts.map(([part]) => part).join('') !== text) {
    throw new RpcError(
      'invalid-duration',
      `time: invalid duration ${JSON.stringify(text.slice(0, 40))}`,
    )
  }
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] ?? 0), 0)
}
