import { CodedError, errorMessage } from '@busan/primitives'
import { NothingToCheck } from './check.ts'

/** What came back for one request. */
export interface Answer {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
  readonly httpStatus: number
}

/** Method and parameters. */
export type Request = readonly [method: string, ...params: unknown[]]

/** The newest block with a transaction, and that transaction. */
export interface Sample {
  readonly block: RpcBlock
  readonly transaction: RpcTransaction
}

/** The part of a block that checks use. */
export interface RpcBlock {
  readonly number: string
  readonly hash: string
  readonly gasLimit: string
  readonly baseFeePerGas?: string
  readonly transactions: readonly RpcTransaction[]
}

/** The part of a transaction that checks use. */
export interface RpcTransaction {
  readonly hash: string
  readonly from: string
  readonly nonce: string
}

/** A JSON-RPC endpoint that is only read. */
export interface Endpoint {
  readonly url: string
  /** @throws Error with the endpoint's words when it answers with an error */
  ask<Result>(...request: Request): Promise<Result>
  /** The answer as it is, an error too. */
  answer(...request: Request): Promise<Answer>
  batch(requests: readonly Request[]): Promise<readonly Answer[]>
  latest(): Promise<RpcBlock>
  /** @throws NothingToCheck when none of the newest blocks has a transaction */
  sample(): Promise<Sample>
}

const ANSWER_MS = 15_000
/** How far back a transaction is looked for. */
const SAMPLE_BLOCKS = 300
const SAMPLE_BATCH = 50

/** Asks over HTTP; the sample is looked for once. */
export function createEndpoint(url: string): Endpoint {
  let sample: Promise<Sample> | undefined
  const endpoint: Endpoint = {
    url,
    async ask<Result>(...request: Request) {
      const { result, error } = await endpoint.answer(...request)
      if (error !== undefined) throw new Error(`${request[0]}: ${error.message} (${error.code})`)
      return result as Result
    },
    async answer(...request) {
      const { status, body } = await post(url, bodyOf(request, 1))
      return { ...(body as object), httpStatus: status }
    },
    async batch(requests) {
      const { status, body } = await post(url, requests.map(bodyOf))
      if (!Array.isArray(body))
        throw new Error(`a batch of ${requests.length} is not answered with a list`)
      return body.map((answer: object) => ({ ...answer, httpStatus: status }))
    },
    latest: () => endpoint.ask('eth_getBlockByNumber', 'latest', false),
    sample: () => (sample ??= findSample(endpoint)),
  }
  return endpoint
}

function bodyOf([method, ...params]: Request, id: number): object {
  return { jsonrpc: '2.0', id, method, params }
}

async function post(url: string, body: object): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    return { status: response.status, body: await response.json() }
  } catch (cause) {
    const message = `no JSON-RPC answer from ${url}: ${errorMessage(cause)}`
    throw new CodedError('node-unreachable', message, { cause })
  }
}

async function findSample(endpoint: Endpoint): Promise<Sample> {
  const head = Number(await endpoint.ask<string>('eth_blockNumber'))
  for (let newest = head; newest >= 0 && newest > head - SAMPLE_BLOCKS; newest -= SAMPLE_BATCH) {
    const numbers = Array.from({ length: Math.min(SAMPLE_BATCH, newest + 1) }, (_, i) => newest - i)
    const answers = await endpoint.batch(
      numbers.map((number) => ['eth_getBlockByNumber', `0x${number.toString(16)}`, true]),
    )
    const blocks = answers.map(({ result }) => result as RpcBlock | null)
    for (const block of blocks.sort((a, b) => Number(b?.number) - Number(a?.number))) {
      const transaction = block?.transactions?.[0]
      if (block && transaction) return { block, transaction }
    }
  }
  throw new NothingToCheck(`no transaction in the newest ${SAMPLE_BLOCKS} blocks`)
}
