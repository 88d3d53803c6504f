import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, isCodedError, toAddress } from '@busan/primitives'
import type { StructLoggerOptions } from '../src/trace/struct-logger.ts'
import { PLENTY, traceMined } from './tracing.ts'
import { address, createWorld } from './world.ts'

interface StructLog {
  readonly pc: number
  readonly op: string
  readonly gas: number
  readonly gasCost: number
  readonly depth: number
  readonly error?: string
  readonly stack?: readonly string[]
  readonly memory?: readonly string[]
  readonly storage?: Record<string, string>
  readonly returnData?: string
  readonly refund?: number
}

interface StructTrace {
  readonly gas: number
  readonly failed: boolean
  readonly returnValue: string
  readonly structLogs: readonly StructLog[]
}

const word = (value: number | bigint) => `0x${value.toString(16).padStart(64, '0')}`

const CODES = {
  /** MSTORE(0, 42), return it. */
  answers: '602a60005260206000f3',
  /** Loads slot 1, stores 7 to slot 2, clears slot 1. */
  stores: '600154506007600255600060015500',
  /** Calls `answers` with all gas, and copies what it returns. */
  calls: `60206000600060006000${'73'}${'a0'.repeat(20)}5af13d600060003e00`,
  /** Reverts with the byte 0x2a. */
  reverts: '602a60005360016000fd',
  underflows: '01',
  invalid: '0c',
  badJump: '600056',
  runsOut: '6001620fffff52',
  spins: '5b600056',
  /** STATICCALL to `stores`. */
  looks: `6000600060006000${'73'}${'a1'.repeat(20)}61fffffa00`,
  /** Calls with more value than it has. */
  poor: `600060006000600060ff${'73'}${'a0'.repeat(20)}612710f100`,
} as const
type Name = keyof typeof CODES

const names = Object.keys(CODES) as Name[]
const at = (name: Name): Address => address(0xa0 + names.indexOf(name))
const world = await createWorld({
  alloc: Object.fromEntries(
    names.map((name) => [
      at(name),
      { code: `0x${CODES[name]}`, storage: { [word(1)]: word(9) }, balance: '0x0' },
    ]),
  ),
})

async function trace(name: Name, options: StructLoggerOptions = {}, gasLimit = 100_000n) {
  const transaction = world.sign(0, { to: at(name), gasLimit })
  const tracer = { name: 'structLogger', options } as const
  const [result] = await traceMined<StructTrace>(world, [transaction], tracer)
  return result as StructTrace
}

test('each step tells the machine before it, and nothing that was not asked for', async () => {
  const { gas, failed, returnValue, structLogs } = await trace('answers')
  assert.deepEqual(
    { gas, failed, returnValue },
    { gas: 21_018, failed: false, returnValue: word(42) },
  )
  assert.deepEqual(structLogs, [
    { pc: 0, op: 'PUSH1', gas: 79_000, gasCost: 3, depth: 1, stack: [] },
    { pc: 2, op: 'PUSH1', gas: 78_997, gasCost: 3, depth: 1, stack: ['0x2a'] },
    { pc: 4, op: 'MSTORE', gas: 78_994, gasCost: 6, depth: 1, stack: ['0x2a', '0x0'] },
    { pc: 5, op: 'PUSH1', gas: 78_988, gasCost: 3, depth: 1, stack: [] },
    { pc: 7, op: 'PUSH1', gas: 78_985, gasCost: 3, depth: 1, stack: ['0x20'] },
    { pc: 9, op: 'RETURN', gas: 78_982, gasCost: 0, depth: 1, stack: ['0x20', '0x0'] },
  ])
})

test('memory stands as before the step, in words; the stack can be left out', async () => {
  const { structLogs } = await trace('answers', { enableMemory: true, disableStack: true })
  assert.deepEqual(structLogs[2], { pc: 4, op: 'MSTORE', gas: 78_994, gasCost: 6, depth: 1 })
  assert.deepEqual(structLogs[3]?.memory, [word(42)])
})

test('storage is what was read and written so far, this write included, at SLOAD and SSTORE only', async () => {
  const { structLogs } = await trace('stores')
  const shown = structLogs.filter(({ storage }) => storage !== undefined)
  assert.deepEqual(
    shown.map(({ op, storage, refund }) => ({ op, storage, refund })),
    [
      { op: 'SLOAD', storage: { [word(1)]: word(9) }, refund: undefined },
      { op: 'SSTORE', storage: { [word(1)]: word(9), [word(2)]: word(7) }, refund: undefined },
      { op: 'SSTORE', storage: { [word(1)]: word(0), [word(2)]: word(7) }, refund: 4_800 },
    ],
  )
  assert.equal(structLogs.at(-1)?.refund, 4_800)
  assert.equal(shown[0]?.gasCost, 2_100)
  assert.equal(shown[1]?.gasCost, 22_100)
  const without = await trace('stores', { disableStorage: true })
  assert.ok(without.structLogs.every(({ storage }) => storage === undefined))
})

