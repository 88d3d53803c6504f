// What Otterscan asks for, in the order in which it does.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { getCreateAddress } from 'ethers'
import { call, errorString, send, sign } from './client.ts'
import { alice, bob, contracts, startNode, type TestNode } from './fixture.ts'

interface Found {
  readonly hash: string
  readonly blockNumber: string
}
interface Page {
  readonly txs: readonly Found[]
  readonly receipts: readonly { readonly transactionHash: string; readonly timestamp: number }[]
  readonly firstPage: boolean
  readonly lastPage: boolean
}

let node: TestNode
const hashes: string[] = []
const sender = alice.address.toLowerCase()
/** Creates a contract from one STOP, with a wei, and calls bob with two. */
const factory =
  `0x6001600060 00 5360016000 6001f0 50 6000600060006000600273${bob.address.slice(2)}61fffff1 00`.replaceAll(
    ' ',
    '',
  )
let factoryAddress: string

before(async () => {
  node = await startNode({ limits: { pageTransactions: 50 } })
  const submit = async (fields: Record<string, unknown>) => {
    const raw = await sign(alice, { nonce: hashes.length, gasLimit: 300_000, ...fields })
    hashes.push(await call<string>(node, 'eth_sendRawTransaction', raw))
  }
  await submit({})
  await submit({ to: contracts.reverter.address, value: 0n, data: errorString('no') })
  await node.mine()
  const init = `0x61${(factory.length / 2 - 1).toString(16).padStart(4, '0')}80600c6000396000f3${factory.slice(2)}`
  factoryAddress = getCreateAddress({ from: alice.address, nonce: 2 }).toLowerCase()
  await submit({ to: null, value: 0n, data: init })
  await node.mine()
  await submit({ to: factoryAddress, value: 3n })
  await submit({})
  await node.mine()
})
after(() => node.close())

test('the probes of the explorer are answered', async () => {
  assert.equal(await call(node, 'ots_getApiLevel'), 8)
  const latest = await call<{ number: string }>(node, 'erigon_getHeaderByNumber', 'latest')
  assert.equal(latest.number, '0x3')
  const first = await call<{ number: string }>(node, 'erigon_getHeaderByNumber', 1)
  assert.equal(first.number, '0x1')
  assert.equal(await call(node, 'erigon_getHeaderByNumber', 99), null)
  assert.equal(await call(node, 'ots_hasCode', contracts.echo.address, 'latest'), true)
  assert.equal(await call(node, 'ots_hasCode', factoryAddress, 1), false)
  assert.equal(await call(node, 'ots_hasCode', factoryAddress, 2), true)
})

test('a block has details without its transactions, and pages of them', async () => {
  type Details = { block: Record<string, unknown>; totalFees: string; issuance: object }
  const details = await call<Details>(node, 'ots_getBlockDetails', 1)
  assert.equal(details.block.transactionCount, 2)
  assert.equal(details.block.logsBloom, null)
  assert.ok(!('transactions' in details.block))
  const receipts = await call<{ gasUsed: string; effectiveGasPrice: string }[]>(
    node,
    'eth_getBlockReceipts',
    '0x1',
  )
  const fees = receipts.reduce(
    (sum, { gasUsed, effectiveGasPrice }) => sum + BigInt(gasUsed) * BigInt(effectiveGasPrice),
    0n,
  )
  assert.equal(BigInt(details.totalFees), fees)
  assert.deepEqual(details.issuance, { blockReward: '0x0', uncleReward: '0x0', issuance: '0x0' })
  const byHash = await call(node, 'ots_getBlockDetailsByHash', details.block.hash)
  assert.deepEqual(byHash, details)
  type Transactions = {
    fullblock: { transactions: { hash: string; input: string }[]; transactionCount: number }
    receipts: { logs: null }[]
  }
  const page = await call<Transactions>(node, 'ots_getBlockTransactions', 1, 0, 1)
  assert.deepEqual(
    page.fullblock.transactions.map(({ hash, input }) => [hash, input]),
    [[hashes[1], '0x08c379a0']],
  )
  assert.equal(page.receipts[0]?.logs, null)
  const next = await call<Transactions>(node, 'ots_getBlockTransactions', 1, 1, 1)
  assert.equal(next.fullblock.transactions[0]?.hash, hashes[0])
  const { error } = await send(node, 'ots_getBlockTransactions', [1, 0, 51])
  assert.equal(error?.code, -32602)
})

