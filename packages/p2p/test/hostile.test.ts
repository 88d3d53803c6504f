import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { keccakHash } from '@busan/primitives'
import type { GossipSub } from '@libp2p/gossipsub'
import type { Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { openStreamsIndependently } from '../src/gossip/open-streams.ts'
import { createPayloads } from '../src/gossip/payloads.ts'
import { topicName } from '../src/gossip/topics.ts'
import { blocksProtocol } from '../src/protocols/blocks-by-range.ts'
import { STATUS_PROTOCOL } from '../src/protocols/status.ts'
import { type Attacker, honestStatus, penalty, startAttacker } from './attacker.ts'
import { equal, GENESIS_A, meshed, repeatUntil, startHost, type TestHost } from './fixture.ts'

/** `depth` RLP lists, each inside the other. */
function nestedLists(depth: number): Uint8Array {
  const bytes = new Uint8Array(depth * 4)
  for (let i = 0; i < depth; i++) {
    const length = (depth - i - 1) * 4
    bytes.set([0xfa, length >> 16, (length >> 8) & 255, length & 255], i * 4)
  }
  return bytes
}

describe('a hostile libp2p peer', () => {
  let host: TestHost
  let attacker: Attacker

  beforeEach(async () => {
    host = await startHost({ tuning: { blocksTimeoutMs: 300 } })
    attacker = await startAttacker()
    await attacker.dial(multiaddr(host.address))
    await host.until('status', ({ peer }) => peer === attacker.peerId.toString())
  })

  afterEach(() => Promise.all([host.stop(), attacker.stop()]))

  const open = (protocol: string): Promise<Stream> =>
    attacker.dialProtocol(multiaddr(host.address), protocol)

  it('is shown in logs and lists without its control characters', () => {
    assert.equal(host.peers()[0]?.status?.version, 'evil?[31m')
  })

  it('cannot open protocols that no one serves', async () => {
    await assert.rejects(open('/evil/1'), { name: 'UnsupportedProtocolError' })
  })

  for (const [name, bytes] of [
    ['noise', crypto.getRandomValues(new Uint8Array(200))],
    ['a list that is no status', Uint8Array.of(0xc3, 1, 2, 3)],
    ['nothing', new Uint8Array(0)],
  ] as const) {
    it(`pays for sending ${name} as a status`, async () => {
      await lpStream(await open(STATUS_PROTOCOL)).write(bytes)
      await penalty(host, 'malformed-request')
    })
  }

  it('pays for announcing a frame beyond the limit', async () => {
    const stream = await open(blocksProtocol(GENESIS_A))
    stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3))
    await penalty(host, 'malformed-request')
  })

  it('pays for asking for more blocks than allowed', async () => {
    await lpStream(await open(blocksProtocol(GENESIS_A))).write(
      Uint8Array.of(0xc4, 1, 0x82, 0xff, 0xff),
    )
    await penalty(host, 'malformed-request')
  })

  it('pays for a request that never comes, and its stream is closed', async () => {
    const stream = await open(blocksProtocol(GENESIS_A))
    stream.send(Uint8Array.of(5))
    await penalty(host, 'slow-request')
    if (stream.status === 'open') await once(stream, 'close')
  })

  it('pays for asking without pause', async () => {
    const ask = async () => {
      const stream = await open(STATUS_PROTOCOL)
      const frames = lpStream(stream)
      await frames.write(honestStatus())
      await frames.read().finally(() => stream.close())
    }
    for (let i = 0; i < 30; i++) await ask().catch(() => undefined)
    await penalty(host, 'too-many-requests')
  })

  it('is banned when it goes on, and cannot come back', async () => {
    for (let i = 0; i < 4; i++) {
      const from = host.events.length
      await lpStream(await open(STATUS_PROTOCOL)).write(Uint8Array.of(1))
      await penalty(host, 'malformed-request', from)
    }
    await host.until('log', ({ message }) => message === 'peer banned')
    await host.until('gone')
    await repeatUntil(
      async () => {
        await attacker.dial(multiaddr(host.address)).catch(() => undefined)
      },
      host.until(
        'log',
        ({ message, fields }) => message === 'connection refused' && fields.reason === 'banned',
      ),
    )
    assert.deepEqual(host.peers(), [])
  })

  it('pays for batches, announcements and envelopes that break their format', async () => {
    for (const [topic, junk] of [
      ['tx', (attempt: number) => nestedLists(100_000 + attempt)],
      ['block', (attempt: number) => Uint8Array.of(9, 9, attempt)],
      ['qbft', (attempt: number) => Uint8Array.of(1, 2, attempt)],
    ] as const) {
      const from = host.events.length
      let attempt = 0
      await repeatUntil(
        async () => {
          await attacker.services.gossip.publish(topicName(GENESIS_A, topic), junk(attempt++))
        },
        penalty(host, 'invalid-gossip', from),
      )
    }
    assert.ok(!host.events.some(({ kind }) => kind === 'block' || kind === 'transactions'))
  })

  it('gets a malformed-response when it answers with too much or with junk', async () => {
    const answers = [Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f), Uint8Array.of(2, 0xc1, 0xc0)]
    await attacker.handle(blocksProtocol(GENESIS_A), (stream) => {
      stream.send(answers.shift() as Uint8Array)
    })
    const peer = attacker.peerId.toString()
    await assert.rejects(host.requestBlocks(peer, 1n, 1), { code: 'malformed-response' })
    await assert.rejects(host.requestBlocks(peer, 1n, 1), { code: 'malformed-response' })
  })

  it('times out when it never answers', async () => {
    await attacker.handle(blocksProtocol(GENESIS_A), () => {})
    await assert.rejects(host.requestBlocks(attacker.peerId.toString(), 1n, 1), {
      code: 'request-timed-out',
    })
  })
})

