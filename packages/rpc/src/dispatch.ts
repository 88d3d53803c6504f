import { setImmediate as nextLoopTurn } from 'node:timers/promises'
import { errorMessage, isCodedError } from '@busan/primitives'
import { errorObject, methodNotFound, RpcError, type RpcReason } from './errors.ts'
import { parseJson } from './json.ts'
import { type Caller, isServed, type Method, type RpcContext } from './method.ts'
import { methodWeight } from './method-weight.ts'
import type { RpcMetrics } from './metrics.ts'
import {
  type Outcome,
  parseRequest,
  type Request,
  type RequestId,
  requestIdOf,
  responseText,
} from './request.ts'

/** Answers one message of a client. */
export interface Dispatcher {
  dispatch(message: string, caller: Caller): Promise<Answer>
}

/** What goes back. */
export interface Answer {
  /** undefined: nothing is to be answered (notifications). */
  readonly text: string | undefined
  /** Set when nothing was run because the caller asks too often. */
  readonly retryAfterMs?: number
}

/** How long a batch holds the event loop, in milliseconds: consensus and other clients run in between. */
const SLICE_MS = 10

interface Dispatch {
  readonly methods: ReadonlyMap<string, Method>
  readonly context: RpcContext
  readonly metrics: RpcMetrics
}

/** JSON-RPC 2.0 over a table of methods: parsing, batches, limits, error shapes, metrics. */
export function createDispatcher(
  methods: readonly Method[],
  context: RpcContext,
  metrics: RpcMetrics,
): Dispatcher {
  const dispatch = {
    methods: new Map(methods.map((method) => [method.name, method])),
    context,
    metrics,
  }
  return {
    async dispatch(message, caller) {
      let value: unknown
      try {
        value = parseJson(message)
      } catch {
        return { text: errorText(null, new RpcError('parse-error', 'parse error')) }
      }
      const retryAfterMs = caller.meter?.take(weightOf(value, context.limits)) ?? 0
      if (retryAfterMs > 0) return { text: tooOften(value, retryAfterMs), retryAfterMs }
      return {
        text: Array.isArray(value)
          ? await answerBatch(dispatch, value, caller)
          : await answer(dispatch, value, caller),
      }
    },
  }
}

async function answer(
  dispatch: Dispatch,
  value: unknown,
  caller: Caller,
): Promise<string | undefined> {
  const request = parseRequest(value)
  if (request === undefined) {
    return errorText(requestIdOf(value), new RpcError('invalid-request', 'invalid request'))
  }
  const outcome = await measure(dispatch, request.method, () => run(dispatch, request, caller))
  if (request.id === undefined) return undefined
  return outcomeText(request, outcome, dispatch.context)
}

/** One after the other, in order; once the answers are too large or take too long, the rest is refused unrun. */
async function answerBatch(dispatch: Dispatch, values: readonly unknown[], caller: Caller) {
  const { limits, clock } = dispatch.context
  if (values.length === 0) return errorText(null, new RpcError('invalid-request', 'empty batch'))
  if (values.length > limits.batchItems) {
    const error = new RpcError('invalid-request', 'batch too large')
    return `[${errorText(requestIdOf(values[0]), error)}]`
  }
  const answers: string[] = []
  const deadlineMs = clock.nowMs() + limits.requestTimeoutMs
  let sliceEndMs = performance.now() + SLICE_MS
  let sizeBytes = 0
  for (const value of values) {
    if (performance.now() >= sliceEndMs) {
      await nextLoopTurn()
      sliceEndMs = performance.now() + SLICE_MS
    }
    const refusal = sizeBytes > limits.responseSizeBytes ? tooLarge() : timeoutAt(clock, deadlineMs)
    const text = refusal ? refuseUnrun(value, refusal) : await answer(dispatch, value, caller)
    if (text === undefined) continue
    sizeBytes += text.length
    const fits = refusal !== undefined || sizeBytes <= limits.responseSizeBytes
    answers.push(fits ? text : errorText(requestIdOf(value), tooLarge()))
  }
  return answers.length === 0 ? undefined : `[${answers.join(',')}]`
}

