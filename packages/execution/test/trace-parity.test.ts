// The tracers behind trace_*: messages, changes to the state and opcodes in the shapes of Parity.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexToBytes, toAddress, ZERO_ADDRESS } from '@busan/primitives'
import type { ParityOptions } from '../src/index.ts'
import type { AccountDiff } from '../src/trace/state-diff.ts'
import type { VmTrace } from '../src/trace/vm-trace.ts'
import { PLENTY, TRACED_BLOCK_HASH, traceMined } from './tracing.ts'
import { accountOf, address, createWorld, deploying } from './world.ts'

interface Replay {
  readonly output: string
  readonly stateDiff: Record<string, AccountDiff> | null
  readonly trace: readonly Record<string, unknown>[]
  readonly vmTrace: VmTrace | null
}

const word = (value: number) => `0x${value.toString(16).padStart(64, '0')}`
const ANSWERS = address(0xa0)
const STORES = address(0xa1)
const CALLS = address(0xa2)
const REVERTS = address(0xa3)
const ADDS = address(0xa4)

const world = await createWorld({
  alloc: {
    [ANSWERS]: { code: '0x602a60005260206000f3', balance: '0x0' },
    [STORES]: {
      code: '0x600560025560006003550000',
      balance: '0x5',
      storage: { [word(3)]: word(7) },
    },
    [CALLS]: { code: `0x6020600060006000600073${ANSWERS.slice(2)}5af100`, balance: '0x0' },
    [REVERTS]: { code: '0x602a60005360016000fd', balance: '0x0' },
    // Adds one to slot 0 and returns it.
    [ADDS]: { code: '0x6001600054018060005560005260206000f3', balance: '0x0' },
  },
})

async function replay(options: ParityOptions, fields: object): Promise<Replay> {
  const transaction = world.sign(0, { gasLimit: 200_000n, ...fields })
  const [result] = await traceMined<Replay>(world, [transaction], { name: 'parityTracer', options })
  return result as Replay
}

test('what is not asked for is null, or an empty list', async () => {
  assert.deepEqual(await replay({}, { to: ANSWERS }), {
    output: word(42),
    stateDiff: null,
    trace: [],
    vmTrace: null,
  })
})

test('messages count the gas of the code alone', async () => {
  const { trace } = await replay({ trace: true }, { to: ANSWERS })
  assert.deepEqual(trace, [
    {
      action: {
        callType: 'call',
        from: accountOf(0),
        gas: `0x${(200_000 - 21_000).toString(16)}`,
        value: '0x0',
        input: '0x',
        to: ANSWERS,
      },
      result: { gasUsed: '0x12', output: word(42) },
      subtraces: 0,
      traceAddress: [],
      type: 'call',
    },
  ])
  const [failed] = (await replay({ trace: true }, { to: REVERTS })).trace
  assert.deepEqual([failed?.error, failed?.result], ['Reverted', undefined])
})

test('mined messages carry their place', async () => {
  const transactions = [0, 1].map((nonce) => world.sign(0, { to: ANSWERS, nonce }))
  const [, second] = await traceMined<Record<string, unknown>[]>(world, transactions, {
    name: 'parityListTracer',
  })
  const { blockHash, blockNumber, transactionHash, transactionPosition } = second?.[0] ?? {}
  assert.deepEqual(
    { blockHash, blockNumber, transactionHash, transactionPosition },
    {
      blockHash: TRACED_BLOCK_HASH,
      blockNumber: 1,
      transactionHash: transactions[1]?.hash,
      transactionPosition: 1,
    },
  )
})

test('changes to the state name what was replaced, made and left alone', async () => {
  const { stateDiff } = await replay({ stateDiff: true }, { to: STORES, value: 2n })
  assert.deepEqual(stateDiff?.[STORES], {
    balance: { '*': { from: '0x5', to: '0x7' } },
    code: '=',
    nonce: '=',
    storage: {
      [word(2)]: { '*': { from: word(0), to: word(5) } },
      [word(3)]: { '*': { from: word(7), to: word(0) } },
    },
  })
  assert.deepEqual(stateDiff?.[accountOf(0)]?.nonce, { '*': { from: '0x0', to: '0x1' } })
  const made = await replay(
    { stateDiff: true },
    { to: toAddress(`0x${'ee'.repeat(20)}`), value: 1n },
  )
  assert.deepEqual(made.stateDiff?.[address(0xee)], {
    balance: { '+': '0x1' },
    code: { '+': '0x' },
    nonce: { '+': '0x0' },
    storage: {},
  })
  const deployed = await replay({ stateDiff: true }, { data: deploying('602a') })
  assert.ok(
    Object.values(deployed.stateDiff ?? {}).some(
      ({ code, nonce }) =>
        JSON.stringify(code) === '{"+":"0x602a"}' && JSON.stringify(nonce) === '{"+":"0x1"}',
    ),
  )
})

test('opcodes tell what they pushed, wrote and stored, and what the message they sent did', async () => {
  const { vmTrace } = await replay({ vmTrace: true }, { to: CALLS })
  assert.equal(vmTrace?.code, `0x6020600060006000600073${ANSWERS.slice(2)}5af100`)
  const call = vmTrace?.ops.find(({ op }) => op === 'CALL')
  assert.equal(call?.ex?.push[0], '0x1')
  assert.deepEqual(call?.ex?.mem, { off: 0, data: word(42) })
  const [push, , store] = call?.sub?.ops ?? []
  assert.deepEqual(push, {
    pc: 0,
    cost: 3,
    op: 'PUSH1',
    ex: { used: (store?.ex?.used ?? 0) + 9, push: ['0x2a'], mem: null, store: null },
    sub: null,
  })
  assert.deepEqual(store?.ex?.mem, { off: 0, data: word(42) })
  const stored = await replay({ vmTrace: true }, { to: STORES })
  const stores = stored.vmTrace?.ops.filter(({ op }) => op === 'SSTORE').map(({ ex }) => ex?.store)
  assert.deepEqual(stores, [
    { key: '0x2', val: '0x5' },
    { key: '0x3', val: '0x0' },
  ])
})

test('a contract that is gone by the end of a call has left nothing', async () => {
  const request = { to: null, data: hexToBytes(`0x73${ANSWERS.slice(2)}ff`) }
  const tracer = { name: 'parityTracer', options: { stateDiff: true, trace: true } } as const
  const traced = await world.executor.traceCall(request, world.genesis, { ...PLENTY, tracer })
  assert.ok(traced.ok)
  const { stateDiff, trace } = JSON.parse(traced.value) as Replay
  assert.deepEqual(
    trace.map(({ type }) => type),
    ['create', 'suicide'],
  )
  assert.deepEqual(Object.keys(stateDiff ?? {}), [ZERO_ADDRESS])
})

test('calls that follow one another see what those before have left', async () => {
  const requests = [1, 2, 3].map(() => ({
    request: { to: ADDS },
    tracer: { name: 'parityTracer', options: { stateDiff: true } } as const,
  }))
  const traced = await world.executor.traceCalls(requests, world.genesis, PLENTY)
  assert.ok(traced.ok)
  const outputs = traced.value.map((json) => (JSON.parse(json) as Replay).output)
  assert.deepEqual(outputs, [word(1), word(2), word(3)])
  const again = await world.executor.call({ to: ADDS }, world.genesis)
  assert.ok(again.ok)
  assert.deepEqual(again.value.output, hexToBytes(word(1)), 'nothing stays')
})
