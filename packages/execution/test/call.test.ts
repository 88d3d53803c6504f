import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Address,
  bytesToBigint,
  type Hash,
  hexToBytes,
  isCodedError,
  toAddress,
  toChecksumAddress,
  toHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import type { CallOptions, CallRequest, CallResult, StateOverride } from '../src/index.ts'
import { accountOf, address, createWorld, deploying } from './world.ts'

const word = (value: number | bigint) => value.toString(16).padStart(64, '0')
/** Runtime that returns the one word that `code` leaves on the stack. */
const returning = (code: string) => `${code}60005260206000f3`

const CONTRACTS = {
  slotZero: returning('600054'),
  caller: returning('33'),
  gasPrice: returning('3a'),
  baseFee: returning('48'),
  prevRandao: returning('44'),
  number: returning('43'),
  timestamp: returning('42'),
  coinbase: returning('41'),
  gasLimit: returning('45'),
  parentHash: returning('6001430340'),
  balance: returning('3331'),
  /** Clears slot 1 (set at genesis): a refund. */
  clears: '600060015500',
  logs: '602a60005260206000a000',
  /** revert(Error("no")), 4 + 3 words. */
  reverts: `6308c379a060e01b600052602060045260026024527f${Buffer.from('no').toString('hex').padEnd(64, '0')}60445260646000fd`,
  /** Two bytes of a custom error. */
  custom: '61beef60f01b60005260026000fd',
  invalid: 'fe',
  undefinedOpcode: '0c',
  underflow: '600101',
  overflow: '5b6000600056',
  badJump: '600156',
  spins: '5b600056',
  returnData: '6001600060003e',
  /** Calls itself, twice, with all gas: no loop, exponentially many messages. */
  recurses: `${'60006000600060006000305af1'.repeat(2)}00`,
} as const
type Contract = keyof typeof CONTRACTS

const names = Object.keys(CONTRACTS) as Contract[]
const at = (name: Contract): Address => address(0x40 + names.indexOf(name))

const ECRECOVER = toAddress(`0x${'00'.repeat(19)}01`)

const world = await createWorld({
  alloc: Object.fromEntries(
    names.map((name) => [
      at(name),
      {
        code: `0x${CONTRACTS[name]}`,
        balance: '0x0',
        storage: { [`0x${word(1)}`]: `0x${word(1)}` },
      },
    ]),
  ),
})
const header = world.genesis

async function run(request: CallRequest, options?: CallOptions): Promise<CallResult> {
  const verdict = await world.executor.call(request, header, options)
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.message)
  return verdict.value
}

async function answerOf(name: Contract, request: CallRequest = {}, options?: CallOptions) {
  const result = await run({ to: at(name), ...request }, options)
  assert.equal(result.status, 'success', result.error)
  return bytesToBigint(result.output)
}

async function refusalOf(request: CallRequest, options?: CallOptions): Promise<string> {
  const verdict = await world.executor.call(request, header, options)
  assert.ok(!verdict.ok)
  return `${verdict.reason}: ${verdict.message}`
}

const overriding = (account: Address, override: StateOverride): CallOptions => ({
  stateOverrides: new Map([[account, override]]),
})

test('a call sees the fields of its block, and the QBFT constant as PREVRANDAO', async () => {
  assert.equal(await answerOf('number'), header.number)
  assert.equal(await answerOf('timestamp'), header.timestamp)
  assert.equal(await answerOf('gasLimit'), header.gasLimit)
  assert.equal(await answerOf('prevRandao'), BigInt(header.mixHash))
  assert.equal(await answerOf('coinbase'), BigInt(header.coinbase))
})

test('without a sender the zero address calls, from an account of any kind and any nonce', async () => {
  assert.equal(await answerOf('caller'), 0n)
  const contract = { from: at('slotZero'), nonce: 99n }
  assert.equal(await answerOf('caller', contract), BigInt(at('slotZero')))
})

test('slots that an override sets count as set before the transaction: clearing one costs and refunds as ever', async () => {
  const to = at('clears')
  const slots = new Map([[toHash(`0x${word(1)}`), toHash(`0x${word(2)}`)]])
  const { gasUsed } = await run({ to })
  for (const override of [{ stateDiff: slots }, { state: slots }]) {
    assert.equal((await run({ to }, overriding(to, override))).gasUsed, gasUsed)
  }
})

