import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  createCluster,
  createGossipNetwork,
  createJournalDisk,
  createSeededRandom,
  createVirtualClock,
  settle,
} from '@busan/testkit'

describe('the virtual clock', () => {
  it('runs tasks in time order, and promises before time moves on', async () => {
    const clock = createVirtualClock({ startMs: 1000 })
    const order: string[] = []
    clock.schedule(20, () => order.push(`b@${clock.nowMs()}`))
    clock.schedule(10, () => {
      order.push(`a@${clock.nowMs()}`)
      void Promise.resolve().then(() => clock.schedule(5, () => order.push(`c@${clock.nowMs()}`)))
    })
    clock.schedule(1, () => order.push('cancelled')).cancel()
    await clock.advance(100)
    assert.deepEqual(order, ['a@1010', 'c@1015', 'b@1020'])
    assert.equal(clock.nowMs(), 1100)
  })

  it('says when a condition never comes true', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    await assert.rejects(clock.advanceUntil(() => false, 50))
  })
})

describe('the gossip network', () => {
  it('parts, heals and lets a member go', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    const network = createGossipNetwork({ clock, random: createSeededRandom(1) })
    const heard: string[] = []
    const member = (id: string) =>
      network.join(id, {
        onConsensus: async (message, from) => void heard.push(`${from}>${id}:${message[0]}`),
        onBlock: async () => {},
      })
    const [a, , c] = ['a', 'b', 'c'].map(member)
    network.partition([['a', 'b'], ['c']])
    await a?.publishConsensus(Uint8Array.of(1))
    await clock.advance(100)
    network.heal()
    c?.leave()
    await c?.publishConsensus(Uint8Array.of(2))
    await a?.publishConsensus(Uint8Array.of(3))
    await clock.advance(100)
    assert.deepEqual(heard, ['a>b:1', 'a>b:3'])
  })
})

describe('the journal disk', () => {
  it('keeps what had reached it, and the part of the rest that the crash lets through', async () => {
    const disk = createJournalDisk()
    const journal = disk.open()
    await journal.append(Uint8Array.of(1))
    let isAcknowledged = false
    void Promise.all([2, 3].map((value) => journal.append(Uint8Array.of(value)))).then(() => {
      isAcknowledged = true
    })
    disk.crash(1)
    await settle()
    assert.equal(isAcknowledged, false)
    assert.deepEqual(
      disk
        .open()
        .replay()
        .map(([value]) => value),
      [1, 2],
    )
  })
})

describe('a cluster', () => {
  it('has one history for one seed', async () => {
    const history = async (seed: number) => {
      const cluster = createCluster({ nodeCount: 4, seed })
      cluster.network.setFaults({ loss: 0.2, delayMaxMs: 300 })
      await cluster.clock.advance(15_000)
      return [cluster.network.deliveredCount(), ...cluster.nodes.map(({ log }) => log)]
    }
    const first = await history(7)
    assert.deepEqual(await history(7), first)
    assert.notDeepEqual(await history(8), first)
  })
})
