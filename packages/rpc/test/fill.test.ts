import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeRlp, Transaction } from 'ethers'
import { call, send } from './client.ts'
import { alice, bob, contracts, pauper, startNode, type TestNode } from './fixture.ts'

interface Filled {
  readonly raw: string
  readonly tx: Record<string, string> & { accessList?: object[]; authorizationList?: object[] }
}

let node: TestNode
before(async () => {
  node = await startNode()
})
after(() => node.close())

const fill = (fields: object) => call<Filled>(node, 'eth_fillTransaction', fields)

/** The same transaction by ethers. */
function byEthers({ tx }: Pick<Filled, 'tx'>): Transaction {
  const { chainId, to, nonce, gas, value, input, accessList, authorizationList } = tx
  const type = Number(tx.type)
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = tx
  const fees = type < 2 ? { gasPrice } : { maxFeePerGas, maxPriorityFeePerGas }
  const signed = authorizationList?.map((one) => ({ ...one, signature: one }))
  const lists = { accessList: accessList ?? null, authorizationList: signed ?? null }
  const body = { chainId, to, value, gasLimit: gas, data: input, nonce: Number(nonce) }
  return Transaction.from({ type, ...body, ...fees, ...lists } as never)
}

const withoutType = (hex: string) => (hex.startsWith('0x0') ? `0x${hex.slice(4)}` : hex)

test('what is filled in can be signed, sent and mined', async () => {
  for (const request of [
    { from: alice.address, to: bob.address, value: '0x5' },
    { from: alice.address, to: contracts.logger.address, input: '0xbeef' },
    { from: alice.address, data: '0x600160005360016000f3' },
    { from: alice.address, to: bob.address, gasPrice: '0x174876e800' },
    { from: alice.address, to: bob.address, gasPrice: '0x174876e800', accessList: [] },
  ]) {
    const filled = await fill(request)
    const signed = await alice.signTransaction(byEthers(filled))
    const hash = await call<string>(node, 'eth_sendRawTransaction', signed)
    await node.mine()
    const receipt = await call<{ status: string }>(node, 'eth_getTransactionReceipt', hash)
    assert.equal(receipt.status, '0x1')
  }
})

test('the envelope is the transaction with zeros for a signature', async () => {
  const to = contracts.slot.address
  const storageKeys = [`0x${'00'.repeat(31)}01`]
  const one = await alice.authorize({ address: to, nonce: 7, chainId: 51_053 })
  const authorization = {
    ...{ chainId: '0xc76d', address: to, nonce: '0x7' },
    yParity: `0x${one.signature.yParity}`,
    r: one.signature.r,
    s: one.signature.s,
  }
  for (const [type, fields] of [
    ['0x0', { gasPrice: '0x77359400' }],
    ['0x1', { gasPrice: '0x77359400', accessList: [{ address: to, storageKeys }] }],
    ['0x2', { accessList: [{ address: to, storageKeys }] }],
    ['0x4', { authorizationList: [authorization] }],
  ] as const) {
    const filled = await fill({ from: bob.address, to, gas: '0x30d40', ...fields })
    assert.equal(filled.tx.type, type)
    const items = decodeRlp(withoutType(filled.raw)) as unknown[]
    const theirs = decodeRlp(withoutType(byEthers(filled).unsignedSerialized)) as unknown[]
    // A legacy transaction is signed together with its chain id and two zeros (EIP-155).
    const unsigned = type === '0x0' ? theirs.slice(0, 6) : theirs
    assert.deepEqual(items.slice(0, -3), unsigned)
    assert.deepEqual(items.slice(-3), ['0x', '0x', '0x'])
  }
})

test('what is given stays, the nonce comes after pooled ones, the fees leave room', async () => {
  const baseFee = BigInt(await call<string>(node, 'eth_baseFee'))
  const tip = BigInt(await call<string>(node, 'eth_maxPriorityFeePerGas'))
  const first = await fill({ from: bob.address, to: alice.address })
  assert.equal(BigInt(first.tx.maxFeePerGas as string), tip + 2n * baseFee)
  assert.equal(first.tx.gas, '0x5208')
  await call(node, 'eth_sendRawTransaction', await bob.signTransaction(byEthers(first)))
  assert.equal((await fill({ from: bob.address, to: alice.address })).tx.nonce, '0x1')
  const given = { nonce: '0x9', gas: '0x7530', maxFeePerGas: '0x3', maxPriorityFeePerGas: '0x2' }
  const { tx } = await fill({ from: pauper.address, to: bob.address, ...given })
  assert.partialDeepStrictEqual(tx, given)
  const low = await fill({ from: bob.address, to: alice.address, maxFeePerGas: '0x3' })
  assert.equal(low.tx.maxPriorityFeePerGas, '0x3', 'the tip fits below the cap')
})

test('what cannot be filled in says why', async () => {
  const errorOf = async (fields: object) =>
    (await send(node, 'eth_fillTransaction', [fields])).error
  const { from, to } = { from: alice.address, to: bob.address }
  assert.match((await errorOf({ from }))?.message ?? '', /^contract creation without any data/)
  assert.match(
    (await errorOf({ from, to, maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }))?.message ?? '',
    /^maxFeePerGas \(1\) < maxPriorityFeePerGas \(2\)$/,
  )
  assert.equal((await errorOf({ from, to: contracts.reverter.address }))?.code, 3)
  const blobVersionedHashes = [`0x01${'00'.repeat(31)}`]
  assert.match((await errorOf({ from, to, blobVersionedHashes }))?.message ?? '', /blobs/)
})

test('where gas is free all fees are zero', async () => {
  const free = await startNode({ feePolicy: 'freeGas' })
  try {
    const request = { from: pauper.address, to: bob.address }
    const { tx } = await call<Filled>(free, 'eth_fillTransaction', request)
    assert.deepEqual([tx.maxFeePerGas, tx.maxPriorityFeePerGas], ['0x0', '0x0'])
    const signed = await pauper.signTransaction(byEthers({ tx }))
    const hash = await call<string>(free, 'eth_sendRawTransaction', signed)
    await free.mine()
    assert.ok(await call(free, 'eth_getTransactionReceipt', hash))
  } finally {
    await free.close()
  }
})
