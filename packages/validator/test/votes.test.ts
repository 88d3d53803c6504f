import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { present, toAddress } from '@busan/primitives'
import { type Cluster, checkAgreement, createCluster } from '@busan/testkit'

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')

describe('votes for validators', () => {
  it('add a synchronized node, which then votes, and drop it again', async () => {
    const cluster = createCluster({ nodeCount: 5, validatorCount: 4 })
    await cluster.untilHeight(2, 10_000)
    const joining = nodeOf(cluster, 4)
    assert.equal(joining.validator.status().activity, 'observing')
    const { address } = joining.key
    for (const index of [0, 1, 2]) {
      assert.ok(nodeOf(cluster, index).validator.proposeVote(address, true).ok)
    }
    await cluster.clock.advance(8000)
    assert.ok(joining.chain.validatorState().validators.includes(address))
    await cluster.clock.advance(6000)
    assert.equal(joining.validator.status().activity, 'voting')
    assert.equal(nodeOf(cluster, 0).validator.status().quorum, 4)
    assert.ok(joining.chain.blocks.some(({ header }) => header.coinbase === address))

    for (const index of [0, 1, 2]) {
      const { validator } = nodeOf(cluster, index)
      assert.deepEqual([...validator.pendingVotes()], [[address, true]])
      assert.equal(validator.discardVote(address), true)
      assert.equal(validator.discardVote(address), false)
      assert.ok(validator.proposeVote(address, false).ok)
    }
    await cluster.clock.advance(12_000)
    assert.ok(!joining.chain.validatorState().validators.includes(address))
    await cluster.clock.advance(3000)
    assert.equal(joining.validator.status().activity, 'observing')
    checkAgreement(cluster.nodes.map(({ chain }) => chain))
  })

  it('are refused when they make no sense', () => {
    const cluster = createCluster({ nodeCount: 1 })
    const { validator, key } = nodeOf(cluster, 0)
    const stranger = toAddress(`0x${'ab'.repeat(20)}`)
    const reasonOf = (subject: typeof stranger, add: boolean) => {
      const verdict = validator.proposeVote(subject, add)
      return verdict.ok ? 'standing' : verdict.reason
    }
    assert.equal(reasonOf(key.address, true), 'already-validator')
    assert.equal(reasonOf(stranger, false), 'not-a-validator')
    assert.equal(reasonOf(key.address, false), 'last-validator')
    assert.equal(reasonOf(stranger, true), 'standing')
  })
})
