import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeHeader } from '@busan/chain-spec'
import { type Address, bytesToBigint, bytesToHex, hexToBytes, keccakHash } from '@busan/primitives'
import { blockHash } from '@busan/qbft'
import type { BlockRequest, CallRequest, SimulatedBlock, SimulationRequest } from '../src/index.ts'
import { accountOf, address, createWorld } from './world.ts'

/** Returns BLOCKHASH of the number in the calldata. */
const BLOCK_HASH = '0x60003540' + '60005260206000f3'
/** Logs nothing of its own, passes its value on to 0x77..., then reverts when there is calldata. */
const FORWARD = `0x600060006000600034${`73${'77'.repeat(20)}`}5af1${'3615602a57'}60006000fd5b00`
const LOGS = '0x60006000a000'

const hasher = address(0x41)
const forwarder = address(0x42)
const logger = address(0x43)

const world = await createWorld({
  alloc: {
    [hasher]: { code: BLOCK_HASH, balance: '0x0' },
    [forwarder]: { code: FORWARD, balance: '0x0' },
    [logger]: { code: LOGS, balance: '0x0' },
  },
})
const base = { header: world.genesis, hash: blockHash(world.genesis) }
const [alice, bob] = [accountOf(0), accountOf(1)]

async function verdictOf(
  blocks: readonly BlockRequest[],
  options: Partial<SimulationRequest> = {},
) {
  const request = {
    isValidating: false,
    traceTransfers: false,
    gasCap: 50_000_000n,
    timeoutMs: 5_000,
  }
  return world.executor.simulate({ ...request, ...options, blocks }, base)
}

async function simulate(
  blocks: readonly BlockRequest[],
  options?: Partial<SimulationRequest>,
): Promise<readonly SimulatedBlock[]> {
  const verdict = await verdictOf(blocks, options)
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.message)
  return verdict.value
}

async function refusalOf(blocks: readonly BlockRequest[], options?: Partial<SimulationRequest>) {
  const verdict = await verdictOf(blocks, options)
  assert.ok(!verdict.ok)
  return `${verdict.reason}: ${verdict.message}`
}

const calling = (...calls: CallRequest[]): BlockRequest => ({ override: {}, calls })
const paying = (from: Address, to: Address, valueWei: bigint) => ({ from, to, valueWei })

test('made-up blocks follow one another, and numbers that are left out are empty blocks', async () => {
  const blocks = await simulate([calling(), { override: { number: 4n }, calls: [] }])
  assert.deepEqual(
    blocks.map(({ header }) => [header.number, header.timestamp - world.genesis.timestamp]),
    [1n, 2n, 3n, 4n].map((number) => [number, number * 12n]),
  )
  for (const [index, { header, hash }] of blocks.entries()) {
    assert.equal(header.parentHash, index === 0 ? base.hash : blocks[index - 1]?.hash)
    assert.equal(hash, keccakHash(encodeHeader(header)))
  }
})

test('state carries over from call to call and from block to block, and nothing of it is kept', async () => {
  const poor = address(0x55)
  const blocks = await simulate([
    calling(paying(alice, poor, 5n), paying(poor, bob, 3n)),
    calling(paying(poor, bob, 2n)),
  ])
  assert.deepEqual(
    blocks.flatMap(({ calls }) => calls.map(({ status }) => status)),
    ['success', 'success', 'success'],
  )
  assert.match(await refusalOf([calling(paying(poor, bob, 1n))]), /^insufficient-funds: err: /)
  const state = world.executor.stateAt(world.genesis.stateRoot)
  assert.equal((await state.account(poor))?.balanceWei, undefined)
})

test('BLOCKHASH gives the hashes of made-up blocks', async () => {
  const ask = { to: hasher, data: hexToBytes(`0x${'1'.padStart(64, '0')}`) }
  const [first, , third] = await simulate([calling(), calling(), calling(ask)])
  assert.equal(bytesToHex(third?.calls[0]?.output as Uint8Array), first?.hash)
})