test('a call that names no price sees base fee and gas price as zero, one that does sees them', async () => {
  assert.deepEqual([await answerOf('baseFee'), await answerOf('gasPrice')], [0n, 0n])
  const base = header.baseFeePerGas as bigint
  const priced = {
    from: accountOf(0),
    gas: 100_000n,
    maxFeePerGasWei: base * 2n,
    maxPriorityFeePerGasWei: 3n,
  }
  assert.equal(await answerOf('baseFee', priced), base)
  assert.equal(await answerOf('gasPrice', priced), base + 3n)
  const legacy = { from: accountOf(0), gas: 100_000n, gasPriceWei: base * 3n }
  assert.equal(await answerOf('gasPrice', legacy), base * 3n)
  const balance = 10n ** 24n
  assert.equal(await answerOf('balance', legacy), balance - 100_000n * base * 3n)
  assert.equal(await answerOf('balance', { from: accountOf(0) }), balance)
})

test('prices below the base fee, tips above the cap and missing funds are refused in geth’s words', async () => {
  const from = accountOf(0)
  const shown = toChecksumAddress(from)
  const to = at('number')
  assert.equal(
    await refusalOf({ from, to, maxFeePerGasWei: 1n }),
    `fee-cap-too-low: max fee per gas less than block base fee: address ${shown}, maxFeePerGas: 1, baseFee: ${header.baseFeePerGas}`,
  )
  assert.equal(
    await refusalOf({ from, to, maxFeePerGasWei: 10n ** 10n, maxPriorityFeePerGasWei: 10n ** 11n }),
    `tip-above-fee-cap: max priority fee per gas higher than max fee per gas: address ${shown}, maxPriorityFeePerGas: 100000000000, maxFeePerGas: 10000000000`,
  )
  const poor = accountOf(5)
  const start = `insufficient-funds: insufficient funds for gas * price + value: address ${toChecksumAddress(poor)}`
  assert.equal(
    await refusalOf({ from: poor, to, gas: 50_000n, gasPriceWei: 10n ** 10n }),
    `${start} have 0 want ${50_000n * 10n ** 10n}`,
  )
  assert.equal(await refusalOf({ from: poor, to, valueWei: 5n }), `${start} have 0 want 5`)
})

test('gas below the intrinsic cost or the calldata floor, and oversized init code, are refused', async () => {
  const to = at('number')
  assert.equal(
    await refusalOf({ to, gas: 20_000n }),
    'intrinsic-gas-too-low: intrinsic gas too low: have 20000, want 21000',
  )
  const data = new Uint8Array(100).fill(1)
  assert.equal(
    await refusalOf({ to, gas: 24_000n, data }),
    'floor-gas-too-low: insufficient gas for floor data gas cost: have 24000, want 25000',
  )
  assert.equal(
    await refusalOf({ data: new Uint8Array(49_153) }),
    'init-code-too-large: max initcode size exceeded: code size 49153 limit 49152',
  )
})

test('gas is charged with intrinsic gas, the floor of EIP-7623 and refunds', async () => {
  assert.equal((await run({ to: ECRECOVER })).gasUsed, 21_000n + 3_000n)
  assert.equal((await run({ to: address(0x99) })).gasUsed, 21_000n)
  const floored = await run({ to: address(0x99), data: new Uint8Array(100).fill(1) })
  assert.deepEqual([floored.gasUsed, floored.gasUsedBeforeRefund], [25_000n, 25_000n])
  // Two pushes, and a cold slot cleared: 5000 with a refund of 4800 (EIP-3529).
  const cleared = await run({ to: at('clears') })
  assert.equal(cleared.gasUsedBeforeRefund, 21_000n + 6n + 5_000n)
  assert.equal(cleared.gasUsed, 21_000n + 6n + 5_000n - 4_800n)
  const listed = {
    to: at('clears'),
    accessList: [{ address: at('clears'), storageKeys: [toHash(`0x${word(1)}`)] }],
  }
  assert.equal((await run(listed)).gasUsedBeforeRefund, 21_000n + 6n + 2_900n + 2_400n + 1_900n)
})

test('the gas cap bounds what a request asks for, and stands in for what it does not ask', async () => {
  const gas = returning('5a')
  const options = (gasCap: bigint) => ({
    gasCap,
    ...overriding(address(0x98), { code: hexToBytes(`0x${gas}`) }),
  })
  const left = async (request: CallRequest, gasCap: bigint) =>
    bytesToBigint((await run({ to: address(0x98), ...request }, options(gasCap))).output)
  assert.equal(await left({}, 90_000n), 90_000n - 21_000n - 2n)
  assert.equal(await left({ gas: 80_000n }, 90_000n), 80_000n - 21_000n - 2n)
  assert.equal(await left({ gas: 2n ** 63n }, 90_000n), 90_000n - 21_000n - 2n)
})

test('reverts carry their data', async () => {
  const reverted = await run({ to: at('reverts') })
  assert.equal(reverted.status, 'revert')
  assert.deepEqual(reverted.output.subarray(0, 4), hexToBytes('0x08c379a0'))
  assert.equal(reverted.output.length, 100)
  assert.ok(reverted.gasUsed < 100_000n, 'gas that is left is not charged')
  const custom = await run({ to: at('custom') })
  assert.deepEqual([custom.status, custom.output], ['revert', hexToBytes('0xbeef')])
})

