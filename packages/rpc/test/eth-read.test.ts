import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeBlock, decodeHeader } from '@busan/chain-spec'
import { EMPTY_CODE_HASH, hexToBytes, keccakHash } from '@busan/primitives'
import { blockHash } from '@busan/qbft'
import { call, send, sign } from './client.ts'
import { alice, bob, contracts, startNode, type TestNode } from './fixture.ts'

type Shape = Record<string, unknown>

const BLOCK_KEYS = [
  'baseFeePerGas',
  'blobGasUsed',
  'difficulty',
  'excessBlobGas',
  'extraData',
  'gasLimit',
  'gasUsed',
  'hash',
  'logsBloom',
  'miner',
  'mixHash',
  'nonce',
  'number',
  'parentBeaconBlockRoot',
  'parentHash',
  'receiptsRoot',
  'requestsHash',
  'sha3Uncles',
  'size',
  'stateRoot',
  'timestamp',
  'totalDifficulty',
  'transactions',
  'transactionsRoot',
  'uncles',
  'withdrawals',
  'withdrawalsRoot',
]

let node: TestNode
/** Hashes of the transactions of block 1: legacy, access list, fee market with a log, creation, failure. */
let hashes: string[]

before(async () => {
  node = await startNode()
  const transactions = [
    { type: 0, gasPrice: 10n ** 10n, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined },
    {
      type: 1,
      gasPrice: 10n ** 10n,
      maxFeePerGas: undefined,
      maxPriorityFeePerGas: undefined,
      gasLimit: 50_000,
      accessList: [{ address: bob.address, storageKeys: [`0x${'01'.repeat(32)}`] }],
    },
    { to: contracts.logger.address, value: 0n, gasLimit: 100_000, data: '0x1234' },
    { to: null, value: 0n, gasLimit: 100_000, data: '0x6001600055' },
    { to: contracts.invalid.address, value: 0n, gasLimit: 60_000 },
  ]
  hashes = []
  for (const [nonce, fields] of transactions.entries()) {
    const raw = await sign(alice, { ...fields, nonce })
    hashes.push(await call<string>(node, 'eth_sendRawTransaction', raw))
  }
  await node.mine()
})
after(() => node.close())

test('a block has every key that tools read, under its on-chain hash', async () => {
  const block = await call<Shape>(node, 'eth_getBlockByNumber', '0x1', false)
  assert.deepEqual(Object.keys(block).sort(), BLOCK_KEYS)
  assert.deepEqual(block.transactions, hashes)
  assert.equal(block.difficulty, '0x1')
  assert.equal(block.totalDifficulty, '0x2')
  assert.deepEqual([block.uncles, block.withdrawals], [[], []])
  assert.equal(block.miner, node.validator)

  const raw = hexToBytes(await call(node, 'debug_getRawHeader', '0x1'))
  const header = decodeHeader(raw)
  assert.equal(blockHash(header), block.hash)
  assert.notEqual(keccakHash(raw), block.hash, 'extraData is the sealed one')
  assert.equal(header.extraData, block.extraData)
  const rawBlock = hexToBytes(await call(node, 'debug_getRawBlock', block.hash))
  assert.equal(Number(block.size), rawBlock.length)
  assert.equal(decodeBlock(rawBlock).transactions.length, 5)
  assert.deepEqual(await call(node, 'eth_getBlockByHash', block.hash, false), block)
})

test('every tag names a block, and final means latest', async () => {
  const latest = await call<Shape>(node, 'eth_getBlockByNumber', 'latest', false)
  for (const tag of ['safe', 'finalized', '0x1']) {
    assert.deepEqual(await call(node, 'eth_getBlockByNumber', tag, false), latest)
  }
  const earliest = await call<Shape>(node, 'eth_getBlockByNumber', 'earliest', false)
  assert.equal(earliest.hash, node.chain.genesisHash)
  assert.equal(await call(node, 'eth_getBlockByNumber', '0x99', false), null)
  assert.equal(await call(node, 'eth_getBlockByHash', hashes[0], false), null)
})

