import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { type Logger, silentLogger } from '@busan/telemetry'
import { call, connect, send, sign, type TestSocket, withDeadline } from './client.ts'
import { alice, bob, contracts, startNode, type TestNode } from './fixture.ts'

type Shape = Record<string, unknown>

let node: TestNode
let client: TestSocket
let nonce = 0
before(async () => {
  node = await startNode({ limits: { subscriptionsPerConnection: 3 } })
})
after(() => node.close())
beforeEach(async () => {
  client = await connect(node.wsUrl)
})
afterEach(() => client.close())

const submit = async (fields: Record<string, unknown> = {}) =>
  call<string>(node, 'eth_sendRawTransaction', await sign(alice, { nonce: nonce++, ...fields }))

test('WebSocket requests are answered on both ports, by id', async () => {
  assert.equal((await client.request('eth_chainId')).result, '0xc76d')
  for (const url of [node.url.replace('http', 'ws'), `${node.url.replace('http', 'ws')}/ws`]) {
    const other = await connect(url)
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => other.request('net_version')),
    )
    assert.ok(answers.every(({ result }) => result === '51053'))
    other.close()
  }
})

test('newHeads pushes each header once, without transactions', async () => {
  const { result: id } = await client.request('eth_subscribe', 'newHeads')
  const hash = await node.mine()
  const { subscription, result } = await client.notification()
  assert.equal(subscription, id)
  const { transactions, uncles, size, totalDifficulty, withdrawals, ...header } = await call<Shape>(
    node,
    'eth_getBlockByHash',
    hash,
    false,
  )
  assert.ok(transactions && uncles && size && totalDifficulty && withdrawals)
  assert.deepEqual(result, header)
  assert.equal((await client.request('eth_unsubscribe', id)).result, true)
  assert.deepEqual((await client.request('eth_unsubscribe', id)).error, {
    code: -32000,
    message: 'subscription not found',
  })
  await node.mine()
  const { result: next } = await client.request('eth_subscribe', 'newHeads')
  await node.mine()
  assert.equal((await client.notification()).subscription, next, 'nothing after unsubscribing')
})

test('logs are pushed as they match', async () => {
  const { result: id } = await client.request('eth_subscribe', 'logs', {
    address: contracts.logger.address,
  })
  await submit({ to: bob.address })
  const hash = await submit({
    to: contracts.logger.address,
    value: 0n,
    gasLimit: 100_000,
    data: '0xbeef',
  })
  await node.mine()
  const { subscription, result } = await client.notification()
  const log = result as Shape
  assert.deepEqual(
    [subscription, log.transactionHash, log.data, log.removed],
    [id, hash, '0xbeef', false],
  )
  const [found] = await call<Shape[]>(node, 'eth_getLogs', { address: contracts.logger.address })
  assert.deepEqual(log, found)
})

test('pending transactions come as hashes, or whole by geth’s and Besu’s option', async () => {
  for (const option of [
    undefined,
    false,
    true,
    { includeTransactions: true },
    { includeTransactions: false },
  ]) {
    const params = option === undefined ? [] : [option]
    const { result: id } = await client.request(
      'eth_subscribe',
      'newPendingTransactions',
      ...params,
    )
    const hash = await submit()
    const { result } = await client.notification()
    const isFull = option === true || (typeof option === 'object' && option.includeTransactions)
    assert.deepEqual(result, isFull ? await call(node, 'eth_getTransactionByHash', hash) : hash)
    await client.request('eth_unsubscribe', id)
  }
  await node.mine()
})

test('receipts are pushed for the wanted transactions', async () => {
  const wanted = await submit()
  await submit()
  await client.request('eth_subscribe', 'transactionReceipts', { transactionHashes: [wanted] })
  await node.mine()
  const { result } = await client.notification()
  assert.deepEqual(result, [await call(node, 'eth_getTransactionReceipt', wanted)])
})

