import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { call, send, sign } from './client.ts'
import { alice, bob, contracts, startNode, type TestNode } from './fixture.ts'

interface Trace {
  readonly action: Record<string, string>
  readonly blockHash: string
  readonly blockNumber: number
  readonly error?: string
  readonly traceAddress: readonly number[]
  readonly transactionHash: string
  readonly transactionPosition: number
}
interface Replay {
  readonly output: string
  readonly trace: readonly Trace[]
  readonly stateDiff: Record<string, { nonce: unknown }>
  readonly transactionHash?: string
}

let node: TestNode
let hashes: string[]
const sender = alice.address.toLowerCase()
before(async () => {
  node = await startNode({ limits: { traceRangeBlocks: 3 } })
  const submit = async (fields: Record<string, unknown>) =>
    call<string>(node, 'eth_sendRawTransaction', await sign(alice, fields))
  hashes = [
    await submit({}),
    await submit({ nonce: 1, to: contracts.echo.address, data: '0xab', gasLimit: 100_000 }),
  ]
  await node.mine()
  hashes.push(await submit({ nonce: 2, to: contracts.reverter.address, gasLimit: 100_000 }))
  await node.mine()
  await node.mine()
})
after(() => node.close())

test('the messages of a block come in order, and those of one transaction alone', async () => {
  const block = await call<Trace[]>(node, 'trace_block', '0x1')
  assert.deepEqual(
    block.map(({ transactionHash, transactionPosition, blockNumber }) => [
      transactionHash,
      transactionPosition,
      blockNumber,
    ]),
    [
      [hashes[0], 0, 1],
      [hashes[1], 1, 1],
    ],
  )
  assert.deepEqual(await call(node, 'trace_transaction', hashes[1]), [block[1]])
  assert.deepEqual(await call(node, 'trace_get', hashes[1], []), block[1])
  assert.equal(await call(node, 'trace_get', hashes[1], ['0x0']), null)
  const [failed] = await call<Trace[]>(node, 'trace_block', '0x2')
  assert.deepEqual([failed?.error, 'result' in (failed ?? {})], ['Reverted', false])
  assert.deepEqual(await call(node, 'trace_block', '0x3'), [])
  assert.deepEqual(await call(node, 'trace_block', '0x0'), [])
})

test('what is unknown is null, or an error where nothing can be run', async () => {
  const unknown = `0x${'ab'.repeat(32)}`
  assert.equal(await call(node, 'trace_block', '0x99'), null)
  assert.equal(await call(node, 'trace_transaction', unknown), null)
  const { error } = await send(node, 'trace_replayTransaction', [unknown, ['trace']])
  assert.deepEqual(error, { code: -32000, message: 'transaction not found' })
  const wrong = await send(node, 'trace_call', [{}, ['steps']])
  assert.equal(wrong.error?.code, -32602)
})

test('blocks and transactions can be replayed', async () => {
  const one = await call<Replay>(node, 'trace_replayTransaction', hashes[1], ['trace', 'stateDiff'])
  assert.equal(one.output, '0xab')
  assert.deepEqual(one.stateDiff[sender]?.nonce, { '*': { from: '0x1', to: '0x2' } })
  assert.equal(one.trace.length, 1)
  const all = await call<Replay[]>(node, 'trace_replayBlockTransactions', '0x1', ['trace'])
  assert.deepEqual(
    all.map(({ transactionHash }) => transactionHash),
    hashes.slice(0, 2),
  )
  assert.deepEqual(all[1]?.trace, one.trace)
})

test('calls and signed transactions can be tried', async () => {
  const message = { from: alice.address, to: contracts.echo.address, data: '0x01' }
  assert.equal(
    (await call<Replay>(node, 'trace_call', message, ['trace'], 'latest')).output,
    '0x01',
  )
  const transfer = { from: alice.address, to: bob.address, value: '0x1' }
  const many = await call<Replay[]>(node, 'trace_callMany', [
    [transfer, ['stateDiff']],
    [transfer, ['stateDiff']],
  ])
  assert.deepEqual(
    many.map(({ stateDiff }) => stateDiff[sender]?.nonce),
    [{ '*': { from: '0x3', to: '0x4' } }, { '*': { from: '0x4', to: '0x5' } }],
  )
  const raw = await sign(alice, {
    nonce: 3,
    to: contracts.echo.address,
    data: '0x02',
    gasLimit: 90_000,
  })
  assert.equal((await call<Replay>(node, 'trace_rawTransaction', raw, ['trace'])).output, '0x02')
  assert.equal(await call(node, 'eth_getTransactionCount', alice.address, 'pending'), '0x3')
})

test('messages are found by sender and receiver', async () => {
  const find = async (filter: object) => {
    const found = await call<Trace[]>(node, 'trace_filter', {
      fromBlock: '0x1',
      toBlock: '0x2',
      ...filter,
    })
    return found.map(({ transactionHash }) => hashes.indexOf(transactionHash))
  }
  assert.deepEqual(await find({}), [0, 1, 2])
  assert.deepEqual(await find({ fromAddress: [alice.address] }), [0, 1, 2])
  assert.deepEqual(await find({ toAddress: [bob.address] }), [0])
  assert.deepEqual(await find({ fromAddress: [bob.address] }), [])
  assert.deepEqual(await find({ after: 1, count: 1 }), [1])
  const { error } = await send(node, 'trace_filter', [{ fromBlock: '0x0', toBlock: '0x3' }])
  assert.deepEqual(error, {
    code: -32005,
    message:
      'block range too large: requested 4 blocks, limit 3. Try with this block range [0x0, 0x2]',
  })
})
