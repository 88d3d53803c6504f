import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { counterValue, equal, meshed, startHost, type TestHost } from './fixture.ts'

describe('gossip between four hosts on one address', () => {
  let hosts: TestHost[]

  before(async () => {
    const verdict = (_kind: string, bytes: Uint8Array) => (bytes[0] === 0xba ? 'reject' : 'accept')
    const first = await startHost({ verdict })
    const others: TestHost[] = []
    for (let i = 0; i < 3; i++) {
      others.push(
        await startHost({ verdict, peers: [first, ...others].map(({ address }) => address) }),
      )
    }
    hosts = [first, ...others]
    await meshed(...hosts)
  })

  after(() => Promise.all(hosts.map((host) => host.stop())))

  it('brings transactions of several calls to everyone as one batch', async () => {
    const [sender, ...receivers] = hosts as [TestHost, ...TestHost[]]
    const raws = Array.from({ length: 5 }, (_, i) => Uint8Array.of(0x02, i, 1, 2, 3))
    await Promise.all(raws.map((raw) => sender.publishTransactions([raw])))
    for (const receiver of receivers) {
      const batch = await receiver.until(
        'transactions',
        (event) => event.raws.length === raws.length,
      )
      assert.deepEqual([...batch.raws], raws)
    }
  })

  it('splits a large call into batches within the limit and loses none', async () => {
    const [sender, receiver] = hosts as [TestHost, TestHost]
    const raws = Array.from({ length: 300 }, (_, i) => {
      const raw = new Uint8Array(3_000).fill(7)
      raw.set([0x02, i >> 8, i & 255])
      return raw
    })
    const start = receiver.events.length
    await sender.publishTransactions(raws)
    const seen = new Set<number>()
    await receiver.until(
      'transactions',
      ({ raws: batch }) => {
        for (const raw of batch) seen.add(((raw[1] as number) << 8) | (raw[2] as number))
        return seen.size === raws.length
      },
      { from: start },
    )
  })

  it('delivers a 5 MB block intact to everyone', async () => {
    const [, sender, ...rest] = hosts as [TestHost, TestHost, ...TestHost[]]
    const block = new Uint8Array(5_000_000).map((_, i) => i * 31)
    await sender.publishBlock(block)
    for (const receiver of [hosts[0] as TestHost, ...rest]) {
      const { bytes } = await receiver.until(
        'block',
        (event) => event.bytes.length === block.length,
      )
      assert.ok(equal(bytes, block))
    }
  })

  it('delivers identical consensus bytes again when they are sent again', async () => {
    const [sender, ...receivers] = hosts as [TestHost, ...TestHost[]]
    const message = Uint8Array.of(9, 9, 9, 1)
    const arrivals = (host: TestHost) =>
      host.events.filter((event) => event.kind === 'consensus' && equal(event.bytes, message))
        .length
    await sender.publishConsensus(message)
    for (const host of receivers) await host.until('consensus', () => arrivals(host) === 1)
    await sender.publishConsensus(message)
    for (const host of receivers) await host.until('consensus', () => arrivals(host) === 2)
    assert.equal(arrivals(sender), 0, 'our own messages do not come back')
  })

  it('does not forward what the handler rejects, and counts it', async () => {
    const [sender, receiver] = hosts as [TestHost, TestHost]
    const bad = Uint8Array.of(0xba, 0xd0)
    await sender.publishConsensus(bad)
    const { from } = await receiver.until('consensus', ({ bytes }) => equal(bytes, bad))
    assert.equal(from, sender.id)
    await receiver.until('log', ({ message }) => message === 'peer penalised')
    const line = /^busan_p2p_gossip_messages_total\{topic="qbft",verdict="reject"\}/
    assert.equal(await counterValue(receiver, line), 1)
  })

  it('refuses to publish what no one would take', async () => {
    const [sender] = hosts as [TestHost]
    const tooLarge = new Uint8Array(12 * 1024 * 1024 + 1)
    await assert.rejects(sender.publishBlock(tooLarge), { code: 'message-too-large' })
    await assert.rejects(sender.publishTransactions([tooLarge]), { code: 'message-too-large' })
  })
})

it('relays through a host in the middle when the ends are not connected', async () => {
  const middle = await startHost()
  const left = await startHost({ peers: [middle.address] })
  const right = await startHost({ peers: [middle.address] })
  try {
    await meshed(left, middle)
    await meshed(right, middle)
    await left.publishConsensus(Uint8Array.of(1, 2, 3))
    const { from } = await right.until('consensus', ({ bytes }) =>
      equal(bytes, Uint8Array.of(1, 2, 3)),
    )
    assert.equal(from, middle.id)
    assert.deepEqual(
      left.peers().map(({ id }) => id),
      [middle.id],
    )
  } finally {
    await Promise.all([left, middle, right].map((host) => host.stop()))
  }
})
