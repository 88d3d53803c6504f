import { CodedError, errorMessage } from '@busan/primitives'

const ANSWER_MS = 10_000

interface RpcAnswer<Result> {
  readonly result?: Result
  readonly error?: { readonly code: number; readonly message: string }
}

/**
 * Asks a node one JSON-RPC question.
 * @throws CodedError `node-unreachable` or, when it answers with an error, `node-refused`
 */
export async function askNode<Result>(
  url: string,
  method: string,
  ...params: unknown[]
): Promise<Result> {
  const answer = await post<Result>(url, { jsonrpc: '2.0', id: 1, method, params })
  if (answer.error !== undefined) {
    const { code, message } = answer.error
    throw new CodedError('node-refused', `${method}: ${message} (${code})${hintFor(method, code)}`)
  }
  return answer.result as Result
}

async function post<Result>(url: string, body: object): Promise<RpcAnswer<Result>> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    return (await response.json()) as RpcAnswer<Result>
  } catch (cause) {
    const message = `no JSON-RPC answer from ${url}: ${errorMessage(cause)}; is the node running, and --rpc right?`
    throw new CodedError('node-unreachable', message, { cause })
  }
}

const METHOD_NOT_FOUND = -32601

function hintFor(method: string, code: number): string {
  if (code !== METHOD_NOT_FOUND) return ''
  const [namespace] = method.split('_')
  const place = namespace === 'qbft' ? 'a loopback address of a validator' : 'a listener'
  return `; ask on ${place} whose RPC serves the ${namespace} namespace`
}