test('halts are told in geth’s words and take all gas', async () => {
  for (const [name, words] of [
    ['invalid', 'invalid opcode: INVALID'],
    ['undefinedOpcode', 'invalid opcode: opcode 0xc not defined'],
    ['underflow', 'stack underflow (1 <=> 2)'],
    ['overflow', 'stack limit reached 1024 (1023)'],
    ['badJump', 'invalid jump destination'],
    ['spins', 'out of gas'],
    ['returnData', 'return data out of bounds'],
  ] as const) {
    const result = await run({ to: at(name), gas: 200_000n })
    assert.deepEqual([name, result.status, result.error], [name, 'halt', words])
    assert.deepEqual([result.gasUsed, result.output.length], [200_000n, 0])
  }
  // Init code that returns 1000 bytes: running takes some hundreds of gas, keeping them 200000.
  const deploys = { data: hexToBytes('0x6103e86000f3') }
  assert.equal((await run(deploys)).status, 'success')
  const kept = await run({ ...deploys, gas: 100_000n })
  assert.equal(kept.error, 'contract creation code storage out of gas')
  // The same, but without gas for the memory that it returns.
  const unpaid = await run({ data: hexToBytes('0x620f42406000f3'), gas: 60_000n })
  assert.equal(unpaid.error, 'out of gas')
  // Init code that returns 24577 bytes, and one that returns 0xef.
  const tooLong = await run({ data: hexToBytes('0x6160016000f3') })
  assert.equal(tooLong.error, 'max code size exceeded: code size 24577 limit 24576')
  const reserved = await run({ data: hexToBytes('0x60ef60005360016000f3') })
  assert.equal(reserved.error, 'invalid code: must not begin with 0xef')
})

test('a static call that writes is write protection for the inner call only', async () => {
  const target = at('clears').slice(2)
  const code = returning(`600060006000600073${target}5afa`)
  const result = await run(
    { to: address(0x98) },
    overriding(address(0x98), { code: hexToBytes(`0x${code}`) }),
  )
  assert.deepEqual([result.status, bytesToBigint(result.output)], ['success', 0n])
})

test('a call without a receiver creates, and answers the code', async () => {
  const created = await run({ data: deploying('6001600155') })
  assert.deepEqual([created.status, created.output], ['success', hexToBytes('0x6001600155')])
})

test('a call changes nothing, and its logs are told', async () => {
  const [first, second] = [await run({ to: at('clears') }), await run({ to: at('clears') })]
  assert.deepEqual(first, second)
  const { logs } = await run({ to: at('logs') })
  assert.deepEqual(logs, [{ address: at('logs'), topics: [], data: `0x${word(42)}` }])
})

test('overridden accounts are seen: balance, code, whole storage and single slots', async () => {
  const slot = (value: number): Hash => toHash(`0x${word(value)}`)
  const to = at('slotZero')
  const seven = new Map([[slot(0), slot(7)]])
  assert.equal(await answerOf('slotZero', {}, overriding(to, { stateDiff: seven })), 7n)
  assert.equal(await answerOf('slotZero', {}, overriding(to, { state: seven })), 7n)
  assert.equal(await answerOf('slotZero'), 0n)
  const slotOne = { code: hexToBytes(`0x${returning('600154')}`) }
  assert.equal(await answerOf('slotZero', {}, overriding(to, { ...slotOne, stateDiff: seven })), 1n)
  assert.equal(await answerOf('slotZero', {}, overriding(to, { ...slotOne, state: seven })), 0n)
  const poor = accountOf(5)
  const rich = overriding(poor, { balanceWei: 50n })
  assert.equal(await answerOf('balance', { from: poor }, rich), 50n)
  assert.equal(
    (await run({ from: poor, to: address(0x99), valueWei: 50n }, rich)).status,
    'success',
  )
  const created = overriding(poor, { nonce: 5n })
  assert.notDeepEqual(
    await run({ from: poor, data: hexToBytes(`0x${returning('30')}`) }, created),
    await run({ from: poor, data: hexToBytes(`0x${returning('30')}`) }),
  )
})

