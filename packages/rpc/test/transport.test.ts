import assert from 'node:assert/strict'
import { createServer, request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'
import { isCodedError, present } from '@busan/primitives'
import { createMetrics } from '@busan/telemetry'
import { createMetricsServer } from '../src/index.ts'
import {
  alice,
  bob,
  call,
  connect,
  post,
  send,
  sign,
  startNode,
  type TestNode,
  withDeadline,
} from './fixture.ts'

let node: TestNode
before(async () => {
  node = await startNode()
})
after(() => node.close())

const chainId = { jsonrpc: '2.0', id: 1, method: 'eth_chainId' }

test('bodies that are not JSON get -32700 with a null id on HTTP 200', async () => {
  const texts = [
    '',
    ' ',
    '{',
    '}',
    '[',
    '{"jsonrpc"',
    '"',
    'nul',
    'NaN',
    '\u0000',
    '{a:1}',
    "{'a':1}",
    '[1,]',
    '<xml/>',
  ]
  for (const text of texts) {
    const { status, body } = await post(node.url, text)
    assert.equal(status, 200, text)
    assert.deepEqual(JSON.parse(body), {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32700, message: 'parse error' },
    })
  }
})

test('JSON that is no request gets -32600 and never a crash', async () => {
  const scalars = [null, true, 0, -1, 1.5, 'eth_chainId', {}, { id: 1 }]
  const members = [null, 1, true, {}, [], 'x']
  const requests: unknown[] = [
    ...scalars,
    ...members.map((method) => ({
      ...chainId,
      method,
      ...(typeof method === 'string' ? { jsonrpc: '1.0' } : {}),
    })),
    ...members.map((jsonrpc) => ({ ...chainId, jsonrpc })),
    { ...chainId, id: {} },
    { ...chainId, id: [1] },
    { ...chainId, jsonrpc: undefined },
    { ...chainId, method: undefined },
    { jsonrpc: '2.0' },
    { __proto__: null, constructor: { prototype: { polluted: true } } },
  ]
  for (const request of requests) {
    const { status, body } = await post(node.url, JSON.stringify(request))
    assert.equal(status, 200)
    assert.equal(JSON.parse(body).error?.code, -32600, JSON.stringify(request))
  }
})

test('wrong argument types get -32602 that names the argument', async () => {
  const hash = `0x${'11'.repeat(32)}`
  const rows: readonly (readonly [string, unknown, string])[] = [
    ['eth_getBalance', [], 'missing value for required argument 0'],
    ['eth_getBalance', [null], 'missing value for required argument 0'],
    ['eth_getBalance', [1], 'invalid argument 0: expected a 0x-prefixed hex string'],
    [
      'eth_getBalance',
      ['0x12'],
      'invalid argument 0: hex string has length 2, want 40 for address',
    ],
    ['eth_getBalance', [`0x${'zz'.repeat(20)}`], 'invalid argument 0: invalid hex string'],
    [
      'eth_getBalance',
      [node.validator, 'newest'],
      'invalid argument 1: hex string without 0x prefix',
    ],
    [
      'eth_getBalance',
      [node.validator, '12'],
      'invalid argument 1: hex string without 0x prefix, write 12 as 0xc',
    ],
    ['eth_getBalance', [node.validator, '0x'], 'invalid argument 1: hex string "0x"'],
    [
      'eth_getBalance',
      [node.validator, '0x01'],
      'invalid argument 1: hex number with leading zero digits',
    ],
    [
      'eth_getBalance',
      [node.validator, `0x1${'0'.repeat(16)}`],
      'invalid argument 1: hex number > 64 bits',
    ],
    ['eth_getBalance', [node.validator, 'latest', 1], 'too many arguments, want at most 2'],
    ['eth_getBalance', { address: node.validator }, 'non-array args'],
    ['eth_getBalance', 'latest', 'non-array args'],
    ['eth_getBlockByNumber', ['latest', 'yes'], 'invalid argument 1: expected true or false'],
    [
      'eth_getBlockByHash',
      [hash.slice(0, 20), true],
      'invalid argument 0: hex string has length 18, want 64 for hash',
    ],
    ['eth_call', [{ to: '0x1' }], 'invalid argument 0: to: hex string of odd length'],
    ['eth_call', ['0x'], 'invalid argument 0: Invalid input: expected object, received string'],
    ['eth_chainId', [1], 'too many arguments, want at most 0'],
    [
      'eth_getBalance',
      [node.validator, { blockHash: hash, blockNumber: '0x0' }],
      'invalid argument 1: cannot specify both BlockHash and BlockNumber, choose one or the other',
    ],
  ]
  for (const [method, params, message] of rows) {
    const { error } = await send(node, method, params)
    assert.deepEqual(error, { code: -32602, message }, `${method} ${JSON.stringify(params)}`)
  }
})

