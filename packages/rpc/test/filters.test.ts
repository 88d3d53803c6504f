import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { call, send, sign } from './client.ts'
import { alice, bob, contracts, startNode, type TestNode } from './fixture.ts'

interface FoundLog {
  readonly blockNumber: string
  readonly data: string
  readonly logIndex: string
}

let node: TestNode
let nonce = 0
before(async () => {
  node = await startNode({ limits: { logResults: 250, filters: 20 } })
})
after(() => node.close())

/** Mines a block in which the logger contract writes `data`. */
async function mineLog(data: string): Promise<void> {
  const fields = {
    nonce: nonce++,
    to: contracts.logger.address,
    value: 0n,
    gasLimit: 100_000,
    data,
  }
  await call(node, 'eth_sendRawTransaction', await sign(alice, fields))
  await node.mine()
}

const TOPIC = `0x${'1'.padStart(64, '0')}`
const SENDER = `0x${alice.address.slice(2).toLowerCase().padStart(64, '0')}`
const OTHER = `0x${'ff'.repeat(32)}`

test('logs are found by range, block, address and topics', async () => {
  await mineLog('0x01')
  await mineLog('0x02')
  await node.mine()
  const find = async (filter: Record<string, unknown>) =>
    (await call<FoundLog[]>(node, 'eth_getLogs', filter)).map(({ data }) => data)
  const all = { fromBlock: 'earliest', toBlock: 'latest' }
  assert.deepEqual(await find(all), ['0x01', '0x02'])
  assert.deepEqual(await find({}), [], 'both ends default to the head')
  assert.deepEqual(await find({ fromBlock: '0x1', toBlock: '0x1' }), ['0x01'])
  const { hash } = await call<{ hash: string }>(node, 'eth_getBlockByNumber', '0x2', false)
  assert.deepEqual(await find({ blockHash: hash }), ['0x02'])
  const others = { blockHash: hash, address: bob.address }
  assert.deepEqual(await find(others), [], 'an answer that is kept belongs to its filter')
  assert.deepEqual(await find({ blockHash: hash }), ['0x02'])
  const both = await send(node, 'eth_getLogs', [{ blockHash: hash, fromBlock: '0x1' }])
  assert.equal(both.error?.code, -32602)

  assert.deepEqual(await find({ ...all, address: contracts.logger.address }), ['0x01', '0x02'])
  assert.deepEqual(await find({ ...all, address: [bob.address, contracts.logger.address] }), [
    '0x01',
    '0x02',
  ])
  assert.deepEqual(await find({ ...all, address: bob.address }), [])
  assert.deepEqual(await find({ ...all, address: [] }), ['0x01', '0x02'])
  const matching = [
    [TOPIC],
    [null, SENDER],
    [[OTHER, TOPIC]],
    [TOPIC, [SENDER, OTHER]],
    [[]],
    [[null, OTHER]],
    [],
  ]
  for (const topics of matching) {
    assert.deepEqual(await find({ ...all, topics }), ['0x01', '0x02'], JSON.stringify(topics))
  }
  for (const topics of [[OTHER], [null, OTHER], [TOPIC, SENDER, null]]) {
    assert.deepEqual(await find({ ...all, topics }), [], JSON.stringify(topics))
  }
})

test('a log filter gives each log once', async () => {
  const id = await call<string>(node, 'eth_newFilter', { topics: [TOPIC] })
  const poll = async () =>
    (await call<FoundLog[]>(node, 'eth_getFilterChanges', id)).map(({ data }) => data)
  assert.deepEqual(await poll(), [], 'nothing from before it was made')
  await mineLog('0x03')
  await mineLog('0x04')
  assert.deepEqual(await poll(), ['0x03', '0x04'])
  assert.deepEqual(await poll(), [])
  assert.deepEqual(
    await call(node, 'eth_getFilterLogs', id),
    await call(node, 'eth_getLogs', { topics: [TOPIC] }),
  )
  assert.equal(await call(node, 'eth_uninstallFilter', id), true)
  assert.equal(await call(node, 'eth_uninstallFilter', id), false)
  assert.equal((await send(node, 'eth_getFilterChanges', [id])).error?.message, 'filter not found')
})

test('a log filter that finds more than one answer holds is not stuck', async () => {
  const id = await call<string>(node, 'eth_newFilter', {})
  for (let block = 0; block < 3; block++) {
    const fields = { nonce: nonce++, to: contracts.noisy.address, value: 0n, gasLimit: 300_000 }
    await call(node, 'eth_sendRawTransaction', await sign(alice, fields))
    await node.mine()
  }
  const counts: number[] = []
  for (let poll = 0; poll < 4; poll++) {
    counts.push((await call<FoundLog[]>(node, 'eth_getFilterChanges', id)).length)
  }
  assert.equal(
    counts.reduce((a, b) => a + b),
    600,
  )
})

test('logIndex counts through the block', async () => {
  for (const to of [contracts.noisy.address, contracts.logger.address]) {
    const fields = { nonce: nonce++, to, value: 0n, gasLimit: 300_000 }
    await call(node, 'eth_sendRawTransaction', await sign(alice, fields))
  }
  await node.mine()
  const logs = await call<FoundLog[]>(node, 'eth_getLogs', { address: contracts.logger.address })
  assert.equal(logs.at(-1)?.logIndex, '0xc8')
})

test('block and pending-transaction filters give hashes', async () => {
  const blocks = await call<string>(node, 'eth_newBlockFilter')
  const pending = await call<string>(node, 'eth_newPendingTransactionFilter')
  const hash = await call(node, 'eth_sendRawTransaction', await sign(alice, { nonce: nonce++ }))
  await call(node, 'eth_sendRawTransaction', await sign(bob, { nonce: 5 }))
  const mined = [await node.mine(), await node.mine()]
  assert.deepEqual(
    await call(node, 'eth_getFilterChanges', pending),
    [hash],
    'the queued one is not executable',
  )
  assert.deepEqual(await call(node, 'eth_getFilterChanges', pending), [])
  assert.deepEqual(await call(node, 'eth_getFilterChanges', blocks), mined)
  assert.equal((await send(node, 'eth_getFilterLogs', [blocks])).error?.message, 'filter not found')
})

test('a filter that nobody polls is forgotten after five minutes, a polled one is not', async () => {
  const [kept, lost] = [
    await call(node, 'eth_newBlockFilter'),
    await call(node, 'eth_newBlockFilter'),
  ]
  node.clock.advance(4 * 60_000)
  await call(node, 'eth_getFilterChanges', kept)
  node.clock.advance(4 * 60_000)
  await call(node, 'eth_getFilterChanges', kept)
  assert.equal(
    (await send(node, 'eth_getFilterChanges', [lost])).error?.message,
    'filter not found',
  )
})

test('there is an end to the number of filters', async () => {
  node.clock.advance(10 * 60_000)
  for (let count = 0; count < 20; count++) await call(node, 'eth_newBlockFilter')
  const { error } = await send(node, 'eth_newBlockFilter', [])
  assert.equal(error?.code, -32005)
  assert.match(String(error?.message), /^too many filters: limit 20/)
})
