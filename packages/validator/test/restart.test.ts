import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { present } from '@busan/primitives'
import {
  type Cluster,
  checkAgreement,
  checkOneVoice,
  createCluster,
  createSeededRandom,
} from '@busan/testkit'

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')

function check(cluster: Cluster): void {
  checkAgreement(cluster.nodes.map(({ chain }) => chain))
  for (const { key, published } of cluster.nodes) checkOneVoice(key.address, published)
}

/** Cuts the power of node 0 when it asks for its `writeNumber`th journal write, and starts it again later. */
function crashAtWrite(
  cluster: Cluster,
  options: { writeNumber: number; keepUnderWay: number; downMs: number },
): void {
  nodeOf(cluster, 0).journalDisk.onWrite((writeNumber) => {
    if (writeNumber !== options.writeNumber) return
    cluster.crash(0, options.keepUnderWay)
    cluster.clock.schedule(options.downMs, () => cluster.start(0))
  })
}

describe('a validator that is killed and started again', () => {
  for (const keepUnderWay of [0, 1]) {
    const what = keepUnderWay === 0 ? 'did not reach' : 'reached'
    it(`goes on after every single write that ${what} the disk`, async () => {
      for (let writeNumber = 1; writeNumber <= 12; writeNumber++) {
        const cluster = createCluster({ nodeCount: 4, seed: writeNumber })
        crashAtWrite(cluster, { writeNumber, keepUnderWay, downMs: 200 })
        await cluster.untilHeight(5, 60_000)
        await cluster.clock.advance(200)
        check(cluster)
      }
    })
  }

  it('never contradicts itself, under loss, partitions and many crashes', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = createCluster({ nodeCount: 4, seed, qbft: { requestTimeoutMs: 1000 } })
      const random = createSeededRandom(seed)
      cluster.network.setFaults({ loss: 0.25, duplication: 0.1, delayMaxMs: 400 })
      for (const [index, { journalDisk }] of cluster.nodes.entries()) {
        journalDisk.onWrite(() => {
          if (!random.chance(0.08)) return
          cluster.crash(index, random.below(2))
          cluster.clock.schedule(random.below(3000), () => cluster.start(index))
        })
      }
      await cluster.clock.advance(45_000)
      for (const { journalDisk } of cluster.nodes) journalDisk.onWrite(() => {})
      cluster.network.setFaults({ loss: 0, duplication: 0, delayMaxMs: 20 })
      await cluster.clock.advance(5000)
      await cluster.untilHeight(nodeOf(cluster, 0).chain.blocks.length + 3, 120_000)
      check(cluster)
    }
  })

  it('resumes the round it was in, with its certificate', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(2, 10_000)
    for (const index of [1, 2, 3]) cluster.crash(index)
    await cluster.clock.advance(8000)
    const before = nodeOf(cluster, 0).validator.status()
    cluster.crash(0)
    cluster.start(0)
    await cluster.clock.advance(100)
    const { validator, log } = nodeOf(cluster, 0)
    assert.equal(validator.status().height, before.height)
    assert.equal(validator.status().round, before.round)
    assert.ok(before.round > 0)
    assert.ok(log.some(({ message }) => message === 'resuming a height from the signing journal'))
    for (const index of [1, 2, 3]) cluster.start(index)
    await cluster.untilHeight(6, 60_000)
    check(cluster)
  })
})

describe('a validator whose journal is lost', () => {
  it('stays silent until a block is decided without it', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(3, 10_000)
    cluster.crash(0)
    const { journalDisk } = nodeOf(cluster, 0)
    journalDisk.lose(journalDisk.recordCount())
    cluster.start(0)
    await cluster.clock.advance(50)
    const node = nodeOf(cluster, 0)
    const sent = node.published.length
    const { height, activity, diagnosis } = node.validator.status()
    assert.equal(activity, 'safe-start')
    assert.match(diagnosis, /^this validator stays silent while blocks are decided without it/)
    await cluster.untilHeight(Number(height), 30_000)
    assert.equal(node.published.length, sent)
    await cluster.untilHeight(Number(height) + 5, 30_000)
    assert.equal(node.validator.status().activity, 'voting')
    assert.ok(node.published.length > sent)
    check(cluster)
  })

  it('votes at once when the operator vouches for it', async () => {
    const cluster = createCluster({ nodeCount: 2, trustBlankJournal: true })
    await cluster.untilHeight(3, 10_000)
    for (const index of [0, 1]) {
      cluster.crash(index)
      const { journalDisk } = nodeOf(cluster, index)
      journalDisk.lose(journalDisk.recordCount())
    }
    for (const index of [0, 1]) cluster.start(index)
    await cluster.untilHeight(6, 30_000)
  })
})

describe('a validator whose chain was put back', () => {
  it('stays silent up to the last block that it has signed', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(5, 10_000)
    cluster.crash(0)
    const { chain, published } = nodeOf(cluster, 0)
    const signedTo = chain.blocks.length - 1
    cluster.network.partition([['node-0'], ['node-1', 'node-2', 'node-3']])
    cluster.start(0, { blockCount: 3 })
    const sent = published.length
    await cluster.clock.advance(10_000)
    const { activity, diagnosis } = nodeOf(cluster, 0).validator.status()
    assert.equal(activity, 'safe-start')
    assert.match(diagnosis, new RegExp(`signed up to block ${signedTo},`))
    assert.equal(published.length, sent)
    cluster.network.heal()
    await cluster.untilHeight(nodeOf(cluster, 1).chain.blocks.length + 6, 30_000)
    assert.equal(nodeOf(cluster, 0).validator.status().activity, 'voting')
    assert.ok(published.length > sent)
    check(cluster)
  })
})

describe('two processes with one key', () => {
  it('falls silent, loudly, when another process signs with its key', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(2, 10_000)
    const node = nodeOf(cluster, 0)
    cluster.network.partition([['node-0'], ['node-1', 'node-2', 'node-3']])
    await cluster.clock.advance(6000)
    const own = node.published.length
    cluster.crash(0)
    // As a second machine would: the same key, and a journal that does not know what the first has signed.
    node.journalDisk.lose(1)
    cluster.start(0)
    const twin = nodeOf(cluster, 0)
    for (const bytes of node.published.slice(own - 4)) {
      assert.equal(await twin.validator.onConsensusMessage(bytes), 'ignore')
    }
    const status = twin.validator.status()
    assert.equal(status.activity, 'signing-stopped')
    assert.match(status.diagnosis, /another process signs with our key/)
    assert.ok(twin.log.some(({ level }) => level === 'error'))
    const sent = twin.published.length
    cluster.network.heal()
    await cluster.untilHeight(6, 60_000)
    assert.equal(twin.published.length, sent)
    check(cluster)
  })
})