async function run(dispatch: Dispatch, request: Request, caller: Caller): Promise<unknown> {
  const method = dispatch.methods.get(request.method)
  if (method === undefined || !isServed(method, caller)) {
    if (!request.method.startsWith('ibft_')) throw methodNotFound(request.method)
    throw new RpcError('method-not-enabled', 'Method not enabled')
  }
  return withDeadline(dispatch.context, () => method.call(request.params, dispatch.context, caller))
}

/** What a message weighs: a batch as much as all that is in it. */
function weightOf(value: unknown, { batchItems }: RpcContext['limits']): number {
  const items = Array.isArray(value) ? value.slice(0, batchItems) : [value]
  return items.reduce((sum, item) => sum + methodWeight(parseRequest(item)?.method ?? ''), 0)
}

function tooOften(value: unknown, retryAfterMs: number): string {
  const id = Array.isArray(value) ? null : requestIdOf(value)
  const message = `rate limit exceeded: retry in ${retryAfterMs} ms`
  return errorText(id, new RpcError('rate-limited', message))
}

async function withDeadline(context: RpcContext, task: () => unknown): Promise<unknown> {
  const outcome = Promise.withResolvers<unknown>()
  const timer = context.clock.schedule(context.limits.requestTimeoutMs, () =>
    outcome.reject(timedOut()),
  )
  new Promise((resolve) => resolve(task())).then(outcome.resolve, outcome.reject)
  return outcome.promise.finally(() => timer.cancel())
}

async function measure(
  { methods, context, metrics }: Dispatch,
  name: string,
  task: () => Promise<unknown>,
): Promise<Outcome> {
  const method = methods.has(name) ? name : 'unknown'
  const startedMs = performance.now()
  const outcome = await task().then(
    (result): Outcome => ({ result }),
    (error): Outcome => ({ error: errorObject(clientError(error, method, context)) }),
  )
  metrics.duration.observe((performance.now() - startedMs) / 1000, { method })
  metrics.requests.add(1, { method, code: String(outcome.error?.code ?? 'ok') })
  return outcome
}

/** What execution throws that is the request's matter. */
const TOLD = [
  'missing-state',
  'call-timeout',
  'trace-too-large',
  'too-many-calls',
  'call-too-large',
  'untraceable-transaction',
] as const satisfies readonly RpcReason[]

function clientError(error: unknown, method: string, { logger }: RpcContext): RpcError {
  if (error instanceof RpcError) return error
  const told = TOLD.find((code) => isCodedError(error, code))
  if (told !== undefined) return new RpcError(told, errorMessage(error))
  logger.error('a method failed', { method, error })
  return new RpcError('internal-error', 'method handler crashed')
}

function refuseUnrun(value: unknown, refusal: RpcError): string | undefined {
  const request = parseRequest(value)
  const isNotification = request !== undefined && request.id === undefined
  return isNotification ? undefined : errorText(requestIdOf(value), refusal)
}

/** The response; one that is too large, also for a string of JavaScript, or no JSON is an error instead. */
function outcomeText(
  { id = null, method }: Request,
  outcome: Outcome,
  { limits, logger }: RpcContext,
): string {
  try {
    const text = responseText(id, outcome)
    return text.length > limits.responseSizeBytes ? errorText(id, tooLarge()) : text
  } catch (error) {
    if (error instanceof RangeError) return errorText(id, tooLarge())
    logger.error('an answer is not JSON', { method, error })
    return errorText(id, new RpcError('internal-error', 'method handler crashed'))
  }
}

function errorText(id: RequestId, error: RpcError): string {
  return responseText(id, { error: errorObject(error) })
}

function tooLarge(): RpcError {
  return new RpcError('response-too-large', 'response too large')
}

function timedOut(): RpcError {
  return new RpcError('request-timeout', 'request timed out')
}

function timeoutAt(clock: RpcContext['clock'], deadlineMs: number): RpcError | undefined {
  return clock.nowMs() < deadlineMs ? undefined : timedOut()
}
