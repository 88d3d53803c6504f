import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GWEI } from '@busan/primitives'
import type { PoolTransaction } from '../src/index.ts'
import {
  account,
  createArrayJournal,
  createState,
  executableHashes,
  openPool,
  transfer,
} from './fixture.ts'

const [alice, bob, carol] = [account(0), account(1), account(2)]

suite('nonce order', () => {
  test('a gap waits as queued and is promoted when it closes', async () => {
    const { pool, batches } = await openPool()
    const second = transfer({ nonce: 1n })
    const first = transfer({ nonce: 0n })
    assert.deepEqual(await pool.add(second, 'remote'), { status: 'queued' })
    assert.deepEqual(executableHashes(pool), [])
    assert.equal(pool.nextNonce(alice, 0n), 0n)
    assert.deepEqual(await pool.add(first, 'remote'), { status: 'pending' })
    assert.deepEqual(executableHashes(pool), [first.hash, second.hash])
    assert.equal(pool.nextNonce(alice, 0n), 2n)
    assert.deepEqual(batches, [
      [{ type: 'added', transaction: second, status: 'queued', origin: 'remote' }],
      [
        { type: 'added', transaction: first, status: 'pending', origin: 'remote' },
        { type: 'promoted', transaction: second },
      ],
    ])
    await pool.close()
  })

  test('300 transactions of one key, at once and out of order, all become executable', async () => {
    const { pool } = await openPool({ journal: createArrayJournal() })
    const shuffled = Array.from({ length: 300 }, (_, i) => BigInt((i * 7) % 300))
    const results = await Promise.all(
      shuffled.map((nonce) => pool.add(transfer({ nonce }), 'local')),
    )
    assert.ok(results.every(({ status }) => status === 'pending' || status === 'queued'))
    assert.equal(pool.pendingCount(), 300)
    assert.equal(pool.queuedCount(), 0)
    assert.equal(pool.nextNonce(alice, 0n), 300n)
    const nonces = [...pool.executable(GWEI)].map(({ nonce }) => nonce)
    assert.deepEqual(
      nonces,
      Array.from({ length: 300 }, (_, i) => BigInt(i)),
    )
    await pool.close()
  })

  test('transactions offered at once in order are pending each', async () => {
    const { pool } = await openPool()
    const results = await Promise.all(
      [0n, 1n, 2n].map((nonce) => pool.add(transfer({ nonce }), 'local')),
    )
    assert.deepEqual(results, Array(3).fill({ status: 'pending' }))
    await pool.close()
  })

  test('the same transaction offered twice at once is admitted once', async () => {
    const { pool } = await openPool()
    const results = await Promise.all([
      pool.add(transfer(), 'local'),
      pool.add(transfer(), 'remote'),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['pending', 'rejected'],
    )
    await pool.close()
  })

  test('dropping an executable transaction makes the later ones wait', async () => {
    const { pool, batches } = await openPool()
    const chain = [0n, 1n, 2n].map((nonce) => transfer({ nonce }))
    for (const transaction of chain) await pool.add(transaction, 'remote')
    const middle = chain[1] as (typeof chain)[0]
    pool.drop([{ hash: middle.hash, reason: 'insufficient-funds', message: 'poor' }])
    assert.equal(pool.pendingCount(), 1)
    assert.equal(pool.queuedCount(), 1)
    assert.deepEqual(batches.at(-1), [
      { type: 'dropped', transaction: middle, reason: 'insufficient-funds', message: 'poor' },
    ])
    await pool.add(middle, 'remote')
    assert.equal(pool.pendingCount(), 3)
    await pool.close()
  })
})

suite('replacement', () => {
  const original = transfer({ maxFeePerGasWei: 1000n, maxPriorityFeePerGasWei: 15n })

  test('exactly 10 % more on both fees replaces, whichever way the wallet rounds', async () => {
    for (const maxPriorityFeePerGasWei of [16n, 17n]) {
      const { pool, batches } = await openPool()
      await pool.add(original, 'local')
      const dearer = transfer({ maxFeePerGasWei: 1100n, maxPriorityFeePerGasWei })
      assert.deepEqual(await pool.add(dearer, 'remote'), {
        status: 'pending',
        replaced: original.hash,
      })
      assert.deepEqual(executableHashes(pool, 0n), [dearer.hash])
      assert.partialDeepStrictEqual(batches.at(-1), [
        {
          type: 'dropped',
          transaction: original,
          reason: 'replaced',
          replacedBy: dearer.hash,
        },
        { type: 'added', transaction: dearer, status: 'pending', origin: 'remote' },
      ])
      await pool.close()
    }
  })

  test('one fee alone does not replace', async () => {
    const { pool } = await openPool()
    await pool.add(original, 'local')
    for (const fees of [
      { maxFeePerGasWei: 1099n, maxPriorityFeePerGasWei: 100n },
      { maxFeePerGasWei: 5000n, maxPriorityFeePerGasWei: 15n },
    ]) {
      const result = await pool.add(transfer(fees), 'local')
      assert.equal(result.status === 'rejected' && result.reason, 'replacement-underpriced')
    }
    await pool.close()
  })

  test('a tip of zero stays zero when the fee cap rises', async () => {
    const { pool } = await openPool()
    await pool.add(transfer({ maxFeePerGasWei: 1000n, maxPriorityFeePerGasWei: 0n }), 'local')
    const dearer = transfer({ maxFeePerGasWei: 1100n, maxPriorityFeePerGasWei: 0n })
    assert.equal((await pool.add(dearer, 'local')).status, 'pending')
    await pool.close()
  })

  test('where gas is free the last one seen wins at the same price', async () => {
    const { pool } = await openPool({ feePolicy: { kind: 'freeGas' } })
    const free = { maxFeePerGasWei: 0n, maxPriorityFeePerGasWei: 0n }
    const first = transfer({ ...free, valueWei: 1n })
    const second = transfer({ ...free, valueWei: 2n })
    await pool.add(first, 'local')
    assert.deepEqual(await pool.add(second, 'local'), { status: 'pending', replaced: first.hash })
    await pool.close()
  })

  test('a queued transaction is replaced in its place', async () => {
    const { pool } = await openPool()
    await pool.add(transfer({ nonce: 4n }), 'local')
    const dearer = transfer({
      nonce: 4n,
      maxFeePerGasWei: 200n * GWEI,
      maxPriorityFeePerGasWei: 2n * GWEI,
    })
    assert.equal((await pool.add(dearer, 'local')).status, 'queued')
    assert.deepEqual([...pool.content().queued.values()], [[dearer]])
    await pool.close()
  })
})

suite('order for the block builder', () => {
  const at = (sender = alice, nonce: bigint, tipGwei: bigint) =>
    transfer({ sender, nonce, maxPriorityFeePerGasWei: tipGwei * GWEI })

  test('best tip first across senders, nonce order within one, arrival breaks ties', async () => {
    const { pool } = await openPool()
    const offers = [at(alice, 0n, 1n), at(alice, 1n, 9n), at(bob, 0n, 5n), at(carol, 0n, 5n)]
    for (const offer of offers) await pool.add(offer, 'remote')
    const [a0, a1, b0, c0] = offers.map(({ hash }) => hash)
    assert.deepEqual(executableHashes(pool), [b0, c0, a0, a1])
    await pool.close()
  })

  test('the tip that counts is what remains above the base fee', async () => {
    const { pool } = await openPool()
    const capped = transfer({
      sender: alice,
      maxFeePerGasWei: 11n * GWEI,
      maxPriorityFeePerGasWei: 10n * GWEI,
    })
    const modest = transfer({ sender: bob, maxPriorityFeePerGasWei: 5n * GWEI })
    await pool.add(capped, 'remote')
    await pool.add(modest, 'remote')
    assert.deepEqual(executableHashes(pool, 1n * GWEI), [capped.hash, modest.hash])
    assert.deepEqual(executableHashes(pool, 8n * GWEI), [modest.hash, capped.hash])
    assert.deepEqual(executableHashes(pool, 12n * GWEI), [modest.hash])
    await pool.close()
  })

  test('a skipped sender gives nothing more', async () => {
    const { pool } = await openPool()
    for (const offer of [at(alice, 0n, 9n), at(alice, 1n, 9n), at(bob, 0n, 1n)]) {
      await pool.add(offer, 'remote')
    }
    const executable = pool.executable(GWEI)
    const seen: string[] = []
    for (const { sender, nonce } of executable) {
      seen.push(`${sender}:${nonce}`)
      if (sender === alice) executable.skipSender(alice)
    }
    assert.deepEqual(seen, [`${alice}:0`, `${bob}:0`])
    await pool.close()
  })

  test('where gas is free arrival alone decides', async () => {
    const { pool } = await openPool({ feePolicy: { kind: 'freeGas' } })
    const [late, early] = [at(alice, 0n, 50n), at(bob, 0n, 1n)]
    await pool.add(early, 'remote')
    await pool.add(late, 'remote')
    assert.deepEqual(executableHashes(pool, 0n), [early.hash, late.hash])
    await pool.close()
  })
})

suite('a new head', () => {
  test('what is included or conflicts with it leaves, the next is promoted', async () => {
    const { pool, nextHead, batches } = await openPool()
    const mine = transfer({ nonce: 0n })
    const conflicting = transfer({ nonce: 1n, valueWei: 5n })
    const waiting = transfer({ nonce: 3n })
    for (const each of [mine, conflicting, waiting]) await pool.add(each, 'local')
    batches.length = 0
    await nextHead([mine, transfer({ nonce: 1n, valueWei: 6n }), transfer({ nonce: 2n })])
    assert.partialDeepStrictEqual(batches, [
      [
        { type: 'dropped', transaction: mine, reason: 'included' },
        { type: 'dropped', transaction: conflicting, reason: 'nonce-too-low' },
        { type: 'promoted', transaction: waiting },
      ],
    ])
    assert.deepEqual(executableHashes(pool), [waiting.hash])
    await pool.close()
  })

  test('what its sender cannot pay any more leaves', async () => {
    const { pool, state, nextHead } = await openPool()
    const [cheap, dear] = [transfer({ nonce: 1n }), transfer({ nonce: 2n, valueWei: 10n ** 20n })]
    for (const each of [cheap, dear]) await pool.add(each, 'local')
    state.balances.set(alice, 10n ** 19n)
    await nextHead([transfer({ nonce: 0n })])
    assert.deepEqual(executableHashes(pool), [cheap.hash])
    assert.equal(pool.get(dear.hash), undefined)
    await pool.close()
  })

  test('a sender that sent nothing is re-checked too', async () => {
    const { pool, state, nextHead } = await openPool()
    await pool.add(transfer(), 'local')
    state.balances.set(alice, 0n)
    await nextHead()
    assert.equal(pool.pendingCount(), 0)
    await pool.close()
  })

  test('a lower block gas limit drops what does not fit any block', async () => {
    const { pool, nextHead } = await openPool()
    await pool.add(transfer({ gasLimit: 9_000_000n }), 'local')
    await nextHead([], { gasLimit: 8_000_000n })
    assert.equal(pool.pendingCount(), 0)
    await pool.close()
  })

  test('a transaction under check while the head moves is judged by the later state', async () => {
    const { pool, nextHead } = await openPool()
    const adding = pool.add(transfer({ nonce: 0n }), 'local')
    const moving = nextHead([transfer({ nonce: 0n, valueWei: 7n })])
    const result = await adding
    assert.equal(result.status === 'rejected' && result.reason, 'nonce-too-low')
    await moving
    await pool.close()
  })
})

suite('limits', () => {
  const priced = (n: number, feeGwei: bigint, nonce = 0n) =>
    transfer({ sender: account(n), nonce, maxFeePerGasWei: feeGwei * GWEI })

  test('a full pool evicts the cheapest remote for a dearer one only', async () => {
    const { pool, batches } = await openPool({ limits: { transactions: 3 } })
    for (const [n, fee] of [30n, 10n, 20n].entries()) await pool.add(priced(n, fee), 'remote')
    assert.deepEqual(await pool.add(priced(3, 9n), 'remote'), {
      status: 'rejected',
      reason: 'underpriced',
      message: 'transaction underpriced',
    })
    assert.equal((await pool.add(priced(4, 15n), 'remote')).status, 'pending')
    assert.partialDeepStrictEqual(batches.at(-1)?.[0], {
      type: 'dropped',
      transaction: priced(1, 10n),
      reason: 'pool-full',
    })
    assert.equal(pool.pendingCount(), 3)
    await pool.close()
  })

  test('queued ones go first and never displace an executable one', async () => {
    const { pool } = await openPool({ limits: { transactions: 2 } })
    await pool.add(priced(0, 90n, 5n), 'remote')
    await pool.add(priced(1, 10n), 'remote')
    assert.equal((await pool.add(priced(2, 5n), 'remote')).status, 'pending')
    assert.equal(pool.queuedCount(), 0)
    assert.deepEqual(await pool.add(priced(3, 99n, 5n), 'remote'), {
      status: 'rejected',
      reason: 'pool-full',
      message: 'txpool is full',
    })
    await pool.close()
  })

  test('local transactions displace any remote one, and each other by price', async () => {
    const { pool } = await openPool({ limits: { transactions: 2 } })
    await pool.add(priced(0, 1n), 'local')
    await pool.add(priced(1, 90n), 'remote')
    assert.equal((await pool.add(priced(2, 2n), 'local')).status, 'pending')
    for (const origin of ['local', 'remote'] as const) {
      const result = await pool.add(priced(3, 1n), origin)
      assert.equal(result.status === 'rejected' && result.message, 'transaction underpriced')
    }
    assert.equal((await pool.add(priced(4, 99n), 'remote')).status, 'pending')
    assert.equal(pool.get(priced(0, 1n).hash), undefined)
    await pool.close()
  })

  test('transactions that wait or pay too little for any block cannot hold the pool', async () => {
    const { pool } = await openPool({ limits: { transactions: 40 } })
    const hoard = (n: number, fields: Partial<PoolTransaction>) =>
      pool.add(transfer({ sender: account(n % 4), ...fields }), 'local')
    for (let n = 0; n < 20; n++)
      await hoard(n, { nonce: BigInt(1000 + n), maxFeePerGasWei: 999n * GWEI })
    const cheap = { maxFeePerGasWei: 1n, maxPriorityFeePerGasWei: 0n }
    for (let n = 0; n < 20; n++) await hoard(n, { nonce: BigInt(Math.floor(n / 4)), ...cheap })
    for (let n = 0; n < 40; n++) {
      const result = await pool.add(transfer({ sender: account(100 + n) }), 'local')
      assert.deepEqual(result, { status: 'pending' }, `${n}`)
    }
    assert.deepEqual([pool.pendingCount(), pool.queuedCount()], [40, 0])
    await pool.close()
  })

  test('a replacement does not outgrow the pool', async () => {
    const { pool } = await openPool({ limits: { totalSizeBytes: 3000 } })
    const sized = (nonce: bigint, feeGwei: bigint, sizeBytes: number) =>
      transfer({
        nonce,
        maxFeePerGasWei: feeGwei * GWEI,
        maxPriorityFeePerGasWei: feeGwei,
        raw: new Uint8Array(sizeBytes).fill(Number(16n * feeGwei + nonce)),
      })
    await pool.add(sized(0n, 10n, 1000), 'local')
    await pool.add(sized(1n, 10n, 1000), 'local')
    assert.deepEqual(await pool.add(sized(0n, 20n, 2001), 'local'), {
      status: 'rejected',
      reason: 'pool-full',
      message: 'txpool is full',
    })
    assert.equal((await pool.add(sized(0n, 20n, 2000), 'local')).status, 'pending')
    assert.equal((await pool.add(sized(1n, 20n, 900), 'local')).status, 'pending')
    await pool.close()
  })

  test('bytes are bounded as well as count; a refusal evicts nothing', async () => {
    const { pool } = await openPool({ limits: { totalSizeBytes: 3000 } })
    const sized = (n: number, feeGwei: bigint, sizeBytes: number) =>
      transfer({
        sender: account(n),
        maxFeePerGasWei: feeGwei * GWEI,
        raw: new Uint8Array(sizeBytes).fill(n),
      })
    await pool.add(sized(1, 10n, 1000), 'remote')
    await pool.add(sized(2, 50n, 1000), 'remote')
    const refused = await pool.add(sized(3, 20n, 2500), 'remote')
    assert.equal(refused.status, 'rejected')
    assert.equal(pool.pendingCount(), 2)
    assert.equal((await pool.add(sized(4, 60n, 2500), 'remote')).status, 'pending')
    assert.equal(pool.pendingCount(), 1)
    await pool.close()
  })

  test('a queued transaction expires after its lifetime, an executable one does not', async () => {
    const { pool, clock, batches } = await openPool()
    const waiting = transfer({ nonce: 1n })
    await pool.add(waiting, 'local')
    await pool.add(transfer({ sender: bob }), 'local')
    clock.advance(3 * 60 * 60 * 1000 - 60_000)
    assert.equal(pool.queuedCount(), 1)
    clock.advance(60_000)
    assert.equal(pool.queuedCount(), 0)
    assert.equal(pool.pendingCount(), 1)
    const expired = { type: 'dropped', transaction: waiting, reason: 'expired' }
    assert.partialDeepStrictEqual(batches.at(-1), [expired])
    await pool.close()
  })
})

suite('the journal', () => {
  test('a restart brings back every local transaction and no remote one', async () => {
    const journal = createArrayJournal()
    const state = createState()
    const before = await openPool({ journal, state })
    const local = [0n, 1n, 5n].map((nonce) => transfer({ nonce }))
    for (const each of local) await before.pool.add(each, 'local')
    await before.pool.add(transfer({ sender: bob }), 'remote')
    await before.pool.close()

    const after = await openPool({ journal, state })
    assert.deepEqual(executableHashes(after.pool), [local[0]?.hash, local[1]?.hash])
    assert.equal(after.pool.queuedCount(), 1)
    assert.equal(after.pool.nextNonce(alice, 0n), 2n)
    await after.pool.close()
  })

  test('a local transaction is journaled before add resolves', async () => {
    const journal = createArrayJournal()
    const { pool } = await openPool({ journal })
    await pool.add(transfer(), 'local')
    assert.deepEqual(journal.records, [transfer().raw])
    await pool.close()
  })

  test('a restart forgets what was included, replaced or unreadable', async () => {
    const state = createState()
    const [included, waiting] = [transfer({ nonce: 0n }), transfer({ nonce: 1n })]
    const journal = createArrayJournal([included.raw, Uint8Array.of(1, 2, 3), waiting.raw])
    state.nonces.set(alice, 1n)
    const { pool } = await openPool({ journal, state })
    assert.deepEqual(executableHashes(pool), [waiting.hash])
    assert.deepEqual(journal.records, [waiting.raw])
    await pool.close()
  })

  test('a journal of departed transactions is rewritten', async () => {
    const journal = createArrayJournal()
    const { pool, nextHead } = await openPool({ journal })
    for (let block = 0; block < 3; block++) {
      const sent = Array.from({ length: 400 }, (_, i) =>
        transfer({ nonce: BigInt(400 * block + i) }),
      )
      await Promise.all(sent.map((each) => pool.add(each, 'local')))
      await nextHead(sent)
    }
    assert.deepEqual(journal.records, [])
    await pool.close()
  })

  test('a disk that fails fails the call, with the reason', async () => {
    const journal = {
      ...createArrayJournal(),
      append: () => Promise.reject(new Error('no space left on device')),
    }
    const { pool } = await openPool({ journal })
    await assert.rejects(pool.add(transfer(), 'local'), { code: 'pool-journal-write' })
    await pool.close()
  })
})

suite('the pool in operation', () => {
  test('content lists both parts by sender and nonce, the gauges count them', async () => {
    const { pool, metrics } = await openPool()
    const offers = [transfer({ nonce: 3n }), transfer({ nonce: 2n }), transfer({ sender: bob })]
    for (const each of offers) await pool.add(each, 'local')
    const [late, early, ofBob] = offers
    assert.deepEqual(pool.content(), {
      pending: new Map([[bob, [ofBob]]]),
      queued: new Map([[alice, [early, late]]]),
    })
    assert.deepEqual(pool.content(alice), {
      pending: new Map(),
      queued: new Map([[alice, [early, late]]]),
    })
    const { text } = await metrics.expose()
    assert.match(text, /^busan_txpool_pending 1$/m)
    assert.match(text, /^busan_txpool_queued 2$/m)
    await pool.close()
  })

  test('a listener that throws does not fail the admission', async () => {
    const { pool } = await openPool()
    pool.onChanged(() => {
      throw new Error('listener bug')
    })
    assert.equal((await pool.add(transfer(), 'local')).status, 'pending')
    await pool.close()
  })

  test('a closed pool takes nothing', async () => {
    const { pool } = await openPool()
    await pool.close()
    await assert.rejects(pool.add(transfer(), 'local'), { code: 'pool-closed' })
  })
})
