import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { present } from '@busan/primitives'
import { type Cluster, committedRound, createCluster } from '@busan/testkit'

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')

describe('the empty-block period', () => {
  const qbft = { emptyBlockPeriodMs: 30_000, requestTimeoutMs: 2000 }

  it('makes an empty block only when it is over, without a round change', async () => {
    const cluster = createCluster({ nodeCount: 4, qbft })
    await cluster.clock.advance(29_000)
    assert.equal(nodeOf(cluster, 0).chain.blocks.length, 1)
    assert.match(nodeOf(cluster, 0).validator.status().diagnosis, /^idle/)
    await cluster.untilHeight(2, 32_000)
    for (const { header } of nodeOf(cluster, 0).chain.blocks.slice(1)) {
      assert.equal(committedRound(header), 0)
    }
  })

  it('ends at once when an executable transaction comes', async () => {
    const cluster = createCluster({ nodeCount: 4, qbft })
    await cluster.clock.advance(10_000)
    for (const { pool } of cluster.nodes) pool.add(1)
    await cluster.untilHeight(1, 1000)
    const [, block] = nodeOf(cluster, 0).chain.blocks
    assert.equal(present(block, 'block 1').transactions.length, 1)
  })

  it('lets validators without the transaction follow the proposer that has it', async () => {
    const cluster = createCluster({ nodeCount: 4, qbft })
    const proposer = nodeOf(cluster, 0).validator.status().proposer
    const first = cluster.nodes.find(({ key }) => key.address === proposer)
    await cluster.clock.advance(5000)
    present(first, 'proposer').pool.add(1)
    await cluster.untilHeight(1, 1000)
    const { text } = await nodeOf(cluster, 0).metrics.expose()
    const seconds = Number(/busan_qbft_commit_seconds_sum (\S+)/.exec(text)?.[1])
    assert.ok(seconds < 1, `${seconds} s: the wait for transactions is no latency`)
  })
})

describe('tail blocks', () => {
  const qbft = { emptyBlockPeriodMs: 60_000, tailBlocks: 3, requestTimeoutMs: 2000 }

  it('follow a transaction at the ordinary pace, then the chain rests again', async () => {
    const cluster = createCluster({ nodeCount: 4, qbft })
    await cluster.clock.advance(5000)
    for (const { pool } of cluster.nodes) pool.add(1)
    await cluster.untilHeight(1, 1000)
    for (const { pool } of cluster.nodes) pool.clear()
    await cluster.untilHeight(4, 3500)
    await cluster.clock.advance(1500)
    assert.match(nodeOf(cluster, 0).validator.status().diagnosis, /^idle/)
    const restMs = cluster.clock.nowMs()
    await cluster.untilHeight(5, 61_000)
    assert.ok(cluster.clock.nowMs() - restMs > 56_000)
    for (const { log } of cluster.nodes) {
      assert.ok(log.every(({ message }) => message !== 'round failed'))
    }
    const { chain } = nodeOf(cluster, 0)
    assert.ok(chain.blocks.slice(1).every(({ header }) => committedRound(header) === 0))
  })

  it('are known to a validator that was away', async () => {
    const cluster = createCluster({ nodeCount: 4, qbft })
    await cluster.clock.advance(5000)
    for (const { pool } of cluster.nodes) pool.add(1)
    await cluster.untilHeight(1, 1000)
    for (const { pool } of cluster.nodes) pool.clear()
    for (const index of [0, 1, 2, 3]) cluster.crash(index)
    await cluster.clock.advance(100)
    for (const index of [0, 1, 2, 3]) cluster.start(index)
    await cluster.untilHeight(4, 8000)
    await cluster.clock.advance(30_000)
    assert.equal(nodeOf(cluster, 0).chain.blocks.length, 5)
  })
})

describe('the block period', () => {
  it('paces blocks by less than a second', async () => {
    const cluster = createCluster({ nodeCount: 4, qbft: { blockPeriodMs: 250 } })
    const startMs = cluster.clock.nowMs()
    await cluster.untilHeight(20, 30_000)
    const elapsedMs = cluster.clock.nowMs() - startMs
    assert.ok(elapsedMs > 20 * 250 && elapsedMs < 20 * 400, `${elapsedMs} ms`)
  })
})
