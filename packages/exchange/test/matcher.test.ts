import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openMatcher } from '../src/index.ts'
import { settingsFor, signedCancel, signedOrder } from './support/signed.ts'

function openOn(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'busan-exchange-'))
  const settings = settingsFor(join(folder, 'journal.sqlite'))
  const matcher = openMatcher(settings)
  t.after(() => {
    matcher.close()
    rmSync(folder, { recursive: true })
  })
  return { settings, matcher }
}

test('two signed orders trade at the price of the earlier one', async (t) => {
  const { settings, matcher } = openOn(t)
  const heard: unknown[] = []
  matcher.onTrades((trades) => heard.push(...trades))
  await matcher.place(await signedOrder(settings, 1, { lots: 5n, limitPrice: 1_005n }))
  const sell = await signedOrder(settings, 2, { isBuy: false, lots: 3n, limitPrice: 1_000n })
  const verdict = await matcher.place(sell)
  assert.ok(verdict.ok)
  assert.deepEqual(
    verdict.value.trades.map(({ number, lots, price }) => ({ number, lots, price })),
    [{ number: 1, lots: 3n, price: 1_005n }],
  )
  assert.deepEqual(heard, verdict.value.trades)
  assert.deepEqual(matcher.depth('buy', 5), [{ price: 1_005n, lots: 2n }])
  assert.deepEqual(matcher.orderOf(verdict.value.id), sell)
})

test('each refusal has its reason, and a refused order leaves no trace', async (t) => {
  const { settings, matcher } = openOn(t)
  const reasonOf = async (changes: object) => {
    const verdict = await matcher.place(await signedOrder(settings, 1, changes))
    return verdict.ok ? 'accepted' : verdict.reason
  }
  assert.equal(await reasonOf({ market: `0x${'bb'.repeat(32)}` }), 'other-market')
  assert.equal(await reasonOf({ expiry: 1_800_000_000n }), 'expired')
  assert.equal(await reasonOf({ validAfter: 1_800_000_001n }), 'expired')
  assert.equal(await reasonOf({ lots: 0n }), 'invalid-amount')
  assert.equal(await reasonOf({ minFill: 2n }), 'invalid-amount')
  assert.equal(await reasonOf({ limitPrice: 1_001n }), 'off-tick')
  assert.equal(await reasonOf({ limitPrice: 0n }), 'off-tick')
  assert.equal(await reasonOf({ maxFeeBps: 19 }), 'fee-above-cap')
  const { order } = await signedOrder(settings, 1, {})
  const { signature } = await signedOrder(settings, 2, {})
  const forged = await matcher.place({ order, signature })
  assert.equal(forged.ok ? 'accepted' : forged.reason, 'bad-signature')
  assert.deepEqual(matcher.depth('buy', 5), [])
  assert.equal(await reasonOf({}), 'accepted')
  assert.equal(await reasonOf({ lots: 9n }), 'nonce-used')
})

test('two orders of one nonce at the same moment: one is accepted', async (t) => {
  const { settings, matcher } = openOn(t)
  const orders = [await signedOrder(settings, 1, {}), await signedOrder(settings, 1, { lots: 2n })]
  const verdicts = await Promise.all(orders.map((order) => matcher.place(order)))
  assert.deepEqual(
    verdicts.map(({ ok }) => ok),
    [true, false],
  )
})

test('only the maker cancels, and what was cancelled does not trade', async (t) => {
  const { settings, matcher } = openOn(t)
  const placed = await matcher.place(await signedOrder(settings, 1, { lots: 5n }))
  assert.ok(placed.ok)
  const { id } = placed.value
  const foreign = await matcher.cancel(id, await signedCancel(settings, 2, id))
  assert.equal(foreign.ok ? 'cancelled' : foreign.reason, 'bad-signature')
  assert.deepEqual(await matcher.cancel(id, await signedCancel(settings, 1, id)), {
    ok: true,
    value: { lots: 5n },
  })
  const sell = await matcher.place(await signedOrder(settings, 2, { isBuy: false }))
  assert.deepEqual(sell.ok && sell.value.trades, [])
})

test('in an auction phase orders wait, and then cross at one price', async (t) => {
  const { settings, matcher } = openOn(t)
  await matcher.startAuction()
  await matcher.place(await signedOrder(settings, 1, { lots: 4n, limitPrice: 1_010n }))
  const sell = { isBuy: false, lots: 4n, limitPrice: 990n }
  await matcher.place(await signedOrder(settings, 2, sell))
  assert.deepEqual(matcher.trades(0, 10), [])
  const trades = await matcher.runAuction(1_005n)
  assert.deepEqual(
    trades.map(({ lots, price }) => ({ lots, price })),
    [{ lots: 4n, price: 1_010n }],
  )
})

test('opening the journal again gives the same book and the same trades', async (t) => {
  const { settings, matcher } = openOn(t)
  for (let seq = 1n; seq <= 20n; seq++) {
    const isBuy = seq % 3n !== 0n
    const changes = { isBuy, nonceSeq: seq, lots: seq, limitPrice: 1_000n + 5n * (seq % 4n) }
    await matcher.place(await signedOrder(settings, Number(seq % 4n) + 1, changes))
  }
  const again = openMatcher(settings)
  assert.deepEqual(again.trades(0, 100), matcher.trades(0, 100))
  assert.ok(matcher.trades(0, 100).length > 0)
  for (const side of ['buy', 'sell'] as const)
    assert.deepEqual(again.depth(side, 100), matcher.depth(side, 100))
  again.close()
})
