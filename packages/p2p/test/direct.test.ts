import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { directProtocol, PROBE } from '../src/direct/frames.ts'
import { sealEnvelope } from '../src/gossip/envelope.ts'
import { createOnce, type Judgement } from '../src/gossip/once.ts'
import { topicName } from '../src/gossip/topics.ts'
import { DIRECT_LIMITS } from '../src/limits.ts'
import { type Attacker, penalty, startAttacker } from './attacker.ts'
import {
  counterValue,
  equal,
  GENESIS_A,
  meshed,
  repeatUntil,
  startHost,
  type TestHost,
} from './fixture.ts'

const PROTOCOL = directProtocol(GENESIS_A)
const inline = (...message: number[]) => sealEnvelope(Uint8Array.of(0, ...message))
const arrivals = (host: TestHost, message: Uint8Array) =>
  host.events.filter((event) => event.kind === 'consensus' && equal(event.bytes, message)).length

describe('direct streams between two hosts', { timeout: 20_000 }, () => {
  it('carry consensus messages both ways, each of which is handled once', async () => {
    const one = await startHost()
    const other = await startHost({ peers: [one.address] })
    try {
      await meshed(one, other)
      const line = /^busan_p2p_bytes_total\{protocol="qbft-direct",direction="in"\}/
      for (const [sender, receiver] of [
        [one, other],
        [other, one],
      ] as const) {
        const opened = Promise.withResolvers<void>()
        let attempt = 0
        await repeatUntil(async () => {
          await sender.publishConsensus(Uint8Array.of(5, attempt++))
          if ((await counterValue(receiver, line)) > 0) opened.resolve()
        }, opened.promise)
        const duplicates = /^busan_p2p_gossip_messages_total\{topic="qbft",verdict="duplicate"\}/
        const before = await counterValue(receiver, duplicates)
        const message = Uint8Array.of(6, 6, 6)
        await sender.publishConsensus(message)
        await receiver.until('consensus', ({ bytes }) => equal(bytes, message))
        const seen = Promise.withResolvers<void>()
        await repeatUntil(async () => {
          if ((await counterValue(receiver, duplicates)) > before) seen.resolve()
        }, seen.promise)
        assert.equal(arrivals(receiver, message), 1)
      }
    } finally {
      await Promise.all([one.stop(), other.stop()])
    }
  })
})

describe('a hostile peer on a direct stream', { timeout: 40_000 }, () => {
  let host: TestHost
  let attacker: Attacker
  let opened: Stream[]
  let onOpened: (stream: Stream) => void

  beforeEach(async () => {
    opened = []
    onOpened = () => {}
    attacker = await startAttacker()
    await attacker.handle(PROTOCOL, (stream) => {
      opened.push(stream)
      onOpened(stream)
    })
    const [address] = attacker.getMultiaddrs().map(String)
    host = await startHost({ peers: [address as string], tuning: { statusIntervalMs: 200 } })
    await host.until('status')
  })

  afterEach(() => Promise.all([host.stop(), attacker.stop()]))

  const nextStream = () =>
    new Promise<Stream>((resolve) => {
      onOpened = resolve
    })
  const toHost = async () =>
    lpStream(await attacker.dialProtocol(multiaddr(host.address), PROTOCOL))

  it('is opened no stream before the host has something to say', async () => {
    assert.equal(opened.length, 0)
    const stream = nextStream()
    await host.publishConsensus(Uint8Array.of(1))
    await stream
    assert.equal(opened.length, 1)
  })

  it('has its stream opened again when it does not answer the probe', async () => {
    const first = nextStream()
    await host.publishConsensus(Uint8Array.of(1))
    const silent = await first
    const second = nextStream()
    silent.addEventListener('message', () => {})
    await second
    assert.notEqual(silent.status, 'open')
  })

  it('keeps its stream as long as it answers', async () => {
    let probes = 0
    const answered = Promise.withResolvers<void>()
    const answer = async (stream: Stream): Promise<never> => {
      const frames = lpStream(stream)
      for (;;) {
        const frame = (await frames.read()).subarray()
        if (!equal(frame, PROBE)) continue
        await frames.write(PROBE)
        if (++probes === 4) answered.resolve()
      }
    }
    // Reading ends with the stream, when the test does.
    onOpened = (stream) => void answer(stream).catch(() => {})
    await host.publishConsensus(Uint8Array.of(1))
    await answered.promise
    assert.equal(opened.length, 1)
  })

  it('pays for a frame beyond the limit', async () => {
    await (await toHost()).write(new Uint8Array(DIRECT_LIMITS.frameMaxBytes + 1))
    await penalty(host, 'malformed-request')
  })

  it('pays for an envelope that holds nothing', async () => {
    await (await toHost()).write(Uint8Array.of(1, 2, 3))
    await penalty(host, 'invalid-gossip')
  })

  it('has a message handled once, however often and by whichever way it sends it', async () => {
    const envelope = inline(7, 7)
    const last = inline(8, 8)
    const frames = await toHost()
    for (let i = 0; i < 50; i++) await frames.write(envelope)
    await attacker.services.gossip.publish(topicName(GENESIS_A, 'qbft'), envelope)
    await frames.write(last)
    await host.until('consensus', ({ bytes }) => equal(bytes, Uint8Array.of(8, 8)))
    assert.equal(arrivals(host, Uint8Array.of(7, 7)), 1)
  })

  it('has one stream to the host: a newer one replaces the older', async () => {
    const first = await attacker.dialProtocol(multiaddr(host.address), PROTOCOL)
    lpStream(first)
    const closed = once(first, 'close')
    await (await toHost()).write(inline(1))
    await closed
  })
})

describe('judging once', () => {
  const message = { bytes: Uint8Array.of(1), from: 'liar' }

  it('asks again when nobody gave the payload the first time', async () => {
    const judge = createOnce()
    const unavailable: Judgement = { verdict: 'ignore', reason: 'no peer gave it' }
    assert.equal((await judge(message, async () => unavailable)).verdict, 'ignore')
    const honest = await judge({ ...message, from: 'honest' }, async () => ({ verdict: 'accept' }))
    assert.deepEqual(honest, { verdict: 'accept', isFirst: true, isRepeatedByPeer: false })
  })

  it('gives a second way the judgement of the first, also while that is being made', async () => {
    const judge = createOnce()
    const made = Promise.withResolvers<Judgement>()
    const first = judge(message, () => made.promise)
    const second = judge(message, () => assert.fail('judged twice'))
    const third = judge({ ...message, from: 'other' }, () => assert.fail('judged twice'))
    made.resolve({ verdict: 'reject' })
    assert.deepEqual(
      (await Promise.all([first, second, third])).map((arrival) => [
        arrival.verdict,
        arrival.isFirst,
        arrival.isRepeatedByPeer,
      ]),
      [
        ['reject', true, false],
        ['reject', false, true],
        ['reject', false, false],
      ],
    )
  })
})
