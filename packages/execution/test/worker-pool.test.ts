import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { CodedError, isCodedError } from '@busan/primitives'
import { createWorkerPool, type WorkerPool } from '../src/index.ts'

/** Answers as it is asked to: at once, never, by throwing, or by taking all memory. */
const CODE = `
  const { parentPort, threadId } = require('node:worker_threads')
  parentPort.on('message', ({ id, args: [act, value] }) => {
    if (act === 'spin') for (;;) {}
    if (act === 'hog') for (const kept = []; ; ) kept.push(new Array(100_000).fill(kept.length))
    if (act === 'break') throw new TypeError('a bug')
    if (act === 'throw') return parentPort.postMessage({ id, error: value })
    parentPort.postMessage({ id, value: value ?? threadId })
  })
  parentPort.postMessage({ isReady: true })
`

/** Needs longer to start than a request of 1 ms may run, with the time that it gets on top. */
const SLOW_START = `
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
  ${CODE}
`

const pools: WorkerPool[] = []
let started = 0

function poolOf(
  options: {
    readonly size?: number
    readonly queueMax?: number
    readonly waitMaxMs?: number
    readonly code?: string
  } = {},
): WorkerPool {
  const start = () => {
    started++
    return new Worker(options.code ?? CODE, {
      eval: true,
      resourceLimits: { maxOldGenerationSizeMb: 24 },
    })
  }
  const pool = createWorkerPool({ size: 1, queueMax: 8, waitMaxMs: 60_000, ...options, start })
  pools.push(pool)
  return pool
}

afterEach(async () => {
  started = 0
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})

const ask = (pool: WorkerPool, act: string, value?: unknown, timeoutMs = 60_000) =>
  pool.run('call', [act, value], timeoutMs)

test('requests are answered in order by one thread, which starts with the first', async () => {
  const pool = poolOf()
  assert.equal(started, 0)
  const answers = await Promise.all([1, 2, 3].map((value) => ask(pool, 'echo', value)))
  assert.deepEqual(answers, [1, 2, 3])
  assert.equal(started, 1)
})

test('as many threads as there may be run beside one another', async () => {
  const pool = poolOf({ size: 2 })
  const threads = new Set(await Promise.all([ask(pool, 'echo'), ask(pool, 'echo')]))
  assert.equal(threads.size, 2)
})

test('a coded error arrives as it was thrown', async () => {
  const error = { code: 'missing-state', message: 'gone', details: { hash: '0x1' } }
  await assert.rejects(ask(poolOf(), 'throw', error), (thrown) => {
    assert.ok(thrown instanceof CodedError)
    assert.deepEqual(
      { ...error },
      { code: thrown.code, message: thrown.message, details: thrown.details },
    )
    return true
  })
})

test('a request that never ends is ended with its thread, and the next one is answered', async () => {
  const pool = poolOf()
  const endless = ask(pool, 'spin', undefined, 1)
  const next = ask(pool, 'echo', 'still here')
  await assert.rejects(endless, (error) => isCodedError(error, 'call-timeout'))
  assert.equal(await next, 'still here')
  assert.equal(started, 2)
})

test('a request that takes too much memory is told so, and the next one is answered', async () => {
  const pool = poolOf()
  const hog = ask(pool, 'hog')
  const next = ask(pool, 'echo', 'still here')
  await assert.rejects(hog, (error) => isCodedError(error, 'call-too-large'))
  assert.equal(await next, 'still here')
})

test('a bug on the thread is thrown where the request was made', async () => {
  await assert.rejects(ask(poolOf(), 'break'), /a bug/)
})

test('the time that a thread needs to start counts neither as running nor as waiting', async () => {
  const pool = poolOf({ code: SLOW_START, waitMaxMs: 1_000 })
  const answers = [ask(pool, 'echo', 'first', 1), ask(pool, 'echo', 'second', 1)]
  assert.deepEqual(await Promise.all(answers), ['first', 'second'])
})

test('more than may wait are refused at once', async () => {
  const pool = poolOf({ queueMax: 1 })
  const first = ask(pool, 'spin', undefined, 1)
  const waiting = ask(pool, 'echo', 'waited')
  await assert.rejects(ask(pool, 'echo'), (error) => isCodedError(error, 'too-many-calls'))
  await assert.rejects(first)
  assert.equal(await waiting, 'waited')
})

test('closing ends what runs and what waits', async () => {
  const pool = poolOf()
  const requests = [ask(pool, 'spin'), ask(pool, 'echo')]
  const outcomes = Promise.allSettled(requests)
  await pool.close()
  assert.deepEqual(
    (await outcomes).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  await assert.rejects(ask(pool, 'echo'), /has ended/)
})