test('transactions of each type have geth’s fields', async () => {
  const [legacy, accessList, dynamic, creation] = await Promise.all(
    hashes.map((hash) => call<Shape>(node, 'eth_getTransactionByHash', hash)),
  )
  const common = [
    'blockHash',
    'blockNumber',
    'blockTimestamp',
    'chainId',
    'from',
    'gas',
    'gasPrice',
    'hash',
    'input',
    'nonce',
    'r',
    's',
    'to',
    'transactionIndex',
    'type',
    'v',
    'value',
  ]
  assert.deepEqual(Object.keys(legacy ?? {}).sort(), common)
  assert.deepEqual(
    Object.keys(accessList ?? {}).sort(),
    [...common, 'accessList', 'yParity'].sort(),
  )
  assert.deepEqual(
    Object.keys(dynamic ?? {}).sort(),
    [...common, 'accessList', 'maxFeePerGas', 'maxPriorityFeePerGas', 'yParity'].sort(),
  )
  assert.equal(legacy?.from, alice.address.toLowerCase())
  assert.ok(Number(legacy?.v) >= 35, 'EIP-155')
  assert.deepEqual([creation?.to, creation?.transactionIndex], [null, '0x3'])
  const { baseFeePerGas, transactions } = await call<Shape>(
    node,
    'eth_getBlockByNumber',
    '0x1',
    true,
  )
  assert.equal(Number(dynamic?.gasPrice), Number(baseFeePerGas) + 1e9)
  assert.deepEqual((transactions as Shape[])[2], dynamic)
  assert.deepEqual(
    await call(node, 'eth_getTransactionByBlockNumberAndIndex', '0x1', '0x2'),
    dynamic,
  )
  assert.deepEqual(
    await call(node, 'eth_getTransactionByBlockHashAndIndex', dynamic?.blockHash, '0x2'),
    dynamic,
  )
  assert.equal(await call(node, 'eth_getTransactionByBlockNumberAndIndex', '0x1', '0x9'), null)
  assert.equal(await call(node, 'eth_getBlockTransactionCountByNumber', '0x1'), '0x5')
  assert.equal(await call(node, 'eth_getBlockTransactionCountByHash', hashes[0]), null)
  assert.equal(await call(node, 'eth_getUncleCountByBlockNumber', '0x1'), '0x0')
  assert.equal(await call(node, 'eth_getUncleByBlockNumberAndIndex', '0x1', '0x0'), null)
})

test('receipts have every key and say how each transaction ended', async () => {
  const receipts = await call<Shape[]>(node, 'eth_getBlockReceipts', '0x1')
  assert.deepEqual(Object.keys(receipts[0] ?? {}).sort(), [
    'blockHash',
    'blockNumber',
    'contractAddress',
    'cumulativeGasUsed',
    'effectiveGasPrice',
    'from',
    'gasUsed',
    'logs',
    'logsBloom',
    'status',
    'to',
    'transactionHash',
    'transactionIndex',
    'type',
  ])
  assert.deepEqual(
    receipts.map(({ status }) => status),
    ['0x1', '0x1', '0x1', '0x1', '0x0'],
  )
  const [, , logged, created] = receipts
  assert.match(String(created?.contractAddress), /^0x[0-9a-f]{40}$/)
  assert.equal(created?.to, null)
  const [log] = (logged?.logs ?? []) as Shape[]
  assert.deepEqual(log, {
    address: contracts.logger.address,
    topics: [`0x${'0'.repeat(63)}1`, `0x${'0'.repeat(24)}${alice.address.slice(2).toLowerCase()}`],
    data: '0x1234',
    blockNumber: '0x1',
    blockHash: logged?.blockHash,
    blockTimestamp: (await call<Shape>(node, 'eth_getBlockByNumber', '0x1', false)).timestamp,
    transactionHash: hashes[2],
    transactionIndex: '0x2',
    logIndex: '0x0',
    removed: false,
  })
  for (const [index, receipt] of receipts.entries()) {
    assert.deepEqual(await call(node, 'eth_getTransactionReceipt', hashes[index]), receipt)
  }
  assert.deepEqual(await call(node, 'eth_getBlockReceipts', receipts[0]?.blockHash), receipts)
  assert.deepEqual(
    await call(node, 'eth_getBlockReceipts', { blockHash: receipts[0]?.blockHash }),
    receipts,
  )
  assert.deepEqual(
    await call(node, 'eth_getBlockReceipts', 'earliest'),
    [],
    'graph-node wants a list',
  )
  assert.equal(await call(node, 'eth_getBlockReceipts', '0x77'), null)
  assert.equal((await call<string[]>(node, 'debug_getRawReceipts', '0x1')).length, 5)
  assert.equal(await call(node, 'eth_getTransactionReceipt', `0x${'00'.repeat(32)}`), null)
})

