import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { isCodedError } from '@busan/primitives'
import { silentLogger } from '@busan/telemetry'
import { createReplicas, REPLICA_HEADER } from '../src/replicas.ts'
import { call, send } from './client.ts'
import { startNode, type TestNode } from './fixture.ts'

/** Two nodes that name each other, and a third that never comes up. */
let first: TestNode
let second: TestNode
let urls: readonly string[]

before(async () => {
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const start = (index: number) =>
    startNode({
      http: { place: { host: '127.0.0.1', port: ports[index] as number } },
      replicas: [urls[index] as string, ...urls.filter((_, other) => other !== index)],
    })
  first = await start(0)
  second = await start(1)
})
after(() => Promise.all([first.close(), second.close()]))

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

test('a filter is polled through either replica, and gives each block once', async () => {
  const id = await call<string>(first, 'eth_newBlockFilter')
  assert.ok(BigInt(id) < 2n ** 128n, 'clients read an id as a number')
  const one = await first.mine()
  assert.deepEqual(await call(second, 'eth_getFilterChanges', id), [one])
  assert.deepEqual(await call(first, 'eth_getFilterChanges', id), [])
  const two = await first.mine()
  assert.deepEqual(await call(first, 'eth_getFilterChanges', id), [two])
  assert.deepEqual(await call(second, 'eth_getFilterChanges', id), [])
})

test('its logs are read and it is removed through either', async () => {
  const id = await call<string>(second, 'eth_newFilter', { fromBlock: 'earliest' })
  assert.deepEqual(await call(first, 'eth_getFilterLogs', id), [])
  assert.equal(await call(first, 'eth_uninstallFilter', id), true)
  assert.equal(
    (await send(second, 'eth_getFilterChanges', [id])).error?.message,
    'filter not found',
  )
})

test('what no replica has is not found, and neither is what one had that is gone', async () => {
  const gone = createReplicas([urls[2] as string, ...urls.slice(0, 2)], silentLogger).newId()
  for (const id of [gone, '0x1', `0x${'f'.repeat(64)}`, 'no id']) {
    const { error } = await send(first, 'eth_getFilterChanges', [id])
    assert.deepEqual([error?.code, error?.message], [-32000, 'filter not found'], id)
  }
})

test('what another replica passes on is answered here, whoever should keep it', async () => {
  const id = createReplicas([urls[1] as string], silentLogger).newId()
  const response = await fetch(first.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [REPLICA_HEADER]: '1' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_uninstallFilter', params: [id] }),
  })
  assert.deepEqual(await response.json(), { jsonrpc: '2.0', id: 1, result: false })
})

test('replicas that cannot be told apart are refused', () => {
  for (const names of [
    ['http://a', 'http://a'],
    ['http://a', 'http://b', 'http://b'],
  ]) {
    assert.throws(
      () => createReplicas(names, silentLogger),
      (error) => isCodedError(error, 'invalid-replicas'),
    )
  }
})
