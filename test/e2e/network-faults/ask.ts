// Batches of JSON-RPC questions to one node.

/** Method and parameters. */
export type RpcCall = readonly [method: string, ...params: unknown[]]

/** One of the two is there. */
export interface RpcAnswer {
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

const BATCH_MAX = 500
const DEADLINE_MS = 5_000

/** Answers in the order of the questions. Rejects when the node does not answer a batch of them in time. */
export async function ask(
  url: string,
  calls: readonly RpcCall[],
  deadlineMs = DEADLINE_MS,
): Promise<RpcAnswer[]> {
  const answers: RpcAnswer[] = []
  for (let start = 0; start < calls.length; start += BATCH_MAX)
    answers.push(...(await askBatch(url, calls.slice(start, start + BATCH_MAX), deadlineMs)))
  return answers
}

async function askBatch(
  url: string,
  calls: readonly RpcCall[],
  deadlineMs: number,
): Promise<RpcAnswer[]> {
  const questions = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }))
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(questions),
    signal: AbortSignal.timeout(deadlineMs),
  })
  const answers = (await response.json()) as (RpcAnswer & { readonly id: number })[]
  return answers.sort((a, b) => a.id - b.id)
}
