import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Block, encodeBlock } from '@busan/chain-spec'
import { serveRange } from '../src/index.ts'
import { childOf, createTestChain, createWorld, honest, makeBlocks, type Serve } from './fixture.ts'

const numbers = (blocks: readonly Block[]) => blocks.slice(1).map(({ header }) => header.number)
const at = (blocks: readonly Block[], index: number) => blocks[index] as Block

describe('catching up', () => {
  it('imports 1000 blocks in order, a range ahead of the import', async () => {
    const blocks = makeBlocks(1_000)
    const { chain, clock, network, sync, connect } = createWorld(at(blocks, 0))
    const gate = Promise.withResolvers<void>()
    connect('peer', blocks, async (from, count) => {
      if (from > 1n) await gate.promise
      return honest(blocks)(from, count)
    })
    await clock.settle(() => chain.imported.length === 128)
    assert.equal(network.requests.length, 2, 'the second range is on its way')
    assert.deepEqual(sync.status(), {
      syncing: true,
      startingBlock: 0n,
      currentBlock: 128n,
      highestBlock: 1_000n,
    })
    assert.equal(sync.isBehind(), true)
    gate.resolve()
    await clock.settle(() => chain.imported.length === 1_000)
    assert.deepEqual(chain.imported, numbers(blocks))
    assert.equal(network.requests.length, Math.ceil(1_000 / 128))
    assert.deepEqual(sync.status(), { syncing: false })
    assert.equal(sync.isBehind(), false)
    assert.deepEqual(network.penalties, [])
    await sync.stop()
  })

  it('takes answers of fewer blocks than it asked for', async () => {
    const blocks = makeBlocks(50)
    const { chain, clock, connect } = createWorld(at(blocks, 0))
    connect('peer', blocks, (from, count) => honest(blocks)(from, Math.min(count, 3)))
    await clock.settle(() => chain.imported.length === 50)
    assert.deepEqual(chain.imported, numbers(blocks))
  })

  it('passes over a peer with a bad block, which pays, and goes on with another', async () => {
    const blocks = makeBlocks(300)
    const forged = [...blocks]
    forged[100] = childOf(at(blocks, 99).header, '0xbad0')
    const { chain, clock, network, connect } = createWorld(at(blocks, 0))
    connect('bad', forged)
    connect('good', blocks)
    await clock.settle(() => chain.imported.length === 300)
    assert.deepEqual(chain.imported, numbers(blocks))
    assert.ok(network.penalties.every(({ peer }) => peer === 'bad'))
    assert.equal(network.penalties[0]?.reason, 'invalid-block')
  })

  it('goes on elsewhere when a peer vanishes in the middle of a range', async () => {
    const blocks = makeBlocks(300)
    const { chain, clock, network, sync, connect } = createWorld(at(blocks, 0))
    connect('vanishing', blocks, async (from, count) => {
      if (from > 100n) {
        sync.onPeerGone('vanishing')
        throw new Error('connection reset')
      }
      return honest(blocks)(from, count)
    })
    await clock.settle(() => chain.imported.length === 128)
    connect('other', blocks)
    await clock.settle(() => chain.imported.length === 300)
    assert.deepEqual(chain.imported, numbers(blocks))
    assert.deepEqual(network.penalties, [])
  })

  it('waits no longer than the deadline for a silent peer', async () => {
    const blocks = makeBlocks(10)
    const { chain, clock, network, connect } = createWorld(at(blocks, 0), { stallMs: 1_000 })
    const startMs = clock.nowMs()
    connect('silent', blocks, () => new Promise(() => {}))
    connect('good', blocks)
    await clock.settle(() => chain.imported.length === 10)
    assert.ok(clock.nowMs() - startMs <= 1_000)
    assert.deepEqual(network.penalties, [{ peer: 'silent', reason: 'stalled' }])
  })

  it('comes back to the only peer after its failures', async () => {
    const blocks = makeBlocks(10)
    const answers: Serve[] = [
      async () => [Uint8Array.of(1, 2, 3)],
      async () => Promise.reject(new Error('reset')),
      async (_from, count) => honest(blocks)(5n, count),
      honest(blocks),
    ]
    const { chain, clock, network, connect } = createWorld(at(blocks, 0))
    connect('flaky', blocks, (from, count) => (answers.shift() ?? honest(blocks))(from, count))
    await clock.settle(() => chain.imported.length === 10)
    assert.deepEqual(
      network.penalties.map(({ reason }) => reason),
      ['malformed-block', 'malformed-block'],
    )
  })

  it('believes no claim for longer than the answer to it takes', async () => {
    const blocks = makeBlocks(5)
    const { chain, clock, network, sync, connect } = createWorld(at(blocks, 0))
    connect('honest', blocks)
    await clock.settle(() => chain.imported.length === 5)
    network.peers.set('liar', async () => [])
    sync.onPeerStatus('liar', { headNumber: 2n ** 63n })
    assert.equal(sync.status().syncing, true)
    assert.equal(sync.isBehind(), true, 'blocks came in a moment ago')
    await clock.settle(() => network.penalties.length === 1)
    assert.deepEqual(network.penalties, [{ peer: 'liar', reason: 'empty-range' }])
    assert.equal(sync.isBehind(), false)
    assert.deepEqual(sync.status(), { syncing: false })
  })

  it('does not stop a validator for a claim that brought no block', async () => {
    const blocks = makeBlocks(1)
    const { network, sync } = createWorld(at(blocks, 0))
    network.peers.set('liar', () => new Promise(() => {}))
    sync.onPeerStatus('liar', { headNumber: 1_000_000n })
    assert.equal(sync.status().syncing, true)
    assert.equal(sync.isBehind(), false)
    await sync.stop()
  })

  it('never stops a validator that is the whole quorum', async () => {
    const blocks = makeBlocks(200)
    const { chain, clock, sync, connect } = createWorld(at(blocks, 0), {
      isWholeQuorum: () => true,
    })
    connect('peer', blocks)
    await clock.settle(() => chain.imported.length > 3)
    assert.equal(sync.isBehind(), false)
  })

  it('tries again when the chain could not import', async () => {
    const blocks = makeBlocks(5)
    const { chain, clock, connect, network } = createWorld(at(blocks, 0))
    chain.broken = true
    connect('peer', blocks)
    await clock.settle(() => network.requests.length === 2)
    chain.broken = false
    await clock.settle(() => chain.imported.length === 5)
    assert.deepEqual(network.penalties, [], 'our disk is not the fault of a peer')
  })

  it('stops promptly with a download open, and leaves no timer', async () => {
    const blocks = makeBlocks(5)
    const { clock, sync, connect } = createWorld(at(blocks, 0))
    connect('silent', blocks, () => new Promise(() => {}))
    await sync.stop()
    assert.equal(clock.timers.size, 0)
  })
})

