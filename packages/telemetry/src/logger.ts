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
}

/** Log fields; an `error` field holding an Error is written with its code and stack. */
export type LogFields = Readonly<Record<string, unknown>>

/** Levels an operator can choose. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Writes to standard error: JSON lines for machines, `pretty` for people. */
export function createLogger(options: { level: LogLevel; format: 'json' | 'pretty' }): Logger {
  const settings = {
    level: options.level,
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
  return wrap(pino(settings, destination))
}

/** Discards everything; for tests. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
}

function wrap(target: pino.Logger): Logger {
  return {
    debug: (message, fields = {}) => target.debug(fields, message),
    info: (message, fields = {}) => target.info(fields, message),
    warn: (message, fields = {}) => target.warn(fields, message),
    error: (message, fields = {}) => target.error(fields, message),
    child: (component) => wrap(target.child({ component })),
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
