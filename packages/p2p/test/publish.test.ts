import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMetrics, silentLogger } from '@busan/telemetry'
import { createPayloads } from '../src/gossip/payloads.ts'
import { createPublisher } from '../src/gossip/publish.ts'
import { createP2pMetrics } from '../src/metrics.ts'

/** A publisher on a clock that the test moves, and the times at which its messages left. */
function startPublisher({ isHeard = true } = {}) {
  let nowMs = 0
  const due: { readonly atMs: number; readonly task: () => void }[] = []
  const clock = {
    nowMs: () => nowMs,
    schedule(delayMs: number, task: () => void) {
      const entry = { atMs: nowMs + delayMs, task }
      due.push(entry)
      return { cancel: () => void due.splice(due.indexOf(entry) >>> 0, 1) }
    },
  }
  const leftAtMs: number[] = []
  const publisher = createPublisher({
    isHeard: () => isHeard,
    clock,
    log: silentLogger,
    metrics: createP2pMetrics(createMetrics(), {
      all: () => [],
      of: () => [],
      peers: () => [],
    } as never),
    payloads: createPayloads({
      request: async () => undefined,
      connectedPeers: () => [],
      penalize: () => {},
    }),
    sendDirect: () => {},
    send: async () => void leftAtMs.push(nowMs),
  })
  return {
    leftAtMs,
    publisher,
    /** Moves the clock on, a millisecond at a time. */
    pass(ms: number): void {
      for (let step = 0; step < ms; step++) {
        nowMs++
        for (const entry of due.filter(({ atMs }) => atMs <= nowMs)) {
          due.splice(due.indexOf(entry), 1)
          entry.task()
        }
      }
    },
  }
}

const RAW = Uint8Array.of(2, 1)

describe('batches of transactions', () => {
  it('leave within some milliseconds when there is little traffic', () => {
    const { publisher, leftAtMs, pass } = startPublisher()
    for (let i = 0; i < 3; i++) {
      void publisher.transactions([RAW])
      pass(100)
    }
    assert.deepEqual(leftAtMs, [4, 104, 204])
  })

  it('leave no more often than the interval under steady traffic', () => {
    const { publisher, leftAtMs, pass } = startPublisher()
    for (let ms = 0; ms < 400; ms++) {
      void publisher.transactions([RAW])
      pass(1)
    }
    assert.equal(leftAtMs.length, 10)
    for (const [index, atMs] of leftAtMs.entries()) assert.equal(atMs, 4 + 40 * index)
  })

  it('leave at once when they are full', () => {
    const { publisher, leftAtMs, pass } = startPublisher()
    pass(100)
    const large = new Uint8Array(100 * 1024)
    void publisher.transactions([large, large, large])
    assert.deepEqual(leftAtMs, [100, 100])
    pass(40)
    assert.equal(leftAtMs.length, 3)
  })
})

describe('messages with nobody connected', () => {
  it('are not made, whatever they are', async () => {
    const { publisher, leftAtMs, pass } = startPublisher({ isHeard: false })
    const sent = [publisher.transactions([RAW]), publisher.block(RAW), publisher.consensus(RAW)]
    pass(100)
    await Promise.all(sent)
    assert.deepEqual(leftAtMs, [])
  })
})