test('a transaction tells its error, its messages and what it moved inside', async () => {
  assert.equal(await call(node, 'ots_getTransactionError', hashes[0]), '0x')
  assert.equal(await call(node, 'ots_getTransactionError', hashes[1]), errorString('no'))
  type Entry = { type: string; depth: number; to: string | null; value: string | null }
  const trace = await call<Entry[]>(node, 'ots_traceTransaction', hashes[3])
  const created = getCreateAddress({ from: factoryAddress, nonce: 1 }).toLowerCase()
  assert.deepEqual(
    trace.map(({ type, depth, to, value }) => [type, depth, to, value]),
    [
      ['CALL', 0, factoryAddress, '0x3'],
      ['CREATE', 1, created, '0x1'],
      ['CALL', 1, bob.address.toLowerCase(), '0x2'],
    ],
  )
  assert.deepEqual(await call(node, 'ots_getInternalOperations', hashes[3]), [
    { type: 2, from: factoryAddress, to: created, value: '0x1' },
    { type: 0, from: factoryAddress, to: bob.address.toLowerCase(), value: '0x2' },
  ])
  assert.deepEqual(await call(node, 'ots_getInternalOperations', hashes[0]), [])
})

test('transactions are found by sender and nonce, contracts by their creation', async () => {
  for (const [nonce, hash] of hashes.entries()) {
    assert.equal(await call(node, 'ots_getTransactionBySenderAndNonce', sender, nonce), hash)
  }
  const unused = await call(node, 'ots_getTransactionBySenderAndNonce', sender, hashes.length)
  assert.equal(unused, null)
  assert.deepEqual(await call(node, 'ots_getContractCreator', factoryAddress), {
    hash: hashes[2],
    creator: sender,
  })
  const inner = getCreateAddress({ from: factoryAddress, nonce: 1 })
  // Its code is empty, so it is no contract.
  assert.equal(await call(node, 'ots_getContractCreator', inner), null)
  assert.equal(await call(node, 'ots_getContractCreator', contracts.echo.address), null)
  assert.equal(await call(node, 'ots_getContractCreator', sender), null)
})

test('a transaction is found by sender and nonce while it waits, too', async () => {
  const find = (nonce: number) =>
    call<{ hash: string; blockNumber: string | null } | null>(
      node,
      'eth_getTransactionBySenderAndNonce',
      sender,
      `0x${nonce.toString(16)}`,
    )
  assert.deepEqual([(await find(3))?.hash, (await find(3))?.blockNumber], [hashes[3], '0x3'])
  const raw = await sign(alice, { nonce: hashes.length })
  const waiting = await call<string>(node, 'eth_sendRawTransaction', raw)
  const found = await find(hashes.length)
  assert.deepEqual([found?.hash, found?.blockNumber], [waiting, null])
  assert.equal(await find(hashes.length + 1), null)
})

test('the history of an account can be walked in both directions', async () => {
  const search = (direction: 'Before' | 'After', block: number, size: number) =>
    call<Page>(node, `ots_searchTransactions${direction}`, sender, block, size)
  const places = ({ txs }: Page) => txs.map(({ hash }) => hashes.indexOf(hash))
  const newest = await search('Before', 0, 2)
  assert.deepEqual(places(newest), [4, 3])
  assert.deepEqual([newest.firstPage, newest.lastPage], [true, false])
  assert.deepEqual(
    newest.receipts.map(({ transactionHash }) => hashes.indexOf(transactionHash)),
    [4, 3],
  )
  assert.equal(typeof newest.receipts[0]?.timestamp, 'number')
  const older = await search('Before', 3, 2)
  assert.deepEqual([places(older), older.lastPage], [[2, 1, 0], true], 'blocks are not split')
  const oldest = await search('After', 0, 1)
  assert.deepEqual([places(oldest), oldest.firstPage, oldest.lastPage], [[1, 0], false, true])
  const newer = await search('After', 1, 10)
  assert.deepEqual([places(newer), newer.firstPage, newer.lastPage], [[4, 3, 2], true, false])
  const contract = await call<Page>(node, 'ots_searchTransactionsBefore', factoryAddress, 0, 25)
  assert.deepEqual(places(contract), [3, 2])
})
