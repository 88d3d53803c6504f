// Long calls of precompiled contracts end on their thread as they end here, and hold nobody up meanwhile.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { bytesToHex, concatBytes, hexToBytes, toAddress } from '@busan/primitives'
import { createEVM } from '@ethereumjs/evm'
import { computeVersionedHash } from '@ethereumjs/util'
import fc from 'fast-check'
import { createExecutor, createPrecompileThread, type PrecompileThread } from '../src/index.ts'
import { loadKzg } from '../src/kzg.ts'
import { LONG_CALLS } from '../src/precompiles/long-calls.ts'
import { createWorld } from './world.ts'

const thread = createPrecompileThread()
after(() => thread.close())
const world = await createWorld()

/** The thread, and the addresses that it was asked for. */
function counted() {
  const asked: string[] = []
  const run: PrecompileThread['run'] = (question) => {
    asked.push(question.address)
    return thread.run(question)
  }
  return { asked, precompileThread: { run, close: thread.close } }
}

function executorWith(options: { readonly precompileThread?: PrecompileThread }) {
  const { store, spec } = world
  return createExecutor({ store, spec, blockHashByNumber: () => undefined, ...options })
}

const here = executorWith({})

function callOf(address: number, data: Uint8Array, gas: bigint) {
  return { to: toAddress(`0x${address.toString(16).padStart(40, '0')}`), data, gas }
}

/** EIP-152: rounds, state, message, offsets, final flag. */
function compression(rounds: number): Uint8Array {
  const data = new Uint8Array(213).fill(7, 4, 212)
  new DataView(data.buffer).setUint32(0, rounds)
  return data
}

/** EIP-198: three lengths, then the bytes. */
function power(lengths: readonly [number, number, number], filling: number): Uint8Array {
  const data = new Uint8Array(96 + lengths[0] + lengths[1] + lengths[2]).fill(filling, 96)
  for (const [index, length] of lengths.entries()) {
    new DataView(data.buffer).setUint32(32 * index + 28, length)
  }
  return data
}

const length = fc.integer({ min: 0, max: 300 })
const input = fc.oneof(
  fc.uint8Array({ maxLength: 1_200 }),
  fc.integer({ min: 0, max: 20_000 }).map(compression),
  fc
    .tuple(fc.tuple(length, length, length), fc.integer({ min: 0, max: 255 }))
    .map(([lengths, filling]) => power(lengths, filling)),
  fc.integer({ min: 0, max: 8 }).map((points) => new Uint8Array(points * 192)),
)

const evm = await createEVM()
evm.common.customCrypto.kzg = loadKzg()

/** What the thread and the machine of this one come to. */
async function assertSame(address: string, data: Uint8Array, gasLimit: bigint) {
  const there = await thread.run({ hardfork: evm.common.hardfork(), address, data, gasLimit })
  const call = { data, gasLimit, common: evm.common, _EVM: evm }
  assert.deepEqual(there, await evm.precompiles.get(address)?.(call))
  return there
}

test('long calls end on the thread as they end here', async () => {
  const gas = fc.bigInt({ min: 0n, max: 2_000_000n })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...LONG_CALLS.keys()), input, gas, async (...drawn) => {
      await assertSame(...drawn)
    }),
    { numRuns: 300 },
  )
})

/** A block with one transaction that calls the contract. */
async function blockCalling(address: number, data: Uint8Array) {
  const { to } = callOf(address, data, 0n)
  const fields = { type: 2, to, nonce: 0n, data, gasLimit: 8_000_000n } as const
  return (await world.mine(world.genesis, [world.sign(0, fields)])).block
}

test('a block waits for its long calls, and timers fire meanwhile', async () => {
  const { asked, precompileThread } = counted()
  const there = executorWith({ precompileThread })
  const block = await blockCalling(9, compression(1_000_000))
  let fired = false
  setTimeout(() => {
    fired = true
  }, 0)
  const outcome = await there.executeBlock(block, world.genesis)
  assert.ok(fired, 'the call held the event loop')
  assert.equal(asked.length, 1)
  assert.deepEqual(outcome, await here.executeBlock(block, world.genesis))
})

test('short calls cross to no thread', async () => {
  const { asked, precompileThread } = counted()
  const there = executorWith({ precompileThread })
  for (const [address, data] of [
    [9, compression(12)],
    [5, power([256, 3, 256], 9)],
  ] as const) {
    const verdict = await there.executeBlock(await blockCalling(address, data), world.genesis)
    assert.ok(verdict.ok && verdict.value.receipts[0]?.succeeded)
  }
  assert.deepEqual(asked, [])
})

test('requests do not get in the way of blocks: short of time they end, else they run here', async () => {
  const { asked, precompileThread } = counted()
  const there = executorWith({ precompileThread })
  const call = callOf(9, compression(40_000), 500_000n)
  const asking = (timeoutMs: number) =>
    there.call(call, world.genesis, { gasCap: call.gas, timeoutMs })
  await assert.rejects(asking(5), { code: 'call-timeout' })
  const verdict = await asking(60_000)
  assert.ok(verdict.ok && verdict.value.error === undefined)
  assert.deepEqual(asked, [])
})

test('without the thread long calls run here', async () => {
  const closed = createPrecompileThread()
  await closed.close()
  const there = executorWith({ precompileThread: closed })
  const block = await blockCalling(9, compression(10_000))
  const outcome = await there.executeBlock(block, world.genesis)
  assert.deepEqual(outcome, await here.executeBlock(block, world.genesis))
})

test('point evaluations (EIP-4844) are right or wrong there too', async () => {
  // The polynomial that is zero everywhere: its commitment and every proof are the point at infinity.
  const infinity = Uint8Array.of(0xc0, ...new Uint8Array(47))
  const versioned = hexToBytes(computeVersionedHash(bytesToHex(infinity), 1))
  const at = (y: number) => {
    const [point, value] = [new Uint8Array(32).fill(5, 31), new Uint8Array(32).fill(y, 31)]
    return concatBytes(versioned, point, value, infinity, infinity)
  }
  for (const [data, isRight] of [
    [at(0), true],
    [at(1), false],
    [at(0).slice(1), false],
  ] as const) {
    const { exceptionError } = await assertSame('0a'.padStart(40, '0'), data, 60_000n)
    assert.equal(exceptionError === undefined, isRight)
  }
})