test('syncing tells of the beginning and the end', async () => {
  await client.request('eth_subscribe', 'syncing')
  node.sync.status = { syncing: true, startingBlock: 1n, highestBlock: 500n }
  await node.mine()
  const { number } = node.chain.head().header
  assert.deepEqual((await client.notification()).result, {
    syncing: true,
    status: {
      startingBlock: '0x1',
      currentBlock: `0x${number.toString(16)}`,
      highestBlock: '0x1f4',
    },
  })
  node.sync.status = { syncing: false }
  await node.mine()
  assert.equal((await client.notification()).result, false)
})

test('unknown kinds, wrong options and too many subscriptions are refused', async () => {
  assert.deepEqual((await client.request('eth_subscribe', 'weather')).error, {
    code: -32601,
    message: 'no "weather" subscription in eth namespace',
  })
  assert.equal((await client.request('eth_subscribe', 'logs', { address: 1 })).error?.code, -32602)
  for (let count = 0; count < 3; count++) {
    assert.match(
      String((await client.request('eth_subscribe', 'newHeads')).result),
      /^0x[1-9a-f][0-9a-f]{0,31}$/,
    )
  }
  assert.deepEqual((await client.request('eth_subscribe', 'newHeads')).error, {
    code: -32005,
    message: 'too many subscriptions: limit 3 per connection',
  })
})

test('one client cannot end another’s subscription', async () => {
  const { result: id } = await client.request('eth_subscribe', 'newHeads')
  const other = await connect(node.wsUrl)
  assert.equal(
    (await other.request('eth_unsubscribe', id)).error?.message,
    'subscription not found',
  )
  other.close()
  await node.mine()
  assert.equal((await client.notification()).subscription, id)
})

test('binary and oversized messages end the connection with a code that says why', async () => {
  client.socket.send(new Uint8Array([1, 2, 3]))
  assert.equal((await withDeadline(once(client.socket, 'close'), 'close'))[0], 1003)
  const other = await connect(node.wsUrl)
  other.socket.send('x'.repeat(6 * 1024 * 1024))
  assert.equal((await withDeadline(once(other.socket, 'close'), 'close'))[0], 1009)
})

test('a client that does not read is dropped, and others are not held up', async () => {
  const dropped = Promise.withResolvers<void>()
  const warn = (message: string) =>
    message === 'dropped a websocket client that does not read' && dropped.resolve()
  const logger: Logger = { ...silentLogger, warn, child: () => logger }
  const small = await startNode({ limits: { webSocketBufferBytes: 200_000 }, logger })
  try {
    const slow = await connect(small.wsUrl)
    slow.socket.pause()
    const params = ['latest', true]
    const request = { jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params }
    const batch = JSON.stringify(Array.from({ length: 500 }, () => request))
    for (let count = 0; count < 30; count++) slow.socket.send(batch)
    const quick = await connect(small.wsUrl)
    assert.equal((await quick.request('eth_chainId')).result, '0xc76d')
    await withDeadline(dropped.promise, 'drop')
    const closed = once(slow.socket, 'close')
    slow.socket.resume()
    assert.equal((await withDeadline(closed, 'close'))[0], 1013)
    assert.equal((await quick.request('eth_chainId')).result, '0xc76d')
    quick.close()
  } finally {
    await small.close()
  }
})

test('a connection that gives no sign of life is cut off', async () => {
  const watchful = await startNode({ limits: { webSocketPingMs: 100 } })
  try {
    const dead = await connect(watchful.wsUrl, { autoPong: false })
    await withDeadline(once(dead.socket, 'close'), 'close')
  } finally {
    await watchful.close()
  }
})

test('sending and waiting is one request', async () => {
  const raw = await sign(alice, { nonce: nonce++ })
  const pooled = new Promise<void>((resolve) => {
    const stop = node.pool.onChanged(() => {
      stop()
      resolve()
    })
  })
  const waiting = send(node, 'eth_sendRawTransactionSync', [raw])
  await pooled
  await node.mine()
  const { result } = await waiting
  const receipt = result as { transactionHash: string; status: string }
  assert.equal(receipt.status, '0x1')
  assert.deepEqual(receipt, await call(node, 'eth_getTransactionReceipt', receipt.transactionHash))
})
