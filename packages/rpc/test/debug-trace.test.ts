import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { keccak256 } from 'ethers'
import { call, errorString, send, sign } from './client.ts'
import { alice, contracts, pauper, startNode, type TestNode } from './fixture.ts'

let node: TestNode
let transfer: string
let logged: string
before(async () => {
  node = await startNode({ limits: { traceTimeoutMaxMs: 1_000 } })
  const submit = async (fields: object) =>
    call<string>(node, 'eth_sendRawTransaction', await sign(alice, { ...fields }))
  transfer = await submit({})
  logged = await submit({ nonce: 1, to: contracts.logger.address, gasLimit: 100_000, data: '0xab' })
  await node.mine()
  await submit({ nonce: 2, to: contracts.slot.address, gasLimit: 100_000 })
  await node.mine()
})
after(() => node.close())

interface Traced {
  readonly txHash: string
  readonly result: { readonly gas: number; readonly structLogs: readonly { readonly op: string }[] }
}

test('a transaction is traced by the opcode logger unless another tracer is named', async () => {
  assert.deepEqual(await call(node, 'debug_traceTransaction', transfer), {
    gas: 21_000,
    failed: false,
    returnValue: '0x',
    structLogs: [],
  })
  for (const tracer of ['', null]) {
    const { structLogs } = await call<Traced['result']>(node, 'debug_traceTransaction', logged, {
      tracer,
      disableStack: true,
    })
    assert.equal(structLogs.at(-1)?.op, 'STOP')
  }
  const frame = await call<{ to: string; logs: object[] }>(node, 'debug_traceTransaction', logged, {
    tracer: 'callTracer',
    tracerConfig: { withLog: true },
    reexec: 128,
  })
  assert.equal(frame.to, contracts.logger.address)
  assert.equal(frame.logs.length, 1)
})

test('a block is traced by number, tag, hash and RLP alike, with the hash of every transaction', async () => {
  const { hash } = await call<{ hash: string }>(node, 'eth_getBlockByNumber', '0x1', false)
  const rlp = await call<string>(node, 'debug_getRawBlock', '0x1')
  const byNumber = await call<Traced[]>(node, 'debug_traceBlockByNumber', '0x1')
  assert.deepEqual(
    byNumber.map(({ txHash, result }) => [txHash, result.structLogs.length]),
    [
      [transfer, 0],
      [logged, 10],
    ],
  )
  assert.deepEqual(await call(node, 'debug_traceBlockByHash', hash), byNumber)
  assert.deepEqual(await call(node, 'debug_traceBlock', rlp), byNumber)
  const latest = await call<Traced[]>(node, 'debug_traceBlockByNumber', 'latest')
  assert.equal(latest[0]?.result.structLogs[1]?.op, 'SLOAD')
})

test('a call is traced on any state, with overrides, as eth_call runs it', async () => {
  const to = contracts.slot.address
  const read = (block: unknown, config: object) =>
    call<{ output: string }>(node, 'debug_traceCall', { to }, block, {
      tracer: 'callTracer',
      ...config,
    })
  const word = (value: number) => `0x${value.toString(16).padStart(64, '0')}`
  const { hash } = await call<{ hash: string }>(node, 'eth_getBlockByNumber', '0x1', false)
  assert.equal((await read('latest', {})).output, word(42))
  assert.equal((await read({ blockHash: hash }, {})).output, word(42))
  const stateDiff = { [to]: { stateDiff: { [word(1)]: word(7) } } }
  assert.equal((await read('latest', { stateOverrides: stateDiff })).output, word(7))
  const number = await call<{ output: string }>(
    node,
    'debug_traceCall',
    { to: contracts.clock.address },
    'latest',
    { tracer: 'callTracer', blockOverrides: { number: '0x99' } },
  )
  assert.equal(number.output.slice(0, 66), word(0x99))
})

test('a call can stand in the middle of a block', async () => {
  const nonces = async (txIndex?: string) => {
    const config = { tracer: 'prestateTracer', ...(txIndex === undefined ? {} : { txIndex }) }
    const pre = await call<Record<string, { nonce?: number }>>(
      node,
      'debug_traceCall',
      { to: alice.address },
      '0x1',
      config,
    )
    return pre[alice.address.toLowerCase()]?.nonce
  }
  assert.deepEqual([await nonces('0x0'), await nonces('0x1'), await nonces()], [undefined, 1, 2])
})