test('overridden block fields are seen', async () => {
  const blockOverride = {
    number: 1_000n,
    timestamp: 2_000n,
    gasLimit: 3_000_000n,
    coinbase: address(0xcb),
    prevRandao: toHash(`0x${word(0xabcn)}`),
    baseFeePerGasWei: 77n,
  }
  const seen = (name: Contract, request?: CallRequest) => answerOf(name, request, { blockOverride })
  assert.equal(await seen('number'), 1_000n)
  assert.equal(await seen('timestamp'), 2_000n)
  assert.equal(await seen('gasLimit'), 3_000_000n)
  assert.equal(await seen('coinbase'), BigInt(address(0xcb)))
  assert.equal(await seen('prevRandao'), 0xabcn)
  const priced = { from: accountOf(0), gas: 100_000n, gasPriceWei: 77n }
  assert.equal(await seen('baseFee', priced), 77n)
  // No block 998 is known to this chain: as in geth its hash reads as zero.
  assert.equal(
    await answerOf('parentHash', {}, { blockOverride: { number: 1_000n } }),
    BigInt(header.parentHash),
  )
})

test('an endless call ends at its timeout, also one that never jumps; the next call is unharmed', async () => {
  for (const name of ['spins', 'recurses'] as const) {
    await assert.rejects(
      world.executor.call({ to: at(name), gas: 10n ** 12n }, header, {
        gasCap: 10n ** 12n,
        timeoutMs: 60,
      }),
      (error) =>
        isCodedError(error, 'call-timeout') &&
        error.message === 'execution aborted (timeout = 0.06s)',
    )
    assert.equal(await answerOf('number'), header.number)
    assert.equal((await run({ to: at('clears') })).gasUsedBeforeRefund, 26_006n, 'nothing is warm')
  }
})

test('timers fire while a long call runs, and calls beside it finish', async () => {
  let fired = false
  setTimeout(() => (fired = true), 1)
  const long = world.executor.call({ to: at('spins'), gas: 30_000_000n }, header)
  const beside = await Promise.all(Array.from({ length: 20 }, () => answerOf('number')))
  assert.deepEqual(new Set(beside), new Set([header.number]))
  const verdict = await long
  assert.ok(verdict.ok && verdict.value.error === 'out of gas')
  assert.ok(fired)
})

test('a call on a state that is not stored is missing-state', async () => {
  const lost = { ...header, stateRoot: toHash(`0x${'12'.repeat(32)}`) }
  await assert.rejects(world.executor.call({ to: ZERO_ADDRESS }, lost), (error) =>
    isCodedError(error, 'missing-state'),
  )
})

test('under freeGas a call is never refused for its fees', async () => {
  const free = await createWorld({
    config: { feePolicy: 'freeGas' },
    document: { baseFeePerGas: '0x0' },
    alloc: { [address(0x41)]: { code: `0x${returning('3a')}` } },
  })
  const request = { from: accountOf(5), to: address(0x41), gasPriceWei: 10n ** 12n }
  const verdict = await free.executor.call(request, free.genesis)
  assert.ok(verdict.ok)
  assert.deepEqual(verdict.value.output, hexToBytes(ZERO_HASH))
})

test('a precompile moves, its address runs overriding code, and the next call finds it at home', async () => {
  const elsewhere = address(0x98)
  const sha256 = toAddress(`0x${'00'.repeat(19)}02`)
  const moved: StateOverride = {
    code: hexToBytes(`0x${CONTRACTS.number}`),
    movePrecompileTo: elsewhere,
  }
  const home = await run({ to: sha256 })
  const away = await run({ to: elsewhere }, overriding(sha256, moved))
  assert.deepEqual(away.output, home.output)
  const replaced = await run({ to: sha256 }, overriding(sha256, moved))
  assert.equal(bytesToBigint(replaced.output), header.number)
  assert.deepEqual((await run({ to: sha256 })).output, home.output)
  assert.equal(
    await refusalOf({}, overriding(elsewhere, { movePrecompileTo: sha256 })),
    `invalid-override: account ${toChecksumAddress(elsewhere)} is not a precompile`,
  )
  assert.match(
    await refusalOf({}, overriding(sha256, { movePrecompileTo: sha256 })),
    /^invalid-override: account 0x.* is already overridden$/,
  )
  assert.match(
    await refusalOf({}, overriding(elsewhere, { state: new Map(), stateDiff: new Map() })),
    /has both 'state' and 'stateDiff'$/,
  )
})

test('an access list names slots and foreign accounts, and the gas is that of the call with it', async () => {
  const verdict = await world.executor.accessList({ to: at('slotZero') }, header)
  assert.ok(verdict.ok)
  const accessList = [{ address: at('slotZero'), storageKeys: [ZERO_HASH] }]
  assert.deepEqual(verdict.value.accessList, accessList)
  const listed = await run({ to: at('slotZero'), accessList })
  assert.equal(verdict.value.result.gasUsed, listed.gasUsed)
  const plain = await world.executor.accessList({ to: at('caller') }, header)
  assert.ok(plain.ok)
  assert.deepEqual(plain.value.accessList, [])
})
