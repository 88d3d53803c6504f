import { pino } from 'pino'
import pretty from 'pino-pretty'

/** Structured log: constant lower-case message, camelCase fields. Secrets never go in. */
export interface Logger {
  /** Steps within a process; a human can follow one node's debug log. */
  debug(message: string, fields?: LogFields): void
  /** One line per block, plus start, stop and peer-set changes. */
  info(message: string, fields?: LogFields): void
  /** Degraded, still working. */
  warn(message: string, fields?: LogFields): void
  /** A human must act. */
  error(message: string, fields?: LogFields): void
  /** A logger that marks its lines with the component's name. */
  child(component: string): Logger
  /** From now on, for every logger that came from the same {@link createLogger}. */
  setLevel(level: LogLevel): void
}

/** Log fields; an `error` field holding an Error is written with its code and stack. */
export type LogFields = Readonly<Record<string, unknown>>

/** Levels an operator can choose. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Writes to standard error: JSON lines for machines, `pretty` for people. */
export function createLogger(options: { level: LogLevel; format: 'json' | 'pretty' }): Logger {
  const gate = { level: options.level }
  const settings = {
    // The gate decides: children of pino would keep the level that they were made with.
    level: 'debug',
    base: null,
    serializers: { error: serializeError },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  const destination =
    options.format === 'json'
      ? pino.destination({ dest: 2, sync: true })
      : pretty({
          destination: 2,
          sync: true,
          singleLine: true,
          ignore: 'component',
          messageFormat: '{if component}{component}: {end}{msg}',
        })
  return wrap(pino(settings, destination), gate)
}

/** Discards everything; for tests. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
  setLevel: () => {},
}

function wrap(target: pino.Logger, gate: { level: LogLevel }): Logger {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(gate.level))
        target[level](fields, message)
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (component) => wrap(target.child({ component }), gate),
    setLevel: (level) => {
      gate.level = level
    },
  }
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code, details } = error as { code?: unknown; details?: unknown }
  return {
    message: error.message,
    code,
    details,
    stack: error.stack,
    cause: serializeError(error.cause),
  }
}