test('the storage of an account is read by hashed slots, as it was within a block', async () => {
  const { hash } = await call<{ hash: string }>(node, 'eth_getBlockByNumber', '0x1', false)
  type Range = { storage: Record<string, { key: null; value: string }>; nextKey: string | null }
  const read = (index: number, from: string, count: number) =>
    call<Range>(node, 'debug_storageRangeAt', hash, index, contracts.slot.address, from, count)
  const whole = await read(1, '0x', 10)
  const slot = keccak256(`0x${'1'.padStart(64, '0')}`)
  const value = `0x${'2a'.padStart(64, '0')}`
  assert.deepEqual(whole, { storage: { [slot]: { key: null, value } }, nextKey: null })
  assert.deepEqual(await read(0, '0x', 0), { storage: {}, nextKey: slot })
  assert.deepEqual(await read(0, `0x${'ff'.repeat(32)}`, 10), { storage: {}, nextKey: null })
  const { error } = await send(node, 'debug_storageRangeAt', [hash, 2, alice.address, '0x', 1])
  assert.equal(error?.code, -32000)
})

const UNKNOWN = `0x${'ab'.repeat(32)}`

test('what cannot be traced is refused in geth’s words', async () => {
  const rich = { gas: '0x5208', gasPrice: '0x3b9aca00', from: pauper.address, to: alice.address }
  const rows: readonly (readonly [string, readonly unknown[], number, string | RegExp])[] = [
    ['debug_traceTransaction', [UNKNOWN], -32000, 'transaction not found'],
    ['debug_traceBlockByNumber', ['0x0'], -32000, 'genesis is not traceable'],
    ['debug_traceBlockByNumber', ['earliest'], -32000, 'genesis is not traceable'],
    ['debug_traceBlockByNumber', ['0x99'], -32000, 'block #153 not found'],
    [
      'debug_traceBlockByNumber',
      ['3'],
      -32602,
      /^invalid argument 0: hex string without 0x prefix/,
    ],
    ['debug_traceBlockByHash', [UNKNOWN], -32000, `block ${UNKNOWN} not found`],
    ['debug_traceBlock', ['0xc0'], -32000, /^could not decode block: /],
    ['debug_traceTransaction', [transfer, { tracer: 'x' }], -32000, /^tracer not found: x;/],
    ['debug_traceTransaction', [transfer, { timeout: '5' }], -32000, 'time: invalid duration "5"'],
    ['debug_traceCall', [rich, 'latest'], -32000, /^tracing failed: insufficient funds for gas/],
    [
      'debug_traceCall',
      [{}, '0x1', { txIndex: '0x2' }],
      -32000,
      /^transaction index 2 out of range/,
    ],
    ['debug_traceCall', [{}, '0x99'], -32000, 'header not found'],
  ]
  for (const [method, params, code, message] of rows) {
    const { error } = await send(node, method, params)
    assert.equal(error?.code, code, `${method}: ${error?.message}`)
    if (typeof message === 'string') assert.equal(error?.message, message)
    else assert.match(error?.message ?? '', message)
    assert.equal(error?.data, undefined)
  }
})

test('a trace ends in time, whatever the client asks for, and others are answered meanwhile', async () => {
  // Some twelve million steps.
  const request = { to: contracts.loop.address, gas: '0x2faf080' }
  for (const timeout of ['20ms', '1h0m30s']) {
    const trace = send(node, 'debug_traceCall', [request, 'latest', { limit: 1, timeout }])
    assert.equal(await call(node, 'eth_chainId'), '0xc76d')
    const { error } = await trace
    assert.deepEqual(error, { code: -32000, message: 'execution timeout' })
  }
})

test('a revert is a result of a trace, with its reason', async () => {
  const request = { to: contracts.reverter.address, data: errorString('not today') }
  const frame = await call<Record<string, string>>(node, 'debug_traceCall', request, 'latest', {
    tracer: 'callTracer',
  })
  assert.equal(frame.error, 'execution reverted')
  assert.equal(frame.revertReason, 'not today')
})
