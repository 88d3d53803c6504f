// What sync does when nothing it tries moves the chain: it must rest, ask around, and say why.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Block, encodeBlock } from '@busan/chain-spec'
import { childOf, createWorld, honest, makeBlocks, type World } from './fixture.ts'

const at = (blocks: readonly Block[], index: number) => blocks[index] as Block
const MINUTE_MS = 60_000

/** A chain that goes on without us: every second each peer gossips a block and tells its head. */
async function chainGoesOn(world: World, blocks: readonly Block[], seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const block = at(blocks, 33 + second)
    for (const peer of world.network.peers.keys()) {
      await world.sync.onGossipBlock(encodeBlock(block), peer)
      world.sync.onPeerStatus(peer, { headNumber: block.header.number })
    }
    await world.clock.run(1_000)
  }
}

function stuckWorld(blocks: readonly Block[]): World {
  const world = createWorld(at(blocks, 0))
  world.chain.blocks.push(...blocks.slice(1, 32))
  return world
}

describe('a node that cannot go on', () => {
  const blocks = makeBlocks(200)
  const peers = ['a', 'b', 'c', 'd']

  it('because it disagrees with the quorum: rests, blames nobody, says so', async () => {
    const world = stuckWorld(blocks)
    world.chain.disagreesFrom = 32n
    for (const peer of peers) world.connect(peer, blocks.slice(0, 33), honest(blocks))
    await chainGoesOn(world, blocks, 60)
    assert.deepEqual(world.network.penalties, [])
    assert.ok(world.network.requests.length <= 8, `${world.network.requests.length} requests`)
    assert.ok(world.logged.length <= 8, `${world.logged.length} log lines`)
    const warning = world.logged.find(({ message }) => message === 'catching up does not advance')
    assert.equal(warning?.level, 'warn')
    assert.equal(warning?.fields.reason, 'invalid-outcome')
    assert.equal(warning?.fields.headNumber, 31n)

    world.chain.disagreesFrom = undefined
    await world.clock.settle(() => world.chain.imported.length > 60, MINUTE_MS)
    await world.sync.stop()
  })

  it('because the disk refuses: tries every few seconds, whatever peers say meanwhile', async () => {
    const world = stuckWorld(blocks)
    for (const peer of peers) world.connect(peer, blocks.slice(0, 33), honest(blocks))
    world.chain.broken = true
    for (let second = 0; second < 60; second++) {
      for (const peer of peers) world.sync.onPeerStatus(peer, { headNumber: BigInt(33 + second) })
      await world.clock.run(1_000)
    }
    const errors = world.logged.filter(({ level }) => level === 'error')
    assert.ok(errors.length >= 10 && errors.length <= 14, `${errors.length} errors`)
    world.chain.broken = false
    await world.clock.settle(() => world.chain.imported.length > 60, MINUTE_MS)
    await world.sync.stop()
  })

  for (const [name, serve, reason] of [
    ['give nothing', async () => [], 'empty'],
    ['give blocks that it has', async () => blocks.slice(1, 20).map(encodeBlock), 'malformed'],
    ['cannot be reached', async () => Promise.reject(new Error('reset')), 'request-failed'],
    [
      'give blocks without seals',
      async () => [encodeBlock(childOf(at(blocks, 31).header, '0xbad0'))],
      'invalid-seals',
    ],
  ] as const) {
    it(`because its peers ${name}: asks each ever less often, says so, goes on with a good one`, async () => {
      const world = stuckWorld(blocks)
      for (const peer of peers) world.connect(peer, blocks.slice(0, 33), serve)
      await chainGoesOn(world, blocks, 60)
      // Rests of 0.5, 1, 2 ... 30 s make eight requests of each peer, and each may bring a look ahead.
      const { length } = world.network.requests
      assert.ok(length <= 2 * 4 * 8, `${length} requests`)
      assert.deepEqual(new Set(world.network.requests.map(({ peer }) => peer)), new Set(peers))
      const infos = world.logged.filter(({ level }) => level === 'info')
      assert.ok(infos.length <= 1, `${infos.length} lines of catching up`)
      const warning = world.logged.find(({ message }) => message === 'catching up does not advance')
      assert.equal(warning?.fields.reason, reason)

      world.connect('good', blocks)
      await world.clock.settle(() => world.chain.imported.length === 169, 2_000)
      await world.sync.stop()
    })
  }

  it('because the chain says it knows what it has not: does not spin', async () => {
    const world = stuckWorld(blocks)
    world.chain.importBlock = async () => ({ ok: true, value: 'known' })
    for (const peer of peers) world.connect(peer, blocks)
    await world.clock.run(MINUTE_MS)
    assert.ok(world.network.requests.length <= 2 * 4 * 8, `${world.network.requests.length}`)
    await world.sync.stop()
  })
})

