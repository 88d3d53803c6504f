import { setImmediate as nextLoopTurn } from 'node:timers/promises'
import { isCodedError } from '@busan/primitives'
import { errorObject, methodNotFound, RpcError } from './errors.ts'
import { parseJson } from './json.ts'
import type { Caller, Method, RpcContext } from './method.ts'
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
  /** @returns the response text; undefined when nothing is to be answered (notifications) */
  dispatch(message: string, caller: Caller): Promise<string | undefined>
}

/** Requests of a batch between two turns of the event loop, so that a batch never stalls consensus. */
const BATCH_SLICE = 8

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
        return errorText(null, new RpcError('parse-error', 'parse error'))
      }
      return Array.isArray(value)
        ? answerBatch(dispatch, value, caller)
        : answer(dispatch, value, caller)
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
  const text = responseText(request.id, outcome)
  const isTooLarge = text.length > dispatch.context.limits.responseSizeBytes
  return isTooLarge ? tooLargeText(request.id) : text
}

/** One after the other, in order; once the answers are too large, the rest is refused unrun. */
async function answerBatch(dispatch: Dispatch, values: readonly unknown[], caller: Caller) {
  const { limits } = dispatch.context
  if (values.length === 0) return errorText(null, new RpcError('invalid-request', 'empty batch'))
  if (values.length > limits.batchItems) {
    const error = new RpcError('invalid-request', 'batch too large')
    return `[${errorText(requestIdOf(values[0]), error)}]`
  }
  const answers: string[] = []
  let sizeBytes = 0
  for (const [index, value] of values.entries()) {
    if (index % BATCH_SLICE === BATCH_SLICE - 1) await nextLoopTurn()
    const isFull = sizeBytes > limits.responseSizeBytes
    const text = isFull ? refuseUnrun(value) : await answer(dispatch, value, caller)
    if (text === undefined) continue
    sizeBytes += text.length
    const fits = isFull || sizeBytes <= limits.responseSizeBytes
    answers.push(fits ? text : tooLargeText(requestIdOf(value)))
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

/** A namespace that the listener does not serve looks exactly like an unknown method. */
function isServed(method: Method, caller: Caller): boolean {
  const namespace = method.name.slice(0, method.name.indexOf('_'))
  return caller.apis.has(namespace) && (method.access === 'public' || caller.isOperator)
}

async function withDeadline(context: RpcContext, task: () => unknown): Promise<unknown> {
  const outcome = Promise.withResolvers<unknown>()
  const timer = context.clock.schedule(context.limits.requestTimeoutMs, () =>
    outcome.reject(new RpcError('request-timeout', 'request timed out')),
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

function clientError(error: unknown, method: string, { logger }: RpcContext): RpcError {
  if (error instanceof RpcError) return error
  if (isCodedError(error, 'missing-state') || isCodedError(error, 'call-timeout')) {
    return new RpcError(error.code, error.message)
  }
  logger.error('a method failed', { method, error })
  return new RpcError('internal-error', 'method handler crashed')
}

function refuseUnrun(value: unknown): string | undefined {
  const isNotification = parseRequest(value)?.id === undefined
  return isNotification ? undefined : tooLargeText(requestIdOf(value))
}

function errorText(id: RequestId, error: RpcError): string {
  return responseText(id, { error: errorObject(error) })
}

function tooLargeText(id: RequestId): string {
  return errorText(id, new RpcError('response-too-large', 'response too large'))
}
