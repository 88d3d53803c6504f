import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, hexToBytes, isCodedError } from '@busan/primitives'
import { estimateGas } from '../src/estimate-gas.ts'
import type { CallOptions, CallRequest, GasEstimate } from '../src/index.ts'
import { accountOf, address, createWorld, deploying } from './world.ts'

const word = (value: number) => value.toString(16).padStart(64, '0')

/** Calls another contract with all gas it has, and reverts when that fails. */
const forward = (to: Address) => `6000600060006000600073${to.slice(2)}5af160295760006000fd5b00`

const STORES = address(0x41)
const FORWARDS = address(0x42)
const REVERTS = address(0x43)
const HALTS = address(0x44)
const REFUNDS = address(0x45)
const CODES = {
  [STORES]: '6001600055600160015500',
  [FORWARDS]: forward(STORES),
  [REVERTS]: '61beef60f01b60005260026000fd',
  [HALTS]: 'fe',
  [REFUNDS]: '600060015500',
}

const world = await createWorld({
  alloc: Object.fromEntries(
    Object.entries(CODES).map(([account, code]) => [
      account,
      { code: `0x${code}`, storage: { [`0x${word(1)}`]: `0x${word(1)}` } },
    ]),
  ),
})
const header = world.genesis

const estimate = (request: CallRequest, options?: CallOptions): Promise<GasEstimate> =>
  world.executor.estimateGas(request, header, options)

async function gasOf(request: CallRequest, options?: CallOptions): Promise<bigint> {
  const found = await estimate(request, options)
  assert.ok(found.ok, found.ok ? '' : found.message)
  return found.value
}

async function succeeds(request: CallRequest, gas: bigint): Promise<boolean> {
  const verdict = await world.executor.call({ ...request, gas }, header)
  return verdict.ok && verdict.value.status === 'success'
}

test('a plain transfer needs exactly 21000, also with value and fees', async () => {
  assert.equal(await gasOf({ to: address(9) }), 21_000n)
  const priced = { from: accountOf(0), to: address(9), valueWei: 1n, gasPriceWei: 10n ** 10n }
  assert.equal(await gasOf(priced), 21_000n)
})

test('an estimate succeeds, and is at most 1.5 % above the least that does', async () => {
  for (const request of [
    { to: STORES },
    { to: FORWARDS },
    { to: REFUNDS },
    { to: address(9), data: new Uint8Array(100).fill(1) },
    { data: deploying('600160005560016001550000') },
  ]) {
    const gas = await gasOf(request)
    assert.ok(await succeeds(request, gas), `${gas}`)
    assert.ok(!(await succeeds(request, (gas * 984n) / 1000n)), `${gas} is too much`)
  }
})

test('gas that an inner call must be left with is found, where the gas used is too little', async () => {
  const gas = await gasOf({ to: FORWARDS })
  const verdict = await world.executor.call({ to: FORWARDS }, header)
  assert.ok(verdict.ok && verdict.value.gasUsed < gas)
})

test('a revert is told with its bytes, a halt with its words', async () => {
  assert.deepEqual(await estimate({ to: REVERTS }), {
    ok: false,
    reason: 'reverted',
    message: 'execution reverted',
    output: hexToBytes('0xbeef'),
  })
  const halted = await estimate({ to: HALTS })
  assert.ok(!halted.ok && halted.reason === 'execution-failed')
  assert.equal(halted.message, 'invalid opcode: INVALID')
})

test('what no gas limit allows is refused with the allowance', async () => {
  const capped = await estimate({ to: STORES, gas: 30_000n })
  assert.deepEqual(
    [capped.ok, !capped.ok && capped.message],
    [false, 'gas required exceeds allowance (30000)'],
  )
  const balance = 10n ** 24n
  const price = balance / 40_000n
  const poor = await estimate({ from: accountOf(0), to: STORES, gasPriceWei: price })
  assert.equal(!poor.ok && poor.message, 'gas required exceeds allowance (40000)')
  const spent = await estimate({
    from: accountOf(0),
    to: STORES,
    valueWei: balance,
    gasPriceWei: 10n ** 10n,
  })
  assert.equal(!spent.ok && spent.message, 'insufficient funds for transfer')
})

test('without a price the balance bounds nothing but the value', async () => {
  assert.equal(await gasOf({ from: accountOf(5), to: address(9) }), 21_000n)
  const request = { from: accountOf(5), to: STORES, valueWei: 1n }
  const refused = await estimate(request)
  assert.ok(!refused.ok && refused.reason === 'insufficient-funds')
  assert.match(
    refused.message,
    /^failed with \d+ gas: insufficient funds for gas \* price \+ value: address 0x/,
  )
  const rich = { stateOverrides: new Map([[accountOf(5), { balanceWei: 1n }]]) }
  assert.ok((await gasOf(request, rich)) > 21_000n)
})

test('fees below the base fee are refused, not searched', async () => {
  const refused = await estimate({ from: accountOf(0), to: STORES, maxFeePerGasWei: 1n })
  assert.ok(!refused.ok && refused.reason === 'fee-cap-too-low')
})

test('a search that takes longer than its timeout is given up', async () => {
  const tick = 400
  let nowMs = 0
  const clock = { nowMs: () => nowMs }
  const executor = {
    stateAt: world.executor.stateAt,
    call: (...given: Parameters<typeof world.executor.call>) => {
      nowMs += tick
      return world.executor.call(...given)
    },
  }
  const find = (timeoutMs: number) =>
    estimateGas({ spec: world.spec, executor, clock }, { to: FORWARDS }, header, { timeoutMs })
  await assert.rejects(find(2 * tick), (error) => isCodedError(error, 'call-timeout'))
  assert.ok((await find(100 * tick)).ok)
})

test('overridden code decides whether a receiver is a plain account', async () => {
  const options = {
    stateOverrides: new Map([[address(9), { code: hexToBytes(`0x${CODES[STORES]}`) }]]),
  }
  assert.ok((await gasOf({ to: address(9) }, options)) > 40_000n)
  const without = { stateOverrides: new Map([[STORES, { code: new Uint8Array(0) }]]) }
  assert.equal(await gasOf({ to: STORES }, without), 21_000n)
})