describe('liars', () => {
  const blocks = makeBlocks(60)

  it('who hand over each fresh block at once do not stop a validator', async () => {
    const world = createWorld(at(blocks, 0))
    const { sync, chain, clock } = world
    let made = 0
    const serve = (from: bigint, count: number) => honest(blocks.slice(0, made + 1))(from, count)
    world.connect('honest', blocks.slice(0, 1), serve)
    world.network.peers.set('liar', serve)
    for (made = 1; made <= 30; made++) {
      sync.onPeerStatus('liar', { headNumber: 2n ** 63n })
      await clock.settle(() => chain.imported.length === made)
      assert.equal(sync.isBehind(), false)
      sync.onPeerStatus('honest', { headNumber: BigInt(made) })
      await clock.run(1_000)
    }
    await sync.stop()
  })

  it('who never answer are not believed for long', async () => {
    const world = createWorld(at(blocks, 0))
    world.connect('honest', blocks.slice(0, 1))
    world.network.peers.set('liar', () => new Promise(() => {}))
    world.sync.onPeerStatus('liar', { headNumber: 2n ** 63n })
    assert.equal(world.sync.status().syncing, true)
    await world.clock.run(MINUTE_MS)
    assert.deepEqual(world.sync.status(), { syncing: false })
    await world.sync.stop()
  })

  it('who are gone before their claim is checked leave nothing behind', async () => {
    const world = createWorld(at(blocks, 0))
    world.sync.onPeerStatus('gone', { headNumber: 2n ** 63n })
    await world.clock.run(1_000)
    assert.deepEqual(world.sync.status(), { syncing: false })
    assert.equal(world.network.requests.length, 1)
    await world.sync.stop()
  })
})

describe('an unlucky network', () => {
  const blocks = makeBlocks(300)

  it('that carries four blocks within the deadline still gets all of them across', async () => {
    const world = createWorld(at(blocks, 0), { stallMs: 10_000 })
    const { clock, chain } = world
    let aborted = 0
    world.connect('slow', blocks, (from, count, signal) => {
      const { promise, resolve } = Promise.withResolvers<readonly Uint8Array[]>()
      signal?.addEventListener('abort', () => aborted++)
      clock.schedule(count * 2_500, () => resolve(honest(blocks)(from, count)))
      return promise
    })
    await clock.settle(() => chain.imported.length >= 20, 300_000)
    assert.ok(aborted > 0, 'a request that nobody waits for is given up')
    assert.ok(world.network.requests.slice(6).every(({ count }) => count <= 8))
    await world.sync.stop()
  })

  it('is not blamed for answers that came while this process was busy', async () => {
    const world = createWorld(at(blocks, 0), { stallMs: 1_000 })
    const { clock, chain, network } = world
    world.connect('peer', blocks, (from, count) => {
      const { promise, resolve } = Promise.withResolvers<readonly Uint8Array[]>()
      // The answer is in the socket while a heavy block executes: the timers run before it is read.
      clock.schedule(0, () => clock.pass(5_000))
      clock.schedule(1_500, () => resolve(honest(blocks)(from, count)))
      return promise
    })
    await clock.settle(() => chain.imported.length === 300)
    assert.deepEqual(network.penalties, [])
    await world.sync.stop()
  })
})
