// The tables of accounts and slots say at every root what the trie says, whatever blocks, discarded proposals, undone
// writes and emptied storages came before and come while a reader reads.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHash, EMPTY_TRIE_ROOT, type Hash, type Hex, hexToBytes } from '@busan/primitives'
import { createMemoryStore, type KeyValueStore, keys } from '@busan/storage'
import fc from 'fast-check'
import { hasFlatState, makeFlatTables, readFlatTables } from '../src/index.ts'
import { NO_ACCOUNT } from '../src/state/account.ts'
import { createStateSource } from '../src/state/state-source.ts'
import { StateView } from '../src/state/state-view.ts'
import { address } from './world.ts'

const RUNS = Number(process.env.BUSAN_PROPERTY_RUNS ?? 150)
const ACCOUNTS: readonly Hex[] = [1, 2, 3, 4].map(address)
const SLOTS = [0n, 1n, 2n]

type Write =
  | { readonly kind: 'balance'; readonly account: Hex; readonly value: bigint }
  | { readonly kind: 'slot'; readonly account: Hex; readonly slot: bigint; readonly value: bigint }
  | { readonly kind: 'code' | 'remove' | 'clear' | 'root'; readonly account: Hex }
  | { readonly kind: 'undone'; readonly writes: readonly Write[] }

interface DrawnBlock {
  readonly writes: readonly Write[]
  /** A proposal that is thrown away comes first. */
  readonly discarded: readonly Write[]
}

const account = fc.constantFrom(...ACCOUNTS)
const value = fc.bigInt({ min: 0n, max: 3n })
const simple: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ kind: fc.constant('balance' as const), account, value }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('slot' as const),
      account,
      slot: fc.constantFrom(...SLOTS),
      value,
    }),
  },
  fc.record({
    kind: fc.constantFrom('code' as const, 'remove' as const, 'clear' as const),
    account,
  }),
  // Byzantium and before: a root after each transaction.
  fc.record({ kind: fc.constant('root' as const), account }),
)
const undone = fc
  .array(simple, { maxLength: 4 })
  .map((writes): Write => ({ kind: 'undone', writes }))
const writes = fc.array(fc.oneof({ weight: 6, arbitrary: simple }, undone), { maxLength: 8 })
const drawnBlocks: fc.Arbitrary<readonly DrawnBlock[]> = fc.array(
  fc.record({ writes, discarded: writes }),
  { minLength: 1, maxLength: 6 },
)

function apply(state: StateView, write: Write): void {
  const isThere = 'account' in write && state.accountAt(write.account) !== null
  if (write.kind === 'balance') {
    const before = state.accountAt(write.account) ?? NO_ACCOUNT
    state.setAccountAt(write.account, { ...before, balance: write.value })
  }
  // Only contracts that are there write or are emptied.
  if (write.kind === 'slot' && isThere) state.setSlotAt(write.account, write.slot, write.value)
  if (write.kind === 'clear' && isThere) state.clearStorageAt(write.account)
  if (write.kind === 'code') state.setCodeAt(write.account, Uint8Array.of(1, 2))
  if (write.kind === 'remove') state.removeAccountAt(write.account)
  if (write.kind === 'root') state.change()
  if (write.kind !== 'undone') return
  state.openCheckpoint()
  for (const one of write.writes) apply(state, one)
  state.undoCheckpoint()
}

/** Everything that can be read. */
function contents(state: StateView) {
  return ACCOUNTS.map((one) => {
    const found = state.accountAt(one)
    return { found, slots: found === null ? [] : SLOTS.map((slot) => state.slotAt(one, slot)) }
  })
}

function viewOf(store: Pick<KeyValueStore, 'get'>, root: Hash): StateView {
  const state = new StateView(createStateSource(store))
  state.open(hexToBytes(root))
  return state
}

/** The store as it was before there were tables. */
function withoutTables(store: KeyValueStore): Pick<KeyValueStore, 'get'> {
  const prefix = keys.stateNumber(new Uint8Array(32))[0]
  return { get: (key) => (key[0] === prefix ? undefined : store.get(key)) }
}

/** Counts what is read of tries. */
function counting(store: KeyValueStore) {
  const counts = { nodes: 0 }
  const prefix = keys.stateNode(new Uint8Array(32))[0]
  const get = (key: Uint8Array) => {
    if (key[0] === prefix) counts.nodes++
    return store.get(key)
  }
  return { counts, store: { get } }
}