describe('gossiped blocks', () => {
  const setUp = () => {
    const blocks = makeBlocks(6)
    const world = createWorld(at(blocks, 0))
    return {
      blocks,
      ...world,
      gossip: (block: Block) => world.sync.onGossipBlock(encodeBlock(block), 'peer'),
    }
  }

  it('are imported and forwarded when they are the next, ignored when known', async () => {
    const { blocks, chain, gossip } = setUp()
    assert.equal(await gossip(at(blocks, 1)), 'accept')
    assert.equal(await gossip(at(blocks, 1)), 'ignore')
    assert.deepEqual(chain.imported, [1n])
  })

  it('are rejected when they are no block or have no quorum', async () => {
    const { blocks, chain, sync, gossip } = setUp()
    assert.equal(await sync.onGossipBlock(Uint8Array.of(0xc0), 'peer'), 'reject')
    assert.equal(await gossip(childOf(at(blocks, 0).header, '0xbad0')), 'reject')
    assert.equal(
      await gossip(childOf(childOf(undefined, '0x02').header)),
      'reject',
      'another parent',
    )
    assert.deepEqual(chain.imported, [])
  })

  it('close a gap of one block at once, without waiting for a status or a timer', async () => {
    const { blocks, chain, clock, network, connect, gossip } = setUp()
    connect('peer', blocks.slice(0, 1))
    network.peers.set('peer', honest(blocks.slice(0, 3)))
    assert.equal(await gossip(at(blocks, 2)), 'ignore')
    await clock.settle(() => chain.imported.length === 2, 0)
    assert.deepEqual(chain.imported, [1n, 2n])
  })

  it('from the future are not forwarded, cost nobody, and are imported when our clock gets there', async () => {
    const { blocks, chain, clock, network, logged, connect, gossip } = setUp()
    clock.pass(-10_000_000 - 10_000)
    connect('peer', blocks)
    for (const block of blocks.slice(1)) assert.equal(await gossip(block), 'ignore')
    await clock.settle(() => chain.imported.length === 6, 30_000)
    assert.deepEqual(network.penalties, [])
    const warnings = logged.filter(({ level }) => level === 'warn')
    assert.deepEqual(
      warnings.map(({ message }) => message),
      ['blocks come from the future, check the clock of this machine'],
    )
  })

  it('at a height that we have reach the chain, which knows a fork when it sees one', async () => {
    const { blocks, chain, network, gossip } = setUp()
    assert.equal(await gossip(at(blocks, 1)), 'accept')
    const seen: string[] = []
    const judge = chain.importBlock.bind(chain)
    chain.importBlock = async (block) => {
      const verdict = await judge(block)
      seen.push(verdict.ok ? verdict.value : verdict.reason)
      return verdict
    }
    const { header } = at(blocks, 1)
    assert.equal(await gossip({ header: { ...header, gasUsed: 1n }, transactions: [] }), 'ignore')
    const forged = { ...header, gasUsed: 1n, extraData: '0xbad0' as const }
    assert.equal(await gossip({ header: forged, transactions: [] }), 'reject')
    assert.deepEqual(seen, ['conflicting-block', 'invalid-seals'])
    assert.deepEqual(network.penalties, [])
  })

  it('that only this node cannot execute cost nobody', async () => {
    const { blocks, chain, network, logged, gossip } = setUp()
    chain.disagreesFrom = 1n
    assert.equal(await gossip(at(blocks, 1)), 'ignore')
    assert.deepEqual(network.penalties, [])
    assert.deepEqual(
      logged.map(({ level, fields }) => [level, fields.reason]),
      [['error', 'invalid-outcome']],
    )
  })

  it('that could not be judged reject the promise, never the sender', async () => {
    const { blocks, chain, network, gossip } = setUp()
    chain.broken = true
    await assert.rejects(gossip(at(blocks, 1)), /disk full/)
    assert.deepEqual(network.penalties, [])
  })
})

describe('serving ranges', () => {
  const blocks = makeBlocks(300)
  const chain = createTestChain(at(blocks, 0))
  chain.blocks.push(...blocks.slice(1))

  it('gives what exists, what is asked for and what fits', () => {
    assert.deepEqual(
      serveRange(chain, { fromNumber: 298n, count: 10 }),
      blocks.slice(298).map(encodeBlock),
    )
    assert.equal(serveRange(chain, { fromNumber: 301n, count: 10 }).length, 0)
    assert.equal(serveRange(chain, { fromNumber: 1n, count: 1_000 }).length, 128)
    const sizeBytes = encodeBlock(at(blocks, 1)).length
    const limits = { blocksMax: 128, maxBytes: 3 * sizeBytes }
    assert.equal(serveRange(chain, { fromNumber: 1n, count: 10 }, limits).length, 3)
    assert.equal(
      serveRange(chain, { fromNumber: 1n, count: 10 }, { blocksMax: 128, maxBytes: 1 }).length,
      1,
    )
  })
})
