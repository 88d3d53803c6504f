import type { ErrorObject } from './errors.ts'
import { isRawNumber, type RawNumber } from './json.ts'
import { JsonText } from './json-text.ts'

/** A request's id, echoed with its type; an object or a list is not an id. */
export type RequestId = string | number | RawNumber | boolean | null

/** A well-formed JSON-RPC 2.0 request. */
export interface Request {
  /** undefined: a notification, which is run but not answered. */
  readonly id: RequestId | undefined
  readonly method: string
  readonly params: unknown
}

/** What came of a request. */
export interface Outcome {
  readonly result?: unknown
  readonly error?: ErrorObject
}

/** Reads a request; undefined when the value is not one. */
export function parseRequest(value: unknown): Request | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { jsonrpc, id, method, params } = value as Record<string, unknown>
  if (jsonrpc !== '2.0' || typeof method !== 'string') return undefined
  if (id !== undefined && !isRequestId(id)) return undefined
  return { id, method, params }
}

/** The id of anything that a client sent; null when it has none that can be echoed. */
export function requestIdOf(value: unknown): RequestId {
  const id = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : null
  return isRequestId(id) ? id : null
}

/** The response as JSON text. */
export function responseText(id: RequestId, { result, error }: Outcome): string {
  const outcome =
    error === undefined ? `"result":${textOf(result)}` : `"error":${JSON.stringify(error)}`
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${outcome}}`
}

function textOf(result: unknown): string {
  return result instanceof JsonText ? result.text : JSON.stringify(result ?? null)
}

function isRequestId(id: unknown): id is RequestId {
  return id === null || isRawNumber(id) || ['string', 'number', 'boolean'].includes(typeof id)
}
