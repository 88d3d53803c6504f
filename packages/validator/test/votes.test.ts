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

  it('are refused by a node that proposes no blocks', () => {
    const cluster = createCluster({ nodeCount: 2, validatorCount: 1, observers: [1] })
    const verdict = nodeOf(cluster, 1).validator.proposeVote(
      toAddress(`0x${'ab'.repeat(20)}`),
      true,
    )
    assert.equal(!verdict.ok && verdict.reason, 'no-validator-key')
  })

  it('that make a weak set are cast with a warning', () => {
    const warningsOf = (nodeCount: number, add: boolean) => {
      const cluster = createCluster({ nodeCount })
      const { validator, log } = nodeOf(cluster, 0)
      const subject = add ? toAddress(`0x${'ab'.repeat(20)}`) : nodeOf(cluster, 1).key.address
      assert.ok(validator.proposeVote(subject, add).ok)
      const { warnings } = validator.status()
      assert.deepEqual(
        log.filter(({ level }) => level === 'warn').map(({ message }) => message),
        warnings,
      )
      return warnings
    }
    assert.match(String(warningsOf(4, false)), /a set of 3: it outlives one that is away, not one/)
    assert.match(String(warningsOf(1, true)), /a set of 2: the chain stops when either is away/)
    assert.match(String(warningsOf(5, true)), /a set of 6, a multiple of 3: .* than 4 would/)
    assert.match(String(warningsOf(7, false)), /a set of 6, a multiple of 3/)
    assert.deepEqual(warningsOf(4, true), [])
    assert.deepEqual(warningsOf(5, false), [])
  })

  it('that are open on the chain are shown with who cast them', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    const subject = toAddress(`0x${'ab'.repeat(20)}`)
    const voter = nodeOf(cluster, 1)
    assert.ok(voter.validator.proposeVote(subject, true).ok)
    await cluster.untilHeight(6, 20_000)
    const { openVotes } = nodeOf(cluster, 0).validator.status()
    assert.deepEqual(openVotes, [{ subject, add: true, voters: [voter.key.address], needed: 3 }])
    const { text } = await nodeOf(cluster, 0).metrics.expose()
    assert.match(text, /busan_qbft_open_votes 1/)
  })
})