async function genesis(store: KeyValueStore): Promise<Hash> {
  const state = new StateView(createStateSource(store))
  for (const one of ACCOUNTS.slice(0, 2)) {
    state.setAccountAt(one, { ...NO_ACCOUNT, balance: 1n })
    state.setSlotAt(one, 1n, 2n)
  }
  const { stateRoot, writes: made } = state.change(0)
  await store.batch(made)
  return bytesToHash(stateRoot)
}

/** Runs the blocks; after each, `check` is told of all roots so far. */
async function run(
  blocks: readonly DrawnBlock[],
  check: (store: KeyValueStore, roots: readonly Hash[]) => Promise<void>,
): Promise<void> {
  const store = createMemoryStore()
  const roots = [await genesis(store)]
  for (const [index, drawn] of blocks.entries()) {
    const head = roots.at(-1) as Hash
    const proposal = viewOf(store, head)
    for (const write of drawn.discarded) apply(proposal, write)
    proposal.change(index + 1)
    const before = contents(viewOf(withoutTables(store), head))
    const [reader, halfRead] = [viewOf(store, head), viewOf(store, head)]
    for (const one of ACCOUNTS) halfRead.accountAt(one)
    const state = viewOf(store, head)
    for (const write of drawn.writes) apply(state, write)
    const { stateRoot, writes: made } = state.change(index + 1)
    await store.batch(made)
    assert.deepEqual(contents(reader), before, 'a reader of the head before')
    assert.deepEqual(contents(halfRead), before, 'one that has read the accounts already')
    roots.push(bytesToHash(stateRoot))
    await check(store, roots)
  }
}

test('tables and trie agree at every root', async () => {
  await fc.assert(
    fc.asyncProperty(drawnBlocks, (blocks) =>
      run(blocks, async (store, roots) => {
        assert.ok(hasFlatState(store, roots.at(-1) as Hash))
        for (const root of roots) {
          const fromTables = contents(viewOf(store, root))
          assert.deepEqual(fromTables, contents(viewOf(withoutTables(store), root)))
        }
        const { stateRoot } = await readFlatTables(store)
        assert.equal(stateRoot, roots.at(-1))
      }),
    ),
    { numRuns: RUNS },
  )
})

test('tables that were never made, or that fell behind, are made again from the trie', async () => {
  await fc.assert(
    fc.asyncProperty(drawnBlocks, drawnBlocks, async (blocks, later) => {
      let last: { readonly store: KeyValueStore; readonly roots: readonly Hash[] } | undefined
      await run(blocks, async (store, roots) => {
        last = { store, roots }
      })
      const { store, roots } = last as NonNullable<typeof last>
      // A release without tables goes on for some blocks.
      let head = roots.at(-1) as Hash
      for (const drawn of later) {
        const state = viewOf(store, head)
        for (const write of drawn.writes) apply(state, write)
        const { stateRoot, writes: made } = state.change()
        await store.batch(made)
        head = bytesToHash(stateRoot)
      }
      const number = BigInt(blocks.length + later.length)
      if (!hasFlatState(store, head)) await makeFlatTables(store, { stateRoot: head, number })
      assert.equal((await readFlatTables(store)).stateRoot, head)
      for (const root of [...roots, head]) {
        const found = contents(viewOf(store, root))
        assert.deepEqual(found, contents(viewOf(withoutTables(store), root)))
      }
    }),
    { numRuns: RUNS },
  )
})

test('what the tables know is read from no trie', async () => {
  const store = createMemoryStore()
  const root = await genesis(store)
  const { counts, store: counted } = counting(store)
  const state = viewOf(counted, root)
  const opened = counts.nodes
  contents(state)
  assert.equal(counts.nodes, opened)
  contents(viewOf(withoutTables({ ...store, ...counted }), root))
  assert.ok(counts.nodes > opened + 1)
})

test('an empty chain has tables too', async () => {
  const store = createMemoryStore()
  await store.batch(new StateView(createStateSource(store)).change(0).writes)
  assert.ok(hasFlatState(store, EMPTY_TRIE_ROOT))
  assert.equal((await readFlatTables(store)).stateRoot, EMPTY_TRIE_ROOT)
})
