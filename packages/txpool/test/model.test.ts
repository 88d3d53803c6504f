import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address, Hash } from '@busan/primitives'
import fc from 'fast-check'
import type { PoolChange, PoolTransaction } from '../src/index.ts'
import { account, createArrayJournal, openPool, type PoolFixture, transfer } from './fixture.ts'

const SENDERS = 3
const LIMITS = { transactions: 12, perAccount: 6 }

type Command =
  | { readonly kind: 'add'; readonly transactions: readonly Offer[] }
  | { readonly kind: 'block'; readonly size: number }
  | { readonly kind: 'foreign'; readonly sender: number }
  | { readonly kind: 'balance'; readonly sender: number; readonly valueWei: bigint }

interface Offer {
  readonly sender: number
  readonly nonceAhead: number
  readonly fee: number
  readonly isLocal: boolean
}

const offer = fc.record({
  sender: fc.nat(SENDERS - 1),
  nonceAhead: fc.nat(7),
  fee: fc.integer({ min: 1, max: 4 }),
  isLocal: fc.boolean(),
})
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      transactions: fc.array(offer, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('block' as const), size: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('foreign' as const), sender: fc.nat(SENDERS - 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('balance' as const),
      sender: fc.nat(SENDERS - 1),
      valueWei: fc.constantFrom(10n ** 24n, 2_200_000n, 0n),
    }),
  },
)

/** What a listener believes is pooled, from the change events alone. */
function followChanges(batches: readonly (readonly PoolChange[])[]): Map<Hash, PoolTransaction> {
  const believed = new Map<Hash, PoolTransaction>()
  for (const change of batches.flat()) {
    if (change.type === 'added') {
      assert.ok(!believed.has(change.transaction.hash), 'added twice')
      believed.set(change.transaction.hash, change.transaction)
    } else if (change.type === 'dropped') {
      assert.ok(believed.delete(change.transaction.hash), 'dropped what was not there')
    } else {
      assert.ok(believed.has(change.transaction.hash), 'promoted what was not there')
    }
  }
  return believed
}

async function run(fixture: PoolFixture, step: Command, accepted: Set<Hash>): Promise<void> {
  const { pool, state, nextHead } = fixture
  const nonceOf = (sender: Address) => state.nonces.get(sender) ?? 0n
  if (step.kind === 'add') {
    const adds = step.transactions.map(async ({ sender, nonceAhead, fee, isLocal }) => {
      const transaction = transfer({
        sender: account(sender),
        nonce: nonceOf(account(sender)) + BigInt(nonceAhead),
        maxFeePerGasWei: BigInt(fee) * 10n,
        maxPriorityFeePerGasWei: BigInt(fee),
      })
      const result = await pool.add(transaction, isLocal ? 'local' : 'remote')
      if (result.status !== 'rejected') accepted.add(transaction.hash)
    })
    await Promise.all(adds)
  } else if (step.kind === 'block') {
    await nextHead([...pool.executable(0n)].slice(0, step.size))
  } else if (step.kind === 'foreign') {
    const sender = account(step.sender)
    await nextHead([transfer({ sender, nonce: nonceOf(sender), valueWei: 777n })])
  } else {
    state.balances.set(account(step.sender), step.valueWei)
    await nextHead()
  }
}

function checkAgainstModel(
  { pool, state, batches }: PoolFixture,
  accepted: ReadonlySet<Hash>,
): void {
  const believed = followChanges(batches)
  const { pending, queued } = pool.content()
  const held = [...pending.values(), ...queued.values()].flat()
  assert.deepEqual(new Set(held.map(({ hash }) => hash)), new Set(believed.keys()))
  for (const hash of believed.keys()) assert.ok(accepted.has(hash), 'holds what it refused')

  assert.ok(held.length <= LIMITS.transactions)
  assert.equal(pool.pendingCount() + pool.queuedCount(), held.length)
  for (let n = 0; n < SENDERS; n++) {
    const sender = account(n)
    const nonces = new Set(held.filter((each) => each.sender === sender).map(({ nonce }) => nonce))
    assert.ok(nonces.size <= LIMITS.perAccount)
    let next = state.nonces.get(sender) ?? 0n
    const contiguous: bigint[] = []
    while (nonces.has(next)) contiguous.push(next++)
    assert.deepEqual(
      (pending.get(sender) ?? []).map(({ nonce }) => nonce),
      contiguous,
    )
    assert.equal(pool.nextNonce(sender, state.nonces.get(sender) ?? 0n), next)
    const walked = [...pool.executable(0n)].filter((each) => each.sender === sender)
    assert.deepEqual(
      walked.map(({ nonce }) => nonce),
      contiguous,
    )
  }
}

test('any sequence of offers, blocks and balances keeps the pool as the model says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      const journal = createArrayJournal()
      const fixture = await openPool({ limits: LIMITS, journal })
      const accepted = new Set<Hash>()
      for (const step of commands) {
        await run(fixture, step, accepted)
        checkAgainstModel(fixture, accepted)
      }
      await fixture.pool.close()
      const survivors = new Set(journal.records.map((raw) => Buffer.from(raw).toString('hex')))
      for (const change of fixture.batches.flat()) {
        if (change.type !== 'added' || change.origin !== 'local') continue
        if (fixture.pool.get(change.transaction.hash) === undefined) continue
        assert.ok(survivors.has(Buffer.from(change.transaction.raw).toString('hex')))
      }
    }),
    { numRuns: 150 },
  )
})