test('a call costs what it passes on; what it returns is shown when asked for', async () => {
  const { structLogs } = await trace('calls', { enableReturnData: true })
  const call = structLogs.findIndex(({ op }) => op === 'CALL')
  const [sent, first] = [structLogs[call], structLogs[call + 1]]
  const inner = structLogs.filter(({ depth }) => depth === 2)
  assert.equal(inner.length, 6)
  assert.deepEqual([first?.pc, first?.op, first?.depth], [0, 'PUSH1', 2])
  // 2600 for the cold account, 3 for a word of memory, and all but a 64th of the rest.
  const left = (sent?.gas ?? 0) - 2_603
  assert.equal(first?.gas, left - Math.floor(left / 64))
  assert.equal(sent?.gasCost, 2_603 + (first?.gas ?? 0))
  const after = structLogs[call + 7]
  assert.equal(after?.op, 'RETURNDATASIZE')
  assert.equal(after?.gas, left - 18)
  assert.equal(after?.returnData, word(42))
  assert.ok(inner.every(({ returnData }) => returnData === undefined))
})

test('revert bytes are returned, and those of other failures are not', async () => {
  const reverted = await trace('reverts')
  assert.deepEqual(
    { failed: reverted.failed, returnValue: reverted.returnValue },
    { failed: true, returnValue: '0x2a' },
  )
  assert.deepEqual(reverted.structLogs.at(-1)?.error, undefined)
  const invalid = await trace('invalid')
  assert.deepEqual(invalid, {
    gas: 100_000,
    failed: true,
    returnValue: '0x',
    structLogs: [
      { pc: 0, op: 'opcode 0xc not defined', gas: 79_000, gasCost: 0, depth: 1, stack: [] },
    ],
  })
})

test('an opcode that is refused says why; one that fails as it runs does not', async () => {
  const last = async (name: Name) => (await trace(name)).structLogs.at(-1)
  const underflow = await last('underflows')
  assert.equal(underflow?.error, 'stack underflow (0 <=> 2)')
  assert.equal(underflow?.gasCost, 3)
  const poor = await last('runsOut')
  assert.equal(poor?.error, 'out of gas')
  // Memory of 32768 words: 3 a word and the square over 512.
  assert.ok((poor?.gasCost ?? 0) > (poor?.gas ?? 0), 'the price stands there though it is not paid')
  const jump = await last('badJump')
  assert.deepEqual([jump?.op, jump?.gasCost, jump?.error], ['JUMP', 8, undefined])
  const { structLogs } = await trace('looks')
  const refused = structLogs.find(({ op }) => op === 'SSTORE')
  assert.equal(refused?.error, 'write protection')
})

test('a call that is not sent costs what it would have passed on, and gets it back', async () => {
  const { structLogs } = await trace('poor')
  const call = structLogs.find(({ op }) => op === 'CALL')
  const stop = structLogs.at(-1)
  assert.equal(call?.gasCost, 2_600 + 9_000 + 10_000)
  assert.deepEqual([stop?.op, stop?.depth, stop?.stack], ['STOP', 1, ['0x0']])
  assert.equal(stop?.gas, (call?.gas ?? 0) - 2_600 - 9_000 + 2_300)
})

test('the number of steps can be limited; the transaction still runs to its end', async () => {
  const { structLogs, gas, returnValue } = await trace('answers', { limit: 2 })
  assert.deepEqual([structLogs.length, gas, returnValue], [2, 21_018, word(42)])
})

test('time and room are limited', async () => {
  const header = world.genesis
  const request = { to: at('spins') }
  const tracer = { name: 'structLogger', options: {} } as const
  await assert.rejects(
    world.executor.traceCall(request, header, { tracer, timeoutMs: 20, sizeMax: 1e9 }),
    (error) => isCodedError(error, 'call-timeout') && error.message === 'execution timeout',
  )
  await assert.rejects(
    world.executor.traceCall(request, header, { ...PLENTY, tracer, sizeMax: 10_000 }),
    (error) => isCodedError(error, 'trace-too-large'),
  )
})

test('the event loop turns while a trace runs', async () => {
  let turns = 0
  const turn = setInterval(() => turns++, 1)
  const tracer = { name: 'structLogger', options: { limit: 1 } } as const
  const options = { ...PLENTY, tracer, timeoutMs: 300 }
  await assert.rejects(world.executor.traceCall({ to: at('spins') }, world.genesis, options))
  clearInterval(turn)
  // A slice is 10 ms.
  assert.ok(turns >= 10, `${turns} turns`)
})

test('a transfer to an account without code has no steps', async () => {
  const transaction = world.sign(0, { to: toAddress(`0x${'ee'.repeat(20)}`), value: 1n })
  const tracer = { name: 'structLogger', options: {} } as const
  const [result] = await traceMined<StructTrace>(world, [transaction], tracer)
  assert.deepEqual(result, { gas: 21_000, failed: false, returnValue: '0x', structLogs: [] })
})
