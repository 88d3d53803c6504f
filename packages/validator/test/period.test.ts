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