test('a simulated transaction leaves what the mined one leaves', async () => {
  const fields = {
    gasLimit: 100_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 2n,
    value: 7n,
  }
  const signed = world.sign(0, { ...fields, to: forwarder, nonce: 0, type: 2 })
  const mined = await world.mine(world.genesis, [signed])
  const call: CallRequest = {
    from: alice,
    to: forwarder,
    gas: fields.gasLimit,
    valueWei: fields.value,
    maxFeePerGasWei: fields.maxFeePerGas,
    maxPriorityFeePerGasWei: fields.maxPriorityFeePerGas,
  }
  const { coinbase, timestamp } = mined.block.header
  const [block] = await simulate([{ override: { coinbase, timestamp }, calls: [call] }], {
    isValidating: true,
  })
  for (const field of [
    'stateRoot',
    'receiptsRoot',
    'gasUsed',
    'logsBloom',
    'baseFeePerGas',
  ] as const) {
    assert.equal(block?.header[field], mined.block.header[field], field)
  }
})

test('transfers are told as logs when asked for, and those undone are not', async () => {
  const kept = paying(alice, forwarder, 9n)
  const undone = { ...kept, data: Uint8Array.of(1) }
  const [block] = await simulate([calling(undone, kept, { to: logger })], { traceTransfers: true })
  const [first, second, third] = block?.calls ?? []
  assert.deepEqual([first?.status, first?.simulatedLogs], ['revert', []])
  assert.deepEqual(
    second?.simulatedLogs.map(({ address, topics }) => [address, topics.slice(1)]),
    [
      [alice, forwarder],
      [forwarder, address(0x77)],
    ].map((pair) => [address(0xee), pair.map((one) => `0x${'00'.repeat(12)}${one.slice(2)}`)]),
  )
  // Two numbers went to logs that were undone.
  assert.deepEqual(
    [...(second?.simulatedLogs ?? []), ...(third?.simulatedLogs ?? [])].map(({ index }) => index),
    [2, 3, 4],
  )
  assert.deepEqual(third?.logs.length, 1)
  const [quiet] = await simulate([calling(kept)])
  assert.deepEqual(quiet?.calls[0]?.simulatedLogs, [])
})

test('validation asks for nonces and the base fee; without it both may be left out', async () => {
  const call = { from: alice, to: bob, nonce: 7n }
  await simulate([calling(call)])
  const validating = { isValidating: true }
  assert.match(
    await refusalOf([calling(call)], validating),
    /^nonce-too-high: err: nonce too high: /,
  )
  const cheap = { from: alice, to: bob }
  assert.match(
    await refusalOf([calling(cheap)], validating),
    /^fee-cap-too-low: err: max fee per gas/,
  )
})

test('a block’s gas and the simulation’s gas bound its calls', async () => {
  const big = { to: bob, gas: 30_000_000n }
  assert.equal(
    await refusalOf([calling({ to: bob }, big)]),
    'block-gas-limit-reached: block gas limit reached: 21000 >= 30000000',
  )
  assert.match(
    await refusalOf([calling({ to: bob }, { to: bob })], { gasCap: 30_000n }),
    /^intrinsic-gas/,
  )
})

test('blocks out of order, or too many of them, are refused in geth’s words', async () => {
  const at = (override: BlockRequest['override']): BlockRequest => ({ override, calls: [] })
  assert.equal(
    await refusalOf([at({ number: 5n }), at({ number: 5n })]),
    'block-number-not-increasing: block numbers must be in order: 5 <= 5',
  )
  assert.equal(
    await refusalOf([at({ timestamp: 1n })]),
    'timestamp-not-increasing: block timestamps must be in order: 1 <= 1',
  )
  assert.equal(await refusalOf([at({ number: 257n })]), 'too-many-blocks: too many blocks')
  assert.equal((await simulate([at({ number: 256n })])).length, 256)
})

test('overrides hold for their block’s calls, and code that they set stays', async () => {
  const code = hexToBytes('0x4360005260206000f3')
  const plain = address(0x66)
  const overriding = { ...calling({ to: plain }), stateOverrides: new Map([[plain, { code }]]) }
  const blocks = await simulate([overriding, calling({ to: plain })])
  assert.deepEqual(
    blocks.map(({ calls }) => bytesToBigint(calls[0]?.output as Uint8Array)),
    [1n, 2n],
  )
})
