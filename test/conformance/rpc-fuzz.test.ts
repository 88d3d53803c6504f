import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { METHODS } from '../../packages/rpc/src/methods.ts'
import { call } from '../../packages/rpc/test/client.ts'
import { startNode, type TestNode } from '../../packages/rpc/test/fixture.ts'
import { misfit } from '../../packages/rpc/test/misfit.ts'
import { fill, requestsOf } from './sample-requests.ts'

const REQUESTS = Number(process.env.BUSAN_FUZZ_REQUESTS ?? 3_000)
const SEED = Number(process.env.BUSAN_FUZZ_SEED ?? 1)
const IN_FLIGHT = 8
/** Far above what any answer takes: an answer that is not there by then does not come. */
const DEADLINE_MS = 10_000

/** Waits for a block by contract, and nobody makes blocks here. */
const WAITING = new Set(['eth_sendRawTransactionSync'])

interface FuzzedRequest {
  readonly method: string
  readonly params: unknown
}

let node: TestNode
before(async () => {
  node = await startNode()
})
after(() => node.close())

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1.5,
    1e21,
    '',
    '0x',
    '0X1',
    '0x0g',
    'latest',
    'pending',
    {},
    [],
  ),
  fc.constantFrom(`0x${'f'.repeat(64)}`, `0x${'f'.repeat(65)}`, `0x${'00'.repeat(20)}`, '0x00'),
  fc.bigInt({ min: 0n, max: 2n ** 64n }).map((value) => `0x${value.toString(16)}`),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`),
  fc.string({ maxLength: 60 }),
  fc.jsonValue({ maxDepth: 3 }),
)

/** A value with some part of it replaced, left out or doubled. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value) && value.length > 0) {
    const at = fc.nat(value.length - 1)
    const replaced = at.chain((index) =>
      mutated(value[index]).map((part) => value.with(index, part)),
    )
    return fc.oneof(
      { weight: 8, arbitrary: replaced },
      { weight: 1, arbitrary: at.map((index) => value.toSpliced(index, 1)) },
      { weight: 1, arbitrary: junk.map((more) => [...value, more]) },
    )
  }
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    const entries = Object.entries(value)
    return fc.constantFrom(...entries).chain(([key, part]) =>
      fc.oneof(
        mutated(part).map((other) => ({ ...value, [key]: other })),
        fc.constant(Object.fromEntries(entries.filter(([name]) => name !== key))),
        fc
          .tuple(fc.string({ maxLength: 12 }), junk)
          .map(([name, more]) => ({ ...value, [name]: more })),
      ),
    )
  }
  return junk
}

/** As they are, with a part changed, and all made up. */
function requests(
  samples: Readonly<Record<string, readonly unknown[][]>>,
): fc.Arbitrary<FuzzedRequest> {
  const served = METHODS.filter(({ name, access }) => access === 'public' && !WAITING.has(name))
  const known = served.flatMap(({ name }) =>
    (samples[name] ?? []).map((params) => ({ name, params })),
  )
  return fc.oneof(
    {
      weight: 1,
      arbitrary: fc.constantFrom(...known).map(({ name, params }) => ({ method: name, params })),
    },
    {
      weight: 6,
      arbitrary: fc
        .constantFrom(...known)
        .chain(({ name, params }) =>
          mutated(params).map((other) => ({ method: name, params: other })),
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...served), fc.array(junk, { maxLength: 4 }))
        .map(([{ name }, params]) => ({ method: name, params })),
    },
  )
}

async function answerTo({ method, params }: FuzzedRequest): Promise<string | undefined> {
  const response = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  })
  const text = await response.text()
  if (response.status !== 200) return `HTTP ${response.status}: ${text.slice(0, 200)}`
  return problemIn(method, JSON.parse(text))
}

function problemIn(method: string, answer: Record<string, unknown>): string | undefined {
  const { id, result, error, jsonrpc } = answer
  if (id !== 7 || jsonrpc !== '2.0') return 'another envelope'
  if ((result === undefined) === (error === undefined)) return 'neither or both of result and error'
  if (error !== undefined) {
    const { code, message } = error as { code: unknown; message: unknown }
    if (code === -32603) return `internal error: ${String(message)}`
    if (typeof code !== 'number' || typeof message !== 'string') return 'a malformed error'
    return misfit(method, { error: { code, message } })
  }
  return misfit(method, { result })
}

test('mutated and made-up requests are answered, in time and in shape', async (context) => {
  const hashes = await fill(node)
  const filters = {
    logs: await call<string>(node, 'eth_newFilter', { fromBlock: 'earliest' }),
    blocks: await call<string>(node, 'eth_newBlockFilter'),
    pending: await call<string>(node, 'eth_newPendingTransactionFilter'),
  }
  const all = requests(requestsOf(node, hashes, filters))
  const batch = fc.array(all, { minLength: IN_FLIGHT, maxLength: IN_FLIGHT })
  let slowest = { ms: 0, request: '' }
  const memory: number[] = []
  let count = 0
  await fc.assert(
    fc.asyncProperty(batch, async (several) => {
      const problems = await Promise.all(
        several.map(async (request) => {
          const startMs = performance.now()
          const problem = await answerTo(request)
          const ms = Math.round(performance.now() - startMs)
          if (ms > slowest.ms) slowest = { ms, request: JSON.stringify(request).slice(0, 300) }
          return problem && `${JSON.stringify(request)}: ${problem}`
        }),
      )
      count += several.length
      if (count % 8_000 === 0) memory.push(Math.round(process.memoryUsage().heapUsed / 2 ** 20))
      assert.deepEqual(
        problems.filter((problem) => problem !== undefined),
        [],
      )
    }),
    { numRuns: Math.ceil(REQUESTS / IN_FLIGHT), seed: SEED },
  )
  context.diagnostic(`${count} requests, slowest answer ${slowest.ms} ms: ${slowest.request}`)
  if (memory.length > 0) context.diagnostic(`heap every 8,000 requests, MiB: ${memory.join(', ')}`)
})
