import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, hexToBytes, isCodedError } from '@busan/primitives'
import { createMemoryStore } from '@busan/storage'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { Account, Address } from '@ethereumjs/util'
import fc from 'fast-check'
import { EthereumjsState, type EvmState } from '../src/state/ethereumjs-state.ts'
import { createStateSource } from '../src/state/state-source.ts'

const ADDRESSES = 4
const SLOTS = 5

const target = fc.nat(ADDRESSES - 1)

/** What the EVM does to a state. Storage and code are only written where there is an account. */
const operation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), target, nonce: fc.nat(5), balance: fc.nat(5) }),
  fc.record({ kind: fc.constant('delete' as const), target }),
  fc.record({
    kind: fc.constant('store' as const),
    target,
    slot: fc.nat(SLOTS - 1),
    value: fc.nat(3),
  }),
  fc.record({ kind: fc.constant('clear' as const), target }),
  fc.record({ kind: fc.constant('code' as const), target, size: fc.nat(40) }),
  fc.record({
    kind: fc.constantFrom(
      'checkpoint' as const,
      'commit' as const,
      'revert' as const,
      // What a receipt before Byzantium holds: the root while the transaction can still be taken back.
      'root' as const,
    ),
  }),
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const addressOf = (i: number) => new Address(new Uint8Array(20).fill(i + 1))
const slotOf = (i: number) => new Uint8Array(32).fill(i)

async function apply(state: EvmState, step: Operation, depth: number): Promise<number> {
  if (step.kind === 'checkpoint') await state.checkpoint()
  if (step.kind === 'checkpoint') return depth + 1
  if (step.kind === 'root' && state instanceof EthereumjsState) state.change()
  if (step.kind === 'commit' || step.kind === 'revert') {
    if (depth === 0) return 0
    await state[step.kind]()
    return depth - 1
  }
  if ('target' in step) await write(state, step)
  return depth
}

async function write(state: EvmState, step: Extract<Operation, { target: number }>): Promise<void> {
  const address = addressOf(step.target)
  const account = await state.getAccount(address)
  if (step.kind === 'put') {
    const fields = { nonce: BigInt(step.nonce), balance: BigInt(step.balance) }
    return state.putAccount(address, Object.assign(account ?? new Account(), fields))
  }
  if (account === undefined) return
  if (step.kind === 'delete') return deleteWhole(state, address)
  if (step.kind === 'clear') return state.clearStorage(address)
  if (step.kind === 'code') return state.putCode(address, new Uint8Array(step.size).fill(1))
  return state.putStorage(address, slotOf(step.slot), Uint8Array.of(0, step.value))
}

/** The reference keeps the storage of a deleted account in memory until it is cleared, as creation does. */
async function deleteWhole(state: EvmState, address: Address): Promise<void> {
  await state.clearStorage(address)
  await state.deleteAccount(address)
}

async function run(state: EvmState, steps: readonly Operation[]): Promise<Uint8Array> {
  let depth = 0
  for (const step of steps) depth = await apply(state, step, depth)
  for (; depth > 0; depth--) await state.commit()
  return state.getStateRoot()
}

test('any sequence of operations leads to the root of MerkleStateManager, over several blocks', async () => {
  const steps = fc.array(operation, { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 3 }), async (blocks) => {
      const reference = new MerkleStateManager()
      const store = createMemoryStore()
      const view = new EthereumjsState(createStateSource(store))
      for (const block of blocks) {
        const expected = await run(reference, block)
        const root = await run(view, block)
        assert.equal(bytesToHex(root), bytesToHex(expected))
        await store.batch(view.change().writes)
        view.open(root)
        for (let i = 0; i < ADDRESSES; i++) {
          const account = await view.getAccount(addressOf(i))
          assert.deepEqual(account, await reference.getAccount(addressOf(i)))
          assert.deepEqual(await view.getCode(addressOf(i)), await reference.getCode(addressOf(i)))
          for (let slot = 0; account !== undefined && slot < SLOTS; slot++) {
            const value = await view.getStorage(addressOf(i), slotOf(slot))
            assert.deepEqual(value, await reference.getStorage(addressOf(i), slotOf(slot)))
          }
        }
      }
    }),
    { numRuns: 150 },
  )
})

test('storage of an account deleted and made again in one block is empty', async () => {
  const store = createMemoryStore()
  const view = new EthereumjsState(createStateSource(store))
  const address = addressOf(0)
  await view.putAccount(address, new Account(1n))
  await view.putStorage(address, slotOf(1), Uint8Array.of(7))
  const { stateRoot, writes } = view.change()
  await store.batch(writes)
  view.open(stateRoot)
  await view.deleteAccount(address)
  await view.putAccount(address, new Account(1n))
  assert.equal((await view.getStorage(address, slotOf(1))).length, 0)
})

test('a root that is not stored is missing-state, and so is code that is gone', async () => {
  const view = new EthereumjsState(createStateSource(createMemoryStore()))
  assert.throws(
    () => view.open(hexToBytes(`0x${'11'.repeat(32)}`)),
    (error) => isCodedError(error, 'missing-state') && /missing trie node 0x11/.test(error.message),
  )
  await view.putAccount(addressOf(0), new Account(1n, 1n, undefined, slotOf(9)))
  await assert.rejects(view.getCode(addressOf(0)), (error) => isCodedError(error, 'missing-state'))
})

test('a view writes nothing to the store by itself', async () => {
  const store = createMemoryStore()
  const view = new EthereumjsState(createStateSource(store))
  await view.putAccount(addressOf(0), new Account(1n, 5n))
  await view.putCode(addressOf(0), Uint8Array.of(1, 2, 3))
  const { stateRoot, writes } = view.change()
  assert.ok(writes.length >= 2)
  assert.equal(createStateSource(store).hasRoot(stateRoot), false)
})
