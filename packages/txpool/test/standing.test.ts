import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { account, openPool, type PoolFixture, transfer } from './fixture.ts'

const bob = account(1)

/** Where the pool says a transaction is, without its body. */
function standingOf({ pool }: PoolFixture, { hash }: ReturnType<typeof transfer>) {
  const standing = pool.standing(hash)
  if (standing === undefined || !('transaction' in standing)) return standing
  const { transaction, ...rest } = standing
  assert.equal(transaction.hash, hash)
  return rest
}

suite('standing', () => {
  test('a transaction is pending, or queued behind every run of missing nonces', async () => {
    const fixture = await openPool()
    const { pool } = fixture
    const sent = [0n, 3n, 4n, 9n].map((nonce) => transfer({ nonce }))
    for (const each of sent) await pool.add(each, 'remote')
    const [first, third, fourth, last] = sent as [
      (typeof sent)[0],
      (typeof sent)[0],
      (typeof sent)[0],
      (typeof sent)[0],
    ]
    const gap = { first: 1n, last: 2n }
    assert.deepEqual(standingOf(fixture, first), { status: 'pending' })
    assert.deepEqual(standingOf(fixture, third), { status: 'queued', missingNonces: [gap] })
    assert.deepEqual(standingOf(fixture, fourth), { status: 'queued', missingNonces: [gap] })
    const gaps = [gap, { first: 5n, last: 8n }]
    assert.deepEqual(standingOf(fixture, last), { status: 'queued', missingNonces: gaps })
    assert.equal(standingOf(fixture, transfer({ sender: bob })), undefined)
    await pool.close()
  })

  test('filling exactly the missing nonces makes a queued transaction executable', async () => {
    const nonces = fc.uniqueArray(fc.bigInt({ min: 0n, max: 20n }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(nonces, async (some) => {
        const fixture = await openPool()
        const sent = some.map((nonce) => transfer({ nonce }))
        for (const each of sent) await fixture.pool.add(each, 'remote')
        const last = sent.reduce((a, b) => (a.nonce > b.nonce ? a : b))
        const standing = fixture.pool.standing(last.hash)
        for (const range of standing?.status === 'queued' ? standing.missingNonces : []) {
          for (let nonce = range.first; nonce <= range.last; nonce++) {
            assert.equal(fixture.pool.standing(last.hash)?.status, 'queued')
            assert.equal(
              (await fixture.pool.add(transfer({ nonce }), 'remote')).status === 'rejected',
              false,
            )
          }
        }
        assert.equal(fixture.pool.standing(last.hash)?.status, 'pending')
        await fixture.pool.close()
      }),
      { numRuns: 50 },
    )
  })

  test('what was refused is remembered with the words that it was refused with', async () => {
    const fixture = await openPool()
    const late = transfer()
    await fixture.nextHead([transfer({ valueWei: 5n })])
    fixture.clock.advance(1_000)
    const result = await fixture.pool.add(late, 'local')
    const { sender, to, nonce } = late
    assert.deepEqual(standingOf(fixture, late), {
      ...{ status: 'refused', sender, to, nonce, atMs: 1_000 },
      reason: 'nonce-too-low',
      message: result.status === 'rejected' && result.message,
    })
    await fixture.pool.close()
  })

  test('a second offer of what is pooled is no refusal of it', async () => {
    const fixture = await openPool()
    await fixture.pool.add(transfer(), 'local')
    await fixture.pool.add(transfer(), 'remote')
    assert.deepEqual(standingOf(fixture, transfer()), { status: 'pending' })
    await fixture.pool.close()
  })

  test('what left says why, when and by whom it was replaced; what a block included does not', async () => {
    const fixture = await openPool()
    const { pool, state, clock, nextHead } = fixture
    const original = transfer()
    const [dearer, poor] = [transfer({ maxFeePerGasWei: 10n ** 12n }), transfer({ sender: bob })]
    for (const each of [original, poor]) await pool.add(each, 'local')
    clock.advance(5_000)
    assert.equal((await pool.add({ ...dearer }, 'local')).status, 'rejected', 'its tip is the same')
    const replacement = transfer({
      maxFeePerGasWei: 10n ** 12n,
      maxPriorityFeePerGasWei: 10n ** 10n,
    })
    await pool.add(replacement, 'local')
    const replaced = standingOf(fixture, original)
    assert.partialDeepStrictEqual(replaced, {
      status: 'dropped',
      reason: 'replaced',
      replacedBy: replacement.hash,
      atMs: 5_000,
    })
    state.balances.set(bob, 7n)
    await nextHead([replacement])
    assert.equal(standingOf(fixture, replacement), undefined)
    assert.partialDeepStrictEqual(standingOf(fixture, poor), {
      status: 'dropped',
      reason: 'insufficient-funds',
      message: "its sender's balance fell to 7 wei, and it may cost 2100000000000001 wei",
    })
    await pool.close()
  })

  test('what is taken in after all is not remembered as refused or dropped', async () => {
    const fixture = await openPool()
    const { pool, state } = fixture
    const poor = transfer({ sender: bob })
    state.balances.set(bob, 0n)
    await fixture.nextHead()
    await pool.add(poor, 'remote')
    assert.equal(standingOf(fixture, poor)?.status, 'refused')
    state.balances.delete(bob)
    await fixture.nextHead()
    await pool.add(poor, 'remote')
    assert.deepEqual(standingOf(fixture, poor), { status: 'pending' })
    await fixture.nextHead([poor])
    assert.equal(standingOf(fixture, poor), undefined)
    await pool.close()
  })

  test('memory is bounded, and a flood of refusals does not push out what was dropped', async () => {
    const fixture = await openPool({ limits: { dropsRemembered: 2, refusalsRemembered: 3 } })
    const { pool } = fixture
    const sent = [0n, 1n, 2n].map((nonce) => transfer({ nonce }))
    for (const each of sent) {
      await pool.add(each, 'remote')
      pool.drop([{ hash: each.hash, reason: 'not-executable', message: 'no' }])
    }
    const refused = Array.from({ length: 10 }, (_, n) =>
      transfer({ sender: bob, nonce: BigInt(n) }),
    )
    for (const each of refused) await pool.add({ ...each, chainId: 1n }, 'remote')
    const statuses = [...sent, ...refused].map((each) => standingOf(fixture, each)?.status)
    const [forgotten, dropped] = [undefined, 'dropped']
    assert.deepEqual(statuses.slice(0, 3), [forgotten, dropped, dropped])
    assert.deepEqual(statuses.slice(3), [...Array(7).fill(forgotten), ...Array(3).fill('refused')])
    await pool.close()
  })
})
