import assert from 'node:assert/strict'
import { createServer, request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'
import { isCodedError, present } from '@busan/primitives'
import { createMetrics } from '@busan/telemetry'
import { createMetricsServer } from '../src/index.ts'
import { call, connect, post, send, sign, withDeadline } from './client.ts'
import { alice, bob, startNode, type TestNode } from './fixture.ts'

let node: TestNode
before(async () => {
  node = await startNode()
})
after(() => node.close())

const chainId = { jsonrpc: '2.0', id: 1, method: 'eth_chainId' }

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

test('a 10 MB body is refused with 413, and its sender gets to the answer', async () => {
  for (let turn = 0; turn < 10; turn++) {
    const { status, body } = await post(node.url, 'x'.repeat(10 * 1024 * 1024))
    assert.deepEqual([status, body], [413, 'content length too large (10485760>5242880)\n'])
  }
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
    await assert.rejects(
      startNode({ http: { place: { host: '127.0.0.1', port } } }),
      (error: unknown) => {
        assert.ok(isCodedError(error, 'listen-failed'))
        assert.match(error.message, new RegExp(`127.0.0.1:${port}: it is in use; .*choose another`))
        return true
      },
    )
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
