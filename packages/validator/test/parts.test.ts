import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Header } from '@busan/chain-spec'
import { EMPTY_TRIE_ROOT, type Hash, keccakHash, toAddress } from '@busan/primitives'
import { createVirtualClock } from '@busan/testkit'
import { announcers } from '../src/announcers.ts'
import { blockPeriods, blockTimes, startBlockTimer } from '../src/block-timer.ts'
import { type Circumstances, diagnose, type ValidatorSight } from '../src/diagnosis.ts'
import { createLanes } from '../src/lanes.ts'
import { roundDurationMs } from '../src/round-duration.ts'

const address = (digit: string) => toAddress(`0x${digit.repeat(40)}`)
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(address) as [
  ValidatorSight['address'],
  ValidatorSight['address'],
  ValidatorSight['address'],
  ValidatorSight['address'],
]

describe('the announcers of a sealed block', () => {
  it('are its coinbase and as many after it as may be away', () => {
    assert.deepEqual(announcers([A], A), [A])
    assert.deepEqual(announcers([A, B, C], B), [B, C])
    assert.deepEqual(announcers([A, B, C, D], A), [A, B])
    assert.deepEqual(announcers([A, B, C, D], D), [D, A])
  })
})

describe('the lanes', () => {
  it('run one task at a time, local ones first', async () => {
    const order: string[] = []
    const lanes = createLanes({ perAuthorMax: 9, onFailure: () => {} })
    const task = (name: string) => async () => {
      order.push(`${name}+`)
      await Promise.resolve()
      order.push(`${name}-`)
    }
    lanes.postForeign(A, task('foreign'))
    lanes.postLocal(task('local'))
    await lanes.idle()
    assert.deepEqual(order, ['local+', 'local-', 'foreign+', 'foreign-'])
  })

  it('bound what one author has waiting, never what we do', async () => {
    let runs = 0
    const lanes = createLanes({ perAuthorMax: 2, onFailure: () => {} })
    const task = () => void runs++
    assert.deepEqual(
      [1, 2, 3].map(() => lanes.postForeign(A, task)),
      [true, true, false],
    )
    assert.equal(lanes.postForeign(B, task), true)
    for (let i = 0; i < 1000; i++) lanes.postLocal(task)
    await lanes.idle()
    assert.equal(runs, 1003)
    assert.equal(lanes.postForeign(A, task), true)
  })

  it('go on after a task that throws', async () => {
    const failures: unknown[] = []
    const lanes = createLanes({ perAuthorMax: 2, onFailure: (error) => failures.push(error) })
    let isReached = false
    lanes.postLocal(() => {
      throw new Error('broken')
    })
    lanes.postLocal(() => {
      isReached = true
    })
    await lanes.idle()
    assert.equal(failures.length, 1)
    assert.ok(isReached)
  })
})

describe('the block timer', () => {
  const qbft = { blockPeriodMs: 2000, emptyBlockPeriodMs: 10_000 }

  it('counts whole seconds from the parent, other periods from its arrival', () => {
    const parent = { timestamp: 100n }
    assert.deepEqual(blockTimes(parent, qbft, 100_700), { dueMs: 102_000, emptyDueMs: 110_000 })
    const fast = { blockPeriodMs: 250, emptyBlockPeriodMs: 0 }
    assert.deepEqual(blockTimes(parent, fast, 100_700), { dueMs: 100_950, emptyDueMs: 100_950 })
  })

  it('fires once, when due or when a transaction ends the longer wait', async () => {
    for (const hasTransaction of [false, true]) {
      const clock = createVirtualClock({ startMs: 100_000 })
      const fired: number[] = []
      const timer = startBlockTimer({
        clock,
        times: blockTimes({ timestamp: 100n }, qbft, 100_000),
        hasExecutable: () => hasTransaction && clock.nowMs() >= 105_000,
        onDue: () => fired.push(clock.nowMs()),
      })
      await clock.advance(5000)
      timer.poolChanged()
      await clock.advance(60_000)
      timer.poolChanged()
      assert.deepEqual(fired, [hasTransaction ? 105_000 : 110_000])
    }
  })

  it('does not fire after it is cancelled', async () => {
    const clock = createVirtualClock({ startMs: 100_000 })
    let isFired = false
    const timer = startBlockTimer({
      clock,
      times: { dueMs: 101_000, emptyDueMs: 101_000 },
      hasExecutable: () => true,
      onDue: () => {
        isFired = true
      },
    })
    timer.cancel()
    timer.poolChanged()
    await clock.advance(5000)
    assert.equal(isFired, false)
  })
})

