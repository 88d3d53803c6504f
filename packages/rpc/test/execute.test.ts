import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { call, sign } from './client.ts'
import { alice, bob, contracts, pauper, startNode, type TestNode } from './fixture.ts'

let node: TestNode
before(async () => {
  node = await startNode()
  await node.mine()
})
after(() => node.close())

const words = (result: string) =>
  (result.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`))

test('a call returns what the contract returns', async () => {
  for (const field of ['data', 'input']) {
    const result = await call(
      node,
      'eth_call',
      { to: contracts.echo.address, [field]: '0xc0ffee' },
      'latest',
    )
    assert.equal(result, '0xc0ffee')
  }
  assert.equal(await call(node, 'eth_call', { to: bob.address }), '0x')
  const { hash } = node.chain.head()
  assert.equal(
    await call(
      node,
      'eth_call',
      { to: contracts.echo.address, data: '0x01', unknownField: 1 },
      { blockHash: hash },
    ),
    '0x01',
  )
})

test('state can be overridden for one call', async () => {
  const slot = contracts.slot.address
  const key = `0x${'1'.padStart(64, '0')}`
  const read = async (override: unknown) =>
    words(await call(node, 'eth_call', { to: slot }, 'latest', override))
  assert.deepEqual(await read({}), [42n])
  assert.deepEqual(await read({ [slot]: { stateDiff: { [key]: `0x${'7'.padStart(64, '0')}` } } }), [
    7n,
  ])
  assert.deepEqual(await read({ [slot]: { state: {} } }), [0n])
  const code = { [bob.address]: { code: contracts.echo.code } }
  assert.equal(
    await call(node, 'eth_call', { to: bob.address, data: '0x55' }, 'latest', code),
    '0x55',
  )
  const rich = { [pauper.address]: { balance: '0xff' } }
  assert.equal(
    await call(
      node,
      'eth_call',
      { from: pauper.address, to: bob.address, value: '0x1' },
      'latest',
      rich,
    ),
    '0x',
  )
  assert.deepEqual(await read({}), [42n], 'nothing stays')
})

test('the block can be overridden, and pending runs in the next one', async () => {
  const head = node.chain.head().header
  const at = async (block: string, override?: unknown) =>
    words(
      await call(node, 'eth_call', { to: contracts.clock.address }, block, null, override ?? null),
    )
  assert.deepEqual(await at('latest'), [head.number, head.timestamp])
  assert.deepEqual(await at('latest', { number: '0x99', time: '0x77' }), [0x99n, 0x77n])
  const [number, timestamp] = await at('pending')
  assert.equal(number, head.number + 1n)
  assert.ok((timestamp ?? 0n) > head.timestamp)
})

test('a transfer needs exactly 0x5208 gas, whatever fields the wallet sends', async () => {
  const transfer = { from: alice.address, to: bob.address, value: '0x1' }
  for (const extra of [
    {},
    { gasPrice: '0x77359400' },
    { maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x1' },
    { nonce: '0x0' },
  ]) {
    for (const block of ['latest', 'pending']) {
      assert.equal(await call(node, 'eth_estimateGas', { ...transfer, ...extra }, block), '0x5208')
    }
  }
  assert.equal(
    await call(node, 'eth_estimateGas', { from: pauper.address, to: bob.address }),
    '0x5208',
  )
})

test('an estimate is enough to run', async () => {
  const request = { from: alice.address, to: contracts.logger.address, data: '0x0102' }
  const gasLimit = await call<string>(node, 'eth_estimateGas', request)
  const raw = await sign(alice, {
    to: contracts.logger.address,
    value: 0n,
    data: '0x0102',
    gasLimit,
  })
  const hash = await call(node, 'eth_sendRawTransaction', raw)
  await node.mine()
  const receipt = await call<{ status: string; gasUsed: string }>(
    node,
    'eth_getTransactionReceipt',
    hash,
  )
  assert.equal(receipt.status, '0x1')
  assert.ok(Number(gasLimit) < Number(receipt.gasUsed) * 1.02)
})

test('fees follow the chain’s policy', async () => {
  const head = await call<{ baseFeePerGas: string }>(node, 'eth_getBlockByNumber', 'latest', false)
  const tip = await call<string>(node, 'eth_maxPriorityFeePerGas')
  assert.equal(BigInt(tip), 10n ** 9n)
  assert.ok(
    BigInt(await call<string>(node, 'eth_gasPrice')) >= BigInt(head.baseFeePerGas) + BigInt(tip),
  )
  assert.equal(await call(node, 'eth_blobBaseFee'), '0x1')

  const free = await startNode({ feePolicy: 'freeGas' })
  const fixed = await startNode({ feePolicy: 'fixedBaseFee' })
  try {
    for (const method of ['eth_gasPrice', 'eth_maxPriorityFeePerGas', 'eth_baseFee']) {
      assert.equal(await call(free, method), '0x0', method)
    }
    const raw = await sign(pauper, { value: 0n, maxFeePerGas: 10n ** 15n })
    const hash = await call(free, 'eth_sendRawTransaction', raw)
    await free.mine()
    const receipt = await call<{ effectiveGasPrice: string }>(
      free,
      'eth_getTransactionReceipt',
      hash,
    )
    assert.equal(receipt.effectiveGasPrice, '0x0', 'no money, no charge, no fee cap')
    const history = await call<{ reward: string[][] }>(
      free,
      'eth_feeHistory',
      '0x2',
      'latest',
      [10, 90],
    )
    assert.deepEqual(history.reward, [
      ['0x0', '0x0'],
      ['0x0', '0x0'],
    ])
    assert.equal(await call(fixed, 'eth_gasPrice'), '0x3b9aca00')
    assert.equal(await call(fixed, 'eth_maxPriorityFeePerGas'), '0x0')
  } finally {
    await Promise.all([free.close(), fixed.close()])
  }
})

test('fee history covers the asked blocks and the next base fee', async () => {
  const count = Number(node.chain.head().header.number) + 1
  const history = await call<Record<string, unknown[]>>(
    node,
    'eth_feeHistory',
    '0x400',
    'latest',
    [0, 50, 100],
  )
  assert.equal(history.oldestBlock, '0x0')
  assert.equal(history.baseFeePerGas?.length, count + 1)
  assert.equal(history.gasUsedRatio?.length, count)
  assert.equal(history.baseFeePerBlobGas?.length, count + 1)
  assert.deepEqual(history.reward?.at(-1), ['0x3b9aca00', '0x3b9aca00', '0x3b9aca00'])
  for (const blocks of ['0x1', 1, '1']) {
    const one = await call<Record<string, unknown[]>>(node, 'eth_feeHistory', blocks, 'pending')
    assert.equal(one.baseFeePerGas?.length, 2)
    assert.equal('reward' in one, false)
  }
})
