// Our interpreter and that of ethereumjs agree on everything that a block or a call can tell.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, compareBytes } from '@busan/primitives'
import { type BatchOperation, keys } from '@busan/storage'
import fc from 'fast-check'
import { createExecutor, type Executor } from '../src/index.ts'
import { LAST_FORKS, type Scenario, scenario, transactionsOf, worldOf } from './random-world.ts'
import { accountOf, type World } from './world.ts'

const NODES = keys.stateNode(new Uint8Array(32))[0]

function executorsOf({ store, spec, hashes }: World): readonly Executor[] {
  const blockHashByNumber = (number: bigint) => hashes.get(number)
  const kinds = ['fast', 'reference'] as const
  return kinds.map((evm) => createExecutor({ store, spec, blockHashByNumber, evm }))
}

async function assertSameBlock(world: World, drawn: Scenario): Promise<void> {
  const [fast, reference] = executorsOf(world) as [Executor, Executor]
  const { block } = await world.mine(world.genesis, transactionsOf(world, drawn))
  const ours = await fast.executeBlock(block, world.genesis)
  const theirs = await reference.executeBlock(block, world.genesis)
  assert.deepEqual(whatIsNew(world, ours), whatIsNew(world, theirs))
}

/**
 * They come upon accounts in an order of their own, and which one is removed first decides whether a node of the trie
 * is made again that is there.
 */
function whatIsNew({ store }: World, verdict: Awaited<ReturnType<Executor['executeBlock']>>) {
  if (!verdict.ok) return verdict
  const isNew = ({ key }: BatchOperation) => store.get(key) === undefined || key[0] !== NODES
  const stateWrites = verdict.value.stateWrites
    .filter(isNew)
    .sort((a, b) => compareBytes(a.key, b.key))
  return { ...verdict, value: { ...verdict.value, stateWrites } }
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