describe('the periods of a block', () => {
  const EMPTY = EMPTY_TRIE_ROOT
  const FULL = keccakHash(Uint8Array.of(1))
  /** The periods after a chain of blocks with these transaction roots, genesis first. */
  const periodAfter = (roots: readonly Hash[], tailBlocks: number) => {
    const headers = roots.map((transactionsRoot, i) => ({ transactionsRoot, number: BigInt(i) }))
    const config = { blockPeriodMs: 1000, emptyBlockPeriodMs: 60_000, tailBlocks }
    const chain = {
      spec: { qbftAfter: () => config },
      headerByNumber: (number: bigint) => headers[Number(number)],
    }
    return blockPeriods(
      chain as unknown as Parameters<typeof blockPeriods>[0],
      headers.at(-1) as Header,
    ).emptyBlockPeriodMs
  }

  it('let exactly so many tail blocks follow a block with transactions', () => {
    const waits = [1, 2, 3, 4, 5].map(
      (length) => periodAfter([EMPTY, FULL, EMPTY, EMPTY, EMPTY].slice(0, length), 2) > 0,
    )
    assert.deepEqual(waits, [true, false, false, true, true])
  })

  it('wait after every block when there are none', () => {
    assert.equal(periodAfter([EMPTY, FULL], 0), 60_000)
    assert.equal(periodAfter([FULL], 3), 0)
    assert.equal(periodAfter([EMPTY], 3), 60_000)
  })
})

describe('the duration of a round', () => {
  it('doubles up to a minute', () => {
    const seconds = [0, 1, 4, 5, 40, 2000].map(
      (round) => roundDurationMs({ requestTimeoutMs: 2000 }, round) / 1000,
    )
    assert.deepEqual(seconds, [2, 4, 32, 60, 60, 60])
  })

  it('is never shorter than the request timeout', () => {
    assert.equal(roundDurationMs({ requestTimeoutMs: 90_000 }, 3), 90_000)
  })
})

describe('the diagnosis', () => {
  const online = (one: ValidatorSight['address']): ValidatorSight => ({
    address: one,
    isOnline: true,
  })
  const base: Circumstances = {
    activity: 'voting',
    self: A,
    height: 8n,
    round: 3,
    proposer: B,
    quorum: 3,
    preparedCount: 2,
    committedCount: 0,
    secondsInRound: 25,
    isStalled: true,
    isIdle: false,
    validators: [online(A), online(B), online(C), online(D)],
  }

  it('names who is missing, since when and by how much', () => {
    const silent = { address: C, isOnline: false, silentMs: 41_000 }
    const fast = { ...online(D), clockOffsetMs: 9200 }
    assert.equal(
      diagnose({ ...base, validators: [online(A), online(B), silent, fast] }),
      `cannot commit: have 2 of 3 needed; missing ${C} (silent 41 s), ${D} (clock +9 s)`,
    )
    const unheard = { address: D, isOnline: false }
    assert.match(
      diagnose({ ...base, validators: [online(A), online(B), silent, unheard] }),
      /\(not heard yet\)$/,
    )
  })

  it('says what a round with a quorum present waits for', () => {
    const where = 'block 8 is overdue, round 3 for 25 s'
    assert.equal(diagnose(base), `${where}: 2 of 3 prepares`)
    const committing = { ...base, preparedCount: 3, committedCount: 1 }
    assert.equal(diagnose(committing), `${where}: 1 of 3 commits`)
    const silent = { address: B, isOnline: false, silentMs: 5000 }
    assert.equal(
      diagnose({ ...base, validators: [online(A), silent, online(C), online(D)] }),
      `${where}: its proposer is among the missing; missing ${B} (silent 5 s)`,
    )
  })

  it('suspects our own clock when most of the others are off the same way', () => {
    const off = (one: ValidatorSight['address']) => ({ ...online(one), clockOffsetMs: 6000 })
    assert.match(
      diagnose({ ...base, validators: [online(A), off(B), off(C), off(D)] }),
      /our own clock seems to be -6 s off$/,
    )
  })

  it('says why this validator does not vote', () => {
    const calm = { ...base, isStalled: false }
    assert.equal(diagnose(calm), 'advancing')
    assert.equal(diagnose({ ...calm, isIdle: true }), 'idle: no transactions to put into a block')
    assert.match(diagnose({ ...calm, activity: 'syncing' }), /^this validator does not vote while/)
    assert.match(
      diagnose({ ...calm, activity: 'safe-start', stopReason: 'its journal is blank' }),
      /^this validator stays silent while blocks are decided without it: its journal is blank; advancing$/,
    )
    assert.match(
      diagnose({ ...calm, activity: 'signing-stopped', stopReason: 'two of us' }),
      /^this validator has stopped signing: two of us; advancing$/,
    )
  })
})
