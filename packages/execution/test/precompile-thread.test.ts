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

test('calls end on the thread as they end here', async () => {
  const { asked, precompileThread } = counted()
  const there = executorWith({ precompileThread })
  // The chain of this test knows no KZG.
  const addresses = [...LONG_CALLS.keys()]
    .map((key) => Number(`0x${key}`))
    .filter((one) => one !== 10)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...addresses),
      input,
      fc.bigInt({ min: 21_000n, max: 2_000_000n }),
      async (address, data, gas) => {
        const call = callOf(address, data, gas)
        const options = { gasCap: gas }
        const ours = await there.call(call, world.genesis, options)
        assert.deepEqual(ours, await here.call(call, world.genesis, options))
      },
    ),
    { numRuns: 300 },
  )
  assert.ok(new Set(asked).size > 5, `${new Set(asked).size} contracts were asked for there`)
})

test('timers fire while a long call runs', async () => {
  const { asked, precompileThread } = counted()
  const there = executorWith({ precompileThread })
  const call = callOf(9, compression(1_000_000), 5_000_000n)
  let fired = false
  setTimeout(() => {
    fired = true
  }, 0)
  const verdict = await there.call(call, world.genesis, { gasCap: 5_000_000n })
  assert.ok(verdict.ok && verdict.value.error === undefined)
  assert.equal(asked.length, 1)
  assert.ok(fired, 'the call held the event loop')
})

test('short calls cross to no thread', async () => {
  const { asked, precompileThread } = counted()
  const there = executorWith({ precompileThread })
  const short = [callOf(9, compression(12), 100_000n), callOf(5, power([256, 3, 256], 9), 500_000n)]
  for (const call of short) {
    const verdict = await there.call(call, world.genesis, { gasCap: call.gas })
    assert.ok(verdict.ok && verdict.value.error === undefined)
  }
  assert.deepEqual(asked, [])
})

test('without the thread long calls run here', async () => {
  const closed = createPrecompileThread()
  await closed.close()
  const there = executorWith({ precompileThread: closed })
  const call = callOf(9, compression(10_000), 500_000n)
  const options = { gasCap: call.gas }
  const ours = await there.call(call, world.genesis, options)
  assert.deepEqual(ours, await here.call(call, world.genesis, options))
})

test('point evaluations (EIP-4844) end on the thread as they end here', async () => {
  const evm = await createEVM()
  evm.common.customCrypto.kzg = loadKzg()
  // The polynomial that is zero everywhere: its commitment and every proof are the point at infinity.
  const infinity = Uint8Array.of(0xc0, ...new Uint8Array(47))
  const versioned = hexToBytes(computeVersionedHash(bytesToHex(infinity), 1))
  const at = (y: number) => {
    const [point, value] = [new Uint8Array(32).fill(5, 31), new Uint8Array(32).fill(y, 31)]
    return concatBytes(versioned, point, value, infinity, infinity)
  }
  const address = '0a'.padStart(40, '0')
  for (const [data, isRight] of [
    [at(0), true],
    [at(1), false],
    [at(0).slice(1), false],
  ] as const) {
    const gasLimit = 60_000n
    const there = await thread.run({ hardfork: evm.common.hardfork(), address, data, gasLimit })
    const call = { data, gasLimit, common: evm.common, _EVM: evm }
    assert.deepEqual(there, await evm.precompiles.get(address)?.(call))
    assert.equal(there.exceptionError === undefined, isRight)
  }
})
