import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { present } from '@busan/primitives'
import { encodeMessage, signMessage } from '@busan/qbft'
import {
  type Cluster,
  checkAgreement,
  checkOneVoice,
  committedRound,
  createCluster,
  settle,
} from '@busan/testkit'

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')

function check(cluster: Cluster): void {
  checkAgreement(cluster.nodes.map(({ chain }) => chain))
  for (const { key, published } of cluster.nodes) checkOneVoice(key.address, published)
}

describe('a bad network', () => {
  it('heals by retransmission alone after a partition without a quorum', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(2, 10_000)
    cluster.network.partition([
      ['node-0', 'node-1'],
      ['node-2', 'node-3'],
    ])
    await cluster.clock.advance(120_000)
    const height = nodeOf(cluster, 0).chain.blocks.length
    assert.ok(height <= 4)
    cluster.network.heal()
    await cluster.untilHeight(height + 2, 20_000)
    check(cluster)
  })

  it('makes blocks though a third of all messages is lost', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const cluster = createCluster({ nodeCount: 4, seed, qbft: { requestTimeoutMs: 1000 } })
      cluster.network.setFaults({ loss: 0.33, duplication: 0.1, delayMaxMs: 200 })
      await cluster.untilHeight(10, 300_000)
      check(cluster)
    }
  })

  it('brings a validator that was cut off back into step, and tells synchronization', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(2, 10_000)
    cluster.network.partition([['node-0', 'node-1', 'node-2'], ['node-3']])
    await cluster.clock.advance(30_500)
    assert.ok(nodeOf(cluster, 3).chain.blocks.length < nodeOf(cluster, 0).chain.blocks.length - 4)
    cluster.network.heal()
    const target = nodeOf(cluster, 0).chain.blocks.length + 3
    await cluster.untilHeight(target, 30_000)
    assert.ok(nodeOf(cluster, 3).notedHeights.length > 0)
    await cluster.untilHeight(target + 5, 30_000)
    assert.equal(committedRound(nodeOf(cluster, 3).chain.head().header), 0)
    check(cluster)
  })
})

describe('a straggler', () => {
  it('that asks for an old round is shown the present one at once, and not too often', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    for (const index of [1, 2, 3]) cluster.crash(index)
    const { validator, published } = nodeOf(cluster, 0)
    const ask = (index: number, round: number) => {
      const { key } = nodeOf(cluster, index)
      const payload = { type: 'round-change', height: 1n, round } as const
      const unsigned = { type: 'round-change', payload, prepares: [] } as const
      return validator.onConsensusMessage(
        encodeMessage(signMessage(unsigned, key.sign, key.address)),
      )
    }
    await ask(1, 3)
    await ask(2, 3)
    await settle()
    assert.equal(validator.status().round, 3)
    const sent = published.length
    await ask(3, 1)
    await settle()
    assert.equal(published.length, sent + 1)
    assert.deepEqual(published.at(-1), published.at(-2), 'its round change for round 3')
    await ask(3, 2)
    await settle()
    assert.equal(published.length, sent + 1)
  })
})

describe('clocks that differ', () => {
  it('accepts a proposal from a clock somewhat ahead a little later, in its round', async () => {
    const cluster = createCluster({ nodeCount: 4, clockOffsetsMs: [0, 2000, 0, -600] })
    await cluster.untilHeight(12, 60_000)
    const headers = nodeOf(cluster, 0)
      .chain.blocks.slice(1)
      .map(({ header }) => header)
    assert.ok(headers.some(({ coinbase }) => coinbase === nodeOf(cluster, 1).key.address))
    assert.ok(headers.every((header) => committedRound(header) === 0))
    check(cluster)
  })

  it('goes on without a validator whose clock is nine seconds ahead, and says so', async () => {
    const cluster = createCluster({ nodeCount: 4, clockOffsetsMs: [0, 0, 0, 9000] })
    await cluster.untilHeight(8, 120_000)
    const fast = nodeOf(cluster, 3).key.address
    const status = nodeOf(cluster, 0).validator.status()
    assert.deepEqual(status.missing, [fast])
    assert.match(status.diagnosis, /\(clock \+\d+ s\)/)
    check(cluster)
  })
})