test('unknown, disabled and prototype names are all -32601', async () => {
  for (const method of [
    'eth_nope',
    'foo',
    '',
    '__proto__',
    'constructor',
    'hardhat_metadata',
    'eth_fillTransaction',
  ]) {
    assert.deepEqual((await send(node, method)).error, {
      code: -32601,
      message: `the method ${method} does not exist/is not available`,
    })
  }
  assert.deepEqual((await send(node, 'ibft_getValidatorsByBlockNumber', ['latest'])).error, {
    code: -32604,
    message: 'Method not enabled',
  })
})

test('a __proto__ key changes nothing', async () => {
  const { body } = await post(
    node.url,
    '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","__proto__":{"polluted":1},"params":[]}',
  )
  assert.equal(JSON.parse(body).result, '0xc76d')
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('the id comes back with its type, and a request without one is not answered', async () => {
  for (const id of [0, 1, -7, 1.5, 'a', '', '1', null, true, Number.MAX_SAFE_INTEGER]) {
    const { body } = await post(node.url, { ...chainId, id })
    assert.deepEqual(JSON.parse(body), { jsonrpc: '2.0', id, result: '0xc76d' })
  }
  assert.equal((await post(node.url, { jsonrpc: '2.0', method: 'eth_chainId' })).body, '')
})

test('a batch answers each request, up to its limit', async () => {
  const batch = Array.from({ length: 150 }, (_, index) => ({ ...chainId, id: index }))
  const answers = JSON.parse((await post(node.url, batch)).body)
  assert.deepEqual(
    answers,
    batch.map(({ id }) => ({ jsonrpc: '2.0', id, result: '0xc76d' })),
  )

  const mixed = [
    chainId,
    { jsonrpc: '2.0', method: 'eth_chainId' },
    7,
    { ...chainId, id: 'x', method: 'nope' },
  ]
  const outcome = JSON.parse((await post(node.url, mixed)).body)
  assert.deepEqual(
    outcome.map(({ id, error }: { id: unknown; error?: { code: number } }) => [id, error?.code]),
    [
      [1, undefined],
      [null, -32600],
      ['x', -32601],
    ],
  )
  assert.deepEqual(JSON.parse((await post(node.url, [])).body).error, {
    code: -32600,
    message: 'empty batch',
  })
  const tooMany = Array.from({ length: 1001 }, () => chainId)
  assert.deepEqual(JSON.parse((await post(node.url, tooMany)).body), [
    { jsonrpc: '2.0', id: 1, error: { code: -32600, message: 'batch too large' } },
  ])
})

test('answers past the size limit are refused, in a batch too', async () => {
  const small = await startNode({ limits: { responseSizeBytes: 3_000 } })
  try {
    const block = {
      jsonrpc: '2.0',
      id: 1,
      method: 'eth_getBlockByNumber',
      params: ['latest', false],
    }
    const answers = JSON.parse((await post(small.url, [block, block, block, chainId])).body)
    assert.ok(answers[0].result)
    assert.deepEqual(answers.at(-1).error, { code: -32003, message: 'response too large' })
  } finally {
    await small.close()
  }
})

test('HTTP statuses and texts are geth’s', async () => {
  assert.equal((await fetch(node.url)).status, 200)
  const put = await fetch(node.url, {
    method: 'PUT',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })
  assert.deepEqual([put.status, await put.text()], [405, 'method not allowed\n'])
  const form = await post(node.url, chainId, {
    'content-type': 'application/x-www-form-urlencoded',
  })
  assert.deepEqual(
    [form.status, form.body],
    [415, 'invalid content type, only application/json is supported\n'],
  )
  assert.equal((await fetch(`${node.url}/elsewhere`)).status, 404)
  assert.equal(
    (await post(node.url, chainId, { 'content-type': 'application/json; charset=utf-8' })).status,
    200,
  )
})

test('a 10 MB body is refused with 413 before it is read', async () => {
  const { status, body } = await postRaw(node.url, 'x'.repeat(10 * 1024 * 1024), {})
  assert.deepEqual([status, body], [413, 'content length too large (10485760>5242880)\n'])
})

test('only known hosts and IP addresses pass the host check', async () => {
  const text = JSON.stringify(chainId)
  for (const host of ['localhost', 'LOCALHOST:8545', '127.0.0.1:1', '10.0.0.9', '[::1]:8545']) {
    assert.equal((await postRaw(node.url, text, { host })).status, 200, host)
  }
  for (const host of ['evil.example', 'localhost.evil.example:8545', '127.0.0.1.evil.example']) {
    const { status, body } = await postRaw(node.url, text, { host })
    assert.deepEqual([status, body], [403, 'invalid host specified\n'], host)
  }
  assert.equal(
    (await postRaw(`${node.url}/liveness`, '', { host: 'pod.internal' }, 'GET')).status,
    200,
  )
})

test('CORS is closed unless origins are listed', async () => {
  const preflight = (url: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://dapp.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })
  assert.equal((await preflight(node.url)).headers.get('access-control-allow-origin'), null)
  const open = await startNode({ http: { corsOrigins: ['https://dapp.example'] } })
  const all = await startNode({ http: { corsOrigins: ['all'] } })
  try {
    const answer = await preflight(open.url)
    assert.ok(answer.ok)
    assert.equal(answer.headers.get('access-control-allow-origin'), 'https://dapp.example')
    assert.match(answer.headers.get('access-control-allow-methods') ?? '', /POST/)
    const posted = await post(open.url, chainId, { origin: 'https://other.example' })
    assert.notEqual(posted.headers.get('access-control-allow-origin'), 'https://other.example')
    assert.ok((await preflight(all.url)).headers.get('access-control-allow-origin'))
  } finally {
    await Promise.all([open.close(), all.close()])
  }
})

test('a browser page of a foreign origin cannot open a WebSocket', async () => {
  await assert.rejects(connect(node.wsUrl, { origin: 'https://evil.example' }), /403/)
  const socket = await connect(node.wsUrl, { origin: 'http://localhost:3000' })
  socket.close()
})

test('a listener serves its namespaces only, and operator methods on loopback only', async () => {
  const limited = await startNode({ http: { apis: ['ETH', 'rpc'] } })
  const reachable = await startNode({ http: { allowsOperator: false } })
  try {
    assert.equal((await send(limited, 'eth_chainId')).result, '0xc76d')
    assert.equal((await send(limited, 'net_version')).error?.code, -32601)
    assert.deepEqual(await call(limited, 'rpc_modules'), { eth: '1.0', rpc: '1.0' })
    for (const method of [
      'admin_peers',
      'qbft_proposeValidatorVote',
      'qbft_discardValidatorVote',
    ]) {
      assert.equal((await send(reachable, method, [])).error?.code, -32601, method)
    }
    assert.deepEqual(await call(reachable, 'qbft_getPendingVotes'), {})
    assert.deepEqual(await call(node, 'admin_peers'), [])
  } finally {
    await Promise.all([limited.close(), reachable.close()])
  }
})

test('liveness is always up; readiness names what is wrong', async () => {
  const readiness = async (query = '') => {
    const response = await fetch(`${node.url}/readiness${query}`)
    const { failing } = (await response.json()) as { failing?: string[] }
    return { status: response.status, failing }
  }
  assert.deepEqual(await (await fetch(`${node.url}/liveness`)).json(), { status: 'UP' })
  const halted = await readiness()
  assert.equal(
    halted.status,
    503,
    'the genesis block is too old: a chain that does not advance is not ready',
  )
  assert.deepEqual(halted.failing, ['maxHeadAge'])
  await node.mine()
  assert.equal((await readiness()).status, 200)
  assert.deepEqual((await readiness('?minPeers=1')).failing, ['minPeers'])
  node.network.peers = [
    {
      id: 'p',
      address: '/ip4/127.0.0.1/tcp/1',
      direction: 'inbound',
      status: { headNumber: 9n, headHash: '0x', version: 'x' },
    },
  ]
  assert.deepEqual((await readiness('?minPeers=1')).failing, ['maxBlocksBehind'])
  assert.equal((await readiness('?minPeers=1&maxBlocksBehind=8')).status, 200)
  assert.equal((await readiness('?minPeers=many')).status, 400)
  assert.equal((await readiness('?minPeer=1')).status, 400)
  node.network.peers = []
})

test('requests are counted by method and code, unknown methods under one name', async () => {
  await send(node, 'eth_blockNumber')
  await send(node, 'x_made_up_name')
  const { text } = await node.metrics.expose()
  assert.match(text, /busan_rpc_requests_total\{method="eth_blockNumber",code="ok"\} \d/)
  assert.match(text, /busan_rpc_requests_total\{method="unknown",code="-32601"\} \d/)
  assert.doesNotMatch(text, /x_made_up_name/)
  assert.match(text, /busan_rpc_request_duration_seconds_count\{method="eth_blockNumber"\} \d/)
})

test('a port that is taken is reported with the address and what to do', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = present(blocker.address() as { port: number } | null, 'address')
  try {
    await assert.rejects(startNode({ http: { port } }), (error: unknown) => {
      assert.ok(isCodedError(error, 'listen-failed'))
      assert.match(
        error.message,
        new RegExp(`127.0.0.1:${port}: the port is in use; .*choose another`),
      )
      return true
    })
  } finally {
    blocker.close()
  }
})

test('closing answers what is in flight, says goodbye and then refuses', async () => {
  const closing = await startNode()
  const socket = await connect(closing.wsUrl)
  const goodbye = Promise.withResolvers<number>()
  socket.socket.on('close', goodbye.resolve)
  const pooled = Promise.withResolvers<void>()
  closing.pool.onChanged(() => closing.pool.pendingCount() === 2 && pooled.resolve())
  const overHttp = send(closing, 'eth_sendRawTransactionSync', [await sign(alice)])
  const overWebSocket = socket.request('eth_sendRawTransactionSync', await sign(bob))
  await withDeadline(pooled.promise, 'both pooled')

  const closed = closing.server.close()
  await closing.mine()
  for (const { result } of [await overHttp, await overWebSocket]) {
    assert.equal((result as { status: string }).status, '0x1')
  }
  await withDeadline(closed, 'close')
  assert.equal(await withDeadline(goodbye.promise, 'close frame'), 1001)
  await assert.rejects(post(closing.url, chainId))
  await closing.close()
})

test('metrics are served as Prometheus text', async () => {
  const metrics = createMetrics()
  metrics.counter('busan_test_total', 'For this test.').add(3)
  const server = await createMetricsServer(metrics, { host: '127.0.0.1', port: 0 })
  try {
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`)
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/)
    assert.match(await response.text(), /busan_test_total 3/)
  } finally {
    await server.close()
  }
})

/** fetch does not let a caller choose the Host header. */
function postRaw(url: string, body: string, headers: Record<string, string>, method = 'POST') {
  const outcome = Promise.withResolvers<{ status: number; body: string }>()
  const length = String(new TextEncoder().encode(body).length)
  const request = httpRequest(url, {
    method,
    headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
  })
  request.on('response', (response) => {
    let text = ''
    response.on('data', (chunk) => {
      text += chunk
    })
    response.on('end', () => outcome.resolve({ status: response.statusCode ?? 0, body: text }))
  })
  request.on('error', outcome.reject)
  request.end(body)
  return withDeadline(outcome.promise, 'response')
}
