// Our interpreter and that of ethereumjs agree on everything that a block or a call can tell.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, hexToBytes } from '@busan/primitives'
import fc from 'fast-check'
import { createExecutor, type Executor } from '../src/index.ts'
import { CONTRACT_COUNT, contractAt, DELEGATING, randomCode } from './random-code.ts'
import { accountOf, createWorld, type World } from './world.ts'

const BLOCK_FORKS = [
  'homestead',
  'eip150',
  'eip158',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'muirGlacier',
  'berlin',
  'london',
  'arrowGlacier',
  'grayGlacier',
  'mergeNetsplit',
]
const TIME_FORKS = ['shanghai', 'cancun', 'prague', 'osaka']
const FORK_KEYS = [
  ...BLOCK_FORKS.map((fork) => `${fork}Block`),
  ...TIME_FORKS.map((fork) => `${fork}Time`),
]

/** The last fork that is active in each run. */
const LAST_FORKS = [
  'eip150Block',
  'byzantiumBlock',
  'constantinopleBlock',
  'petersburgBlock',
  'istanbulBlock',
  'berlinBlock',
  'londonBlock',
  'shanghaiTime',
  'cancunTime',
  'osakaTime',
]

const scenario = fc.record({
  codes: fc.array(randomCode, { minLength: CONTRACT_COUNT, maxLength: CONTRACT_COUNT }),
  calls: fc.array(
    fc.record({
      to: fc.option(fc.nat(CONTRACT_COUNT - 1).map(contractAt), { nil: undefined, freq: 5 }),
      value: fc.nat(3).map(BigInt),
      gasLimit: fc.integer({ min: 60_000, max: 600_000 }).map(BigInt),
      data: fc.uint8Array({ maxLength: 70 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

async function worldOf({ codes }: Scenario, lastFork: string): Promise<World> {
  const later = FORK_KEYS.slice(FORK_KEYS.indexOf(lastFork) + 1)
  const alloc = Object.fromEntries(
    codes.map((code, index) => [
      contractAt(index),
      { code: `0x${code}`, balance: '0x5', nonce: '0x1', storage: { '0x1': '0x2' } },
    ]),
  )
  const isLondon = !later.includes('londonBlock')
  return createWorld({
    alloc: { ...alloc, [DELEGATING]: { code: `0xef0100${contractAt(0).slice(2)}` } },
    config: Object.fromEntries(later.map((key) => [key, undefined])),
    ...(isLondon ? {} : { document: { baseFeePerGas: undefined } }),
  })
}

function executorsOf({ store, spec, hashes }: World): readonly Executor[] {
  const blockHashByNumber = (number: bigint) => hashes.get(number)
  const kinds = ['fast', 'reference'] as const
  return kinds.map((evm) => createExecutor({ store, spec, blockHashByNumber, evm }))
}

async function assertSameBlock(world: World, { calls, codes }: Scenario): Promise<void> {
  const [fast, reference] = executorsOf(world) as [Executor, Executor]
  const transactions = calls.map(({ to, value, gasLimit, data }, nonce) =>
    world.sign(0, {
      type: 0,
      nonce,
      value,
      gasLimit,
      ...(to === undefined
        ? { data: hexToBytes(`0x${codes[nonce % CONTRACT_COUNT]}`) }
        : { to, data }),
    }),
  )
  const { block } = await world.mine(world.genesis, transactions)
  const ours = await fast.executeBlock(block, world.genesis)
  const theirs = await reference.executeBlock(block, world.genesis)
  assert.deepEqual(ours, theirs)
}

/**
 * All but the words of a halt: where two rules are broken at once ours names the one that geth does (the stack before
 * the gas), and it names opcodes that a fork lacks. The words have tests of their own.
 */
function comparable(verdict: Awaited<ReturnType<Executor['call']>>): unknown {
  if (!verdict.ok || verdict.value.error === undefined) return verdict
  return { ...verdict, value: { ...verdict.value, error: 'halted' } }
}

async function assertSameCalls(world: World, { calls }: Scenario): Promise<void> {
  const [fast, reference] = executorsOf(world) as [Executor, Executor]
  for (const { to, value, gasLimit, data } of calls) {
    const request = {
      from: accountOf(1),
      to: (to ?? null) as Address | null,
      valueWei: value,
      gas: gasLimit,
      data,
    }
    const ours = await fast.call(request, world.genesis)
    const theirs = await reference.call(request, world.genesis)
    assert.deepEqual(comparable(ours), comparable(theirs))
  }
}

const RUNS = Number(process.env.BUSAN_PROPERTY_RUNS ?? 60)

for (const lastFork of LAST_FORKS) {
  test(`random code ends the same in both interpreters, up to ${lastFork}`, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const world = await worldOf(drawn, lastFork)
        await assertSameBlock(world, drawn)
        await assertSameCalls(world, drawn)
      }),
      { numRuns: RUNS },
    )
  })
}