test('state is read at numbers, tags and EIP-1898 objects', async () => {
  const { hash } = await call<Shape>(node, 'eth_getBlockByNumber', '0x0', false)
  assert.equal(await call(node, 'eth_getTransactionCount', alice.address, 'latest'), '0x5')
  for (const block of [
    '0x0',
    'earliest',
    hash,
    { blockHash: hash, requireCanonical: true },
    { blockNumber: '0x0' },
  ]) {
    assert.equal(await call(node, 'eth_getTransactionCount', alice.address, block), '0x0')
    assert.equal(await call(node, 'eth_getBalance', alice.address, block), '0x3635c9adc5dea00000')
  }
  assert.equal(
    await call(node, 'eth_getCode', contracts.echo.address, 'latest'),
    contracts.echo.code,
  )
  assert.equal(await call(node, 'eth_getCode', alice.address), '0x')
  const value = `0x${'2a'.padStart(64, '0')}`
  for (const slot of ['0x1', '0x01', `0x${'1'.padStart(64, '0')}`]) {
    assert.equal(
      await call(node, 'eth_getStorageAt', contracts.slot.address, slot, 'latest'),
      value,
    )
  }
  assert.equal(
    await call(node, 'eth_getStorageAt', alice.address, '0x0', 'pending'),
    `0x${'0'.repeat(64)}`,
  )
  const long = await send(node, 'eth_getStorageAt', [
    alice.address,
    `0x${'1'.repeat(66)}`,
    'latest',
  ])
  assert.match(String(long.error?.message), /hex string too long, want at most 32 bytes$/)
})

test('slots of several accounts are read in one request, within a limit', async () => {
  const method = 'eth_getStorageValues'
  const slot = contracts.slot.address
  const zero = `0x${'0'.repeat(64)}`
  const values = await call(node, method, { [slot]: ['0x1', '0x2'], [alice.address]: ['0x0'] })
  assert.deepEqual(values, {
    [slot.toLowerCase()]: [`0x${'2a'.padStart(64, '0')}`, zero],
    [alice.address.toLowerCase()]: [zero],
  })
  const refused: [unknown, RegExp][] = [
    [{}, /^empty request$/],
    [{ [slot]: [] }, /^empty request$/],
    [{ [slot]: Array(1025).fill('0x1') }, /^too many slots \(requested 1025, max 1024\)$/],
    [{ '0x12': ['0x1'] }, /^invalid argument 0: .*want 40 for address$/],
    [{ [slot]: ['0xzz'] }, /^invalid argument 0: .*hex string invalid$/],
    [null, /^missing value for required argument 0$/],
  ]
  for (const [requests, message] of refused) {
    const { error } = await send(node, method, [requests, 'latest'])
    assert.equal(error?.code, -32602)
    assert.match(String(error?.message), message)
  }
})

test('proofs name the slot as it was asked for and prove absence too', async () => {
  const slot = `0x${'1'.padStart(64, '0')}`
  const proof = await call<Shape & { storageProof: Shape[]; accountProof: string[] }>(
    node,
    'eth_getProof',
    contracts.slot.address,
    ['0x1', slot, '0x5'],
    'latest',
  )
  assert.deepEqual(
    proof.storageProof.map(({ key, value }) => [key, value]),
    [
      ['0x1', '0x2a'],
      [slot, '0x2a'],
      ['0x5', '0x0'],
    ],
  )
  const { stateRoot } = await call<Shape>(node, 'eth_getBlockByNumber', 'latest', false)
  assert.equal(keccakHash(hexToBytes(proof.accountProof[0] ?? '0x')), stateRoot)
  const absent = await call<Shape>(node, 'eth_getProof', `0x${'77'.repeat(20)}`, [], 'latest')
  assert.deepEqual([absent.balance, absent.nonce, absent.codeHash], ['0x0', '0x0', EMPTY_CODE_HASH])
  const tooMany = await send(node, 'eth_getProof', [
    alice.address,
    Array(1025).fill('0x1'),
    'latest',
  ])
  assert.deepEqual(tooMany.error, {
    code: -32602,
    message: 'too many keys (requested 1025, max 1024)',
  })
})