describe('raw TCP', () => {
  let host: TestHost
  const sockets: Socket[] = []

  before(async () => {
    host = await startHost()
  })

  after(async () => {
    for (const socket of sockets) socket.destroy()
    await host.stop()
  })

  it('junk and silent sockets do not keep an honest peer out', async () => {
    const port = Number(host.address.split('/')[4])
    for (let i = 0; i < 40; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      sockets.push(socket)
      await once(socket, 'connect')
      if (i % 2 === 0) socket.write(crypto.getRandomValues(new Uint8Array(5_000)))
    }
    const honest = await startHost({ peers: [host.address] })
    try {
      await meshed(host, honest)
    } finally {
      await honest.stop()
    }
  })
})

it('peers that never open their gossip stream do not keep others from gossip', async () => {
  const begun: string[] = []
  const negotiations = new Map<string, PromiseWithResolvers<void>>()
  const gossip = {
    async createOutboundStream(peer: string) {
      begun.push(peer)
      const negotiation = Promise.withResolvers<void>()
      negotiations.set(peer, negotiation)
      await negotiation.promise
    },
  }
  openStreamsIndependently(gossip as unknown as GossipSub)
  for (const peer of ['silent', 'silent', 'honest']) await gossip.createOutboundStream(peer)
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  await turn()
  assert.deepEqual(begun, ['silent', 'honest'])
  negotiations.get('silent')?.reject(new Error('the connection closed'))
  await turn()
  assert.deepEqual(begun, ['silent', 'honest', 'silent'], 'one at a time for one peer')
})

it('disconnects a libp2p node that is not ours', async () => {
  const host = await startHost()
  const attacker = await startAttacker()
  await attacker.unhandle(STATUS_PROTOCOL)
  try {
    await attacker.dial(multiaddr(host.address))
    await host.until('log', ({ message }) => message.startsWith('peer is not a node of this chain'))
    await host.until('log', ({ message }) => message === 'peer disconnected')
  } finally {
    await Promise.all([host.stop(), attacker.stop()])
  }
})

it('fetches a large payload from another peer when the one that announced it does not give it', async () => {
  const payload = new Uint8Array(900_000).fill(3)
  const hash = keccakHash(payload)
  const asked: string[] = []
  const fined: string[] = []
  const sender = createPayloads({
    request: async () => undefined,
    connectedPeers: () => [],
    penalize: () => {},
  })
  const receiver = createPayloads({
    request: async (peer, wanted) => {
      asked.push(peer)
      if (peer === 'offline') throw new Error('no connection')
      if (peer === 'liar') return new Uint8Array(payload.length)
      return peer === 'honest' ? sender.stored(wanted) : undefined
    },
    connectedPeers: () => ['offline', 'announcer', 'liar', 'honest'],
    penalize: (peer) => fined.push(peer),
  })
  const opened = await receiver.open(sender.wrap(payload), 'announcer')
  assert.ok(opened.kind === 'payload' && equal(opened.bytes, payload))
  assert.deepEqual(asked, ['announcer', 'offline', 'liar', 'honest'])
  assert.deepEqual(fined, ['liar'])
  assert.ok(receiver.stored(hash), 'it can give the payload to the next')
  await receiver.open(sender.wrap(payload), 'honest')
  assert.equal(asked.length, 4, 'a retransmission of what is known asks no one')
})
