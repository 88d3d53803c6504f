import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CodedError, isCodedError } from '@busan/primitives'
import { createCheckedExecutor } from '../src/checked-executor.ts'
import { createExecutor, type Executor, type Receipt } from '../src/index.ts'
import { address, createWorld, inOrder, type World } from './world.ts'

/** A reference whose receipts are changed: as if one of the two had a bug. */
function brokenReference(executor: Executor, change: Partial<Receipt>): Executor {
  return {
    ...executor,
    executeBlock: async (block, parent) => {
      const verdict = await executor.executeBlock(block, parent)
      if (!verdict.ok) return verdict
      const receipts = verdict.value.receipts.map((one, i) =>
        i === 1 ? { ...one, ...change } : one,
      )
      return { ok: true, value: { ...verdict.value, receipts } }
    },
  }
}

function transfers(world: World) {
  return [0, 1, 2].map((key) => world.sign(key, { to: address(9), value: 1n }))
}

test('the check passes blocks on which both interpreters agree', async () => {
  const { store, spec, hashes, ...world } = await createWorld()
  const blockHashByNumber = (number: bigint) => hashes.get(number)
  const onDivergence = () => assert.fail('nothing differs')
  const executor = createExecutor({ store, spec, blockHashByNumber, evm: 'check', onDivergence })
  const template = world.template(world.genesis)
  const candidates = inOrder([0, 1].map((key) => world.sign(key, { to: address(9), value: 1n })))
  const built = await executor.buildBlock(template, candidates, 60_000)
  assert.equal(built.block.transactions.length, 2)
  assert.ok((await executor.executeBlock(built.block, world.genesis)).ok)
})

test('the check stops at the first difference, and says where it is', async () => {
  const world = await createWorld()
  const reported: CodedError[] = []
  const reference = brokenReference(world.executor, { gasUsed: 21_001n })
  const checked = createCheckedExecutor(world.executor, reference, (error) => reported.push(error))
  const { block } = await world.mine(world.genesis, transfers(world))
  for (const run of [
    () => checked.executeBlock(block, world.genesis),
    () => checked.buildBlock(world.template(world.genesis), inOrder(transfers(world)), 60_000),
  ]) {
    await assert.rejects(run, (error) => {
      assert.ok(isCodedError(error, 'evm-divergence'))
      const want = { number: 1n, transaction: 1, field: 'gasUsed', got: '21000', want: '21001' }
      assert.deepEqual(error.details, want)
      return true
    })
  }
  assert.equal(reported.length, 2)
})