test('a pooled transaction is visible at once, and pending means the block it would enter', async () => {
  const raw = await sign(bob, { to: alice.address })
  const hash = await call<string>(node, 'eth_sendRawTransaction', raw)
  const queued = await call<string>(node, 'eth_sendRawTransaction', await sign(bob, { nonce: 7 }))
  const pooled = await call<Shape>(node, 'eth_getTransactionByHash', hash)
  assert.deepEqual(
    [pooled.blockHash, pooled.blockNumber, pooled.transactionIndex],
    [null, null, null],
  )
  assert.equal(await call(node, 'eth_getTransactionReceipt', hash), null)
  assert.equal(await call(node, 'debug_getRawTransaction', hash), raw)
  assert.equal(await call(node, 'eth_getTransactionCount', bob.address, 'pending'), '0x1')
  assert.equal(await call(node, 'eth_getTransactionCount', bob.address, 'latest'), '0x0')

  const block = await call<Shape>(node, 'eth_getBlockByNumber', 'pending', false)
  assert.deepEqual(Object.keys(block).sort(), BLOCK_KEYS)
  assert.deepEqual([block.hash, block.nonce, block.miner, block.number], [null, null, null, '0x2'])
  assert.deepEqual(block.transactions, [hash])
  const full = await call<{ transactions: Shape[] }>(node, 'eth_getBlockByNumber', 'pending', true)
  assert.deepEqual(full.transactions, [pooled])
  assert.equal(await call(node, 'eth_getBlockTransactionCountByNumber', 'pending'), '0x1')
  assert.deepEqual(
    await call(node, 'eth_getTransactionByBlockNumberAndIndex', 'pending', '0x0'),
    pooled,
  )

  assert.deepEqual(await call(node, 'txpool_status'), { pending: '0x1', queued: '0x1' })
  const content = await call<Record<string, Record<string, Record<string, Shape>>>>(
    node,
    'txpool_content',
  )
  assert.equal(content.pending?.[bob.address]?.['0']?.hash, hash)
  assert.equal(content.queued?.[bob.address]?.['7']?.hash, queued)
  const from = await call<{ pending: Shape }>(node, 'txpool_contentFrom', bob.address)
  assert.deepEqual(from.pending, { '0': pooled })
  const inspected = await call<{ pending: Record<string, Shape> }>(node, 'txpool_inspect')
  assert.equal(
    inspected.pending[bob.address]?.['0'],
    `${alice.address}: 1 wei + 21000 gas × 100000000000 wei`,
  )
  await node.mine()
  assert.equal((await call<Shape>(node, 'eth_getTransactionByHash', hash)).blockNumber, '0x2')
})

test('the node says who it is', async () => {
  assert.equal(await call(node, 'net_version'), '51053')
  assert.equal(await call(node, 'net_listening'), true)
  assert.equal(await call(node, 'net_peerCount'), '0x0')
  assert.match(await call(node, 'web3_clientVersion'), /^Busan\/v/)
  assert.equal(await call(node, 'web3_sha3', '0x'), EMPTY_CODE_HASH)
  assert.deepEqual(await call(node, 'eth_accounts'), [])
  assert.equal(await call(node, 'eth_coinbase'), node.validator)
  assert.equal(await call(node, 'eth_mining'), true)
  assert.equal(await call(node, 'eth_syncing'), false)
  node.sync.status = { syncing: true, startingBlock: 0n, highestBlock: 99n }
  assert.deepEqual(await call(node, 'eth_syncing'), {
    startingBlock: '0x0',
    currentBlock: '0x2',
    highestBlock: '0x63',
  })
  node.sync.status = { syncing: false }
})
