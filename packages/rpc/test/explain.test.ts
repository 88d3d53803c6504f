import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { keccak256 } from 'ethers'
import { call, connect, send, sign, type TestSocket } from './client.ts'
import { alice, bob, contracts, pauper, startNode, type TestNode } from './fixture.ts'

type Explanation = Record<string, unknown> & { status: string; message: string }

let node: TestNode
let client: TestSocket
before(async () => {
  node = await startNode()
})
after(() => node.close())
beforeEach(async () => {
  client = await connect(node.wsUrl)
})
afterEach(() => client.close())

const submit = async (...args: Parameters<typeof sign>) =>
  call<string>(node, 'eth_sendRawTransaction', await sign(...args))
const explain = (hash: string) => call<Explanation>(node, 'busan_explainTransaction', hash)
const from = alice.address.toLowerCase()

test('a transaction is executable, then final, and what failed says so', async () => {
  const first = await submit(alice, { nonce: 0 })
  const failing = { nonce: 1, to: contracts.reverter.address, gasLimit: 50_000, value: 0n }
  const second = await submit(alice, failing)
  assert.deepEqual(await explain(second), {
    hash: second,
    from,
    nonce: '0x1',
    status: 'executable',
    message: 'in the pool and executable: the next blocks may take it, 1 come before it',
    ahead: '0x1',
  })
  const blockHash = await node.mine()
  assert.deepEqual(await explain(first), {
    hash: first,
    from,
    nonce: '0x0',
    status: 'final',
    message: 'final in block 1',
    blockNumber: '0x1',
    blockHash,
    transactionIndex: '0x0',
    succeeded: true,
  })
  const { succeeded, message } = await explain(second)
  assert.equal(succeeded, false)
  assert.match(message, /^final in block 1; it failed/)
})

test('a transaction behind missing nonces names them', async () => {
  const hash = await submit(alice, { nonce: 10 })
  await submit(alice, { nonce: 7 })
  const { status, missingNonces, message } = await explain(hash)
  assert.equal(status, 'queued')
  assert.deepEqual(missingNonces, [
    { first: '0x2', last: '0x6' },
    { first: '0x8', last: '0x9' },
  ])
  assert.match(message, /^queued behind the nonce gap 2\.\.6, 8\.\.9: its nonce is 10,/)
})

test('what pays less than the base fee says so, and so does what comes after it', async () => {
  const poor = await submit(bob, { nonce: 0, maxFeePerGas: 5n, maxPriorityFeePerGas: 1n })
  const later = await submit(bob, { nonce: 1 })
  const baseFeePerGas = await call<string>(node, 'eth_baseFee')
  const own = await explain(poor)
  assert.equal(own.status, 'underpriced')
  assert.deepEqual([own.maxFeePerGas, own.baseFeePerGas], ['0x5', baseFeePerGas])
  assert.equal(own.blockedBy, undefined)
  const { status, blockedBy, message } = await explain(later)
  assert.deepEqual([status, blockedBy], ['underpriced', poor])
  assert.match(message, /nonce 0 of its sender comes first/)
})

test('a replaced transaction names its successor, to who asks and to who listens', async () => {
  const { result: id } = await client.request('eth_subscribe', 'droppedPendingTransactions')
  const poor = await sign(bob, { nonce: 0, maxFeePerGas: 5n, maxPriorityFeePerGas: 1n })
  const { error } = await send(node, 'eth_sendRawTransaction', [poor])
  assert.equal(error?.message, 'already known')
  const successor = await submit(bob, { nonce: 0 })
  const { subscription, result } = await client.notification()
  const drop = result as Explanation
  assert.equal(subscription, id)
  assert.deepEqual(
    [drop.reason, drop.replacedBy, drop.from, drop.nonce],
    ['replaced', successor, bob.address.toLowerCase(), '0x0'],
  )
  const told = await explain(String(drop.hash))
  assert.deepEqual([told.status, told.reason, told.replacedBy], ['replaced', 'replaced', successor])
  assert.match(String(told.at), /^0x[1-9a-f]/)
})

test('what another node’s block overtook names who took its nonce', async () => {
  await client.request('eth_subscribe', 'droppedPendingTransactions', { includeTransactions: true })
  const { mine, pool, chain } = node
  const hash = await submit(bob, { nonce: 2 })
  const [transaction] = [pool.get(hash as never)]
  assert.ok(transaction)
  pool.drop([{ hash: transaction.hash, reason: 'not-executable', message: 'for a reason' }])
  const { result } = await client.notification()
  assert.partialDeepStrictEqual(result, {
    hash,
    reason: 'not-executable',
    message: 'for a reason',
    transaction: { hash, blockHash: null, nonce: '0x2' },
  })
  assert.partialDeepStrictEqual(await explain(hash), {
    status: 'dropped',
    reason: 'not-executable',
  })
  const other = await submit(bob, { nonce: 2, value: 9n })
  await mine()
  assert.ok(chain.transactionLocation(other as never))
  const told = await explain(hash)
  assert.deepEqual([told.status, told.replacedBy], ['replaced', other])
  assert.match(told.message, new RegExp(`: for a reason; ${other} used nonce 2$`))
})

test('a refusal is remembered with its words', async () => {
  const raw = await sign(pauper)
  const { error } = await send(node, 'eth_sendRawTransaction', [raw])
  const told = await explain(keccak256(raw))
  assert.deepEqual([told.status, told.reason], ['refused', 'insufficient-funds'])
  assert.ok(told.message.endsWith(`: ${error?.message}`))
})

test('a hash that nobody sent is unknown here, and a node that lags says that it does', async () => {
  const hash = `0x${'77'.repeat(32)}`
  const { status, message } = await explain(hash)
  assert.equal(status, 'unknown')
  assert.doesNotMatch(message, /behind/)
  node.sync.status = { syncing: true, startingBlock: 0n, highestBlock: 9n }
  assert.match((await explain(hash)).message, /this node is behind the network/)
  node.sync.status = { syncing: false }
})
