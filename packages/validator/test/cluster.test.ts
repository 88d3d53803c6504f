import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { present } from '@busan/primitives'
import { proposer, verifySeals } from '@busan/qbft'
import {
  type Cluster,
  checkAgreement,
  checkOneVoice,
  committedRound,
  createCluster,
} from '@busan/testkit'

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')

function check(cluster: Cluster): void {
  checkAgreement(cluster.nodes.map(({ chain }) => chain))
  for (const { key, published } of cluster.nodes) checkOneVoice(key.address, published)
}

describe('a cluster of validators', () => {
  it('makes a block a second, in round 0, with every seal', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    const startMs = cluster.clock.nowMs()
    await cluster.untilHeight(20, 60_000)
    assert.ok(cluster.clock.nowMs() - startMs < 21_000)
    const { chain, validator, log } = nodeOf(cluster, 0)
    for (const { header } of chain.blocks.slice(1)) {
      assert.equal(committedRound(header), 0)
      const seals = verifySeals(header, chain.validatorState().validators)
      assert.equal(seals.ok && seals.value.length, 4)
    }
    assert.equal(validator.status().diagnosis, 'advancing')
    assert.deepEqual(
      log.filter(({ level }) => level !== 'info'),
      [],
    )
    check(cluster)
  })

  it('has a sealed block told by its coinbase or the one after it, and by no other', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(8, 60_000)
    const { chain } = nodeOf(cluster, 0)
    const { validators } = chain.validatorState()
    const tellersOf = (height: bigint) =>
      cluster.nodes
        .filter(({ publishedBlocks }) => publishedBlocks.some((b) => b.header.number === height))
        .map(({ key }) => key.address)
    for (const { header } of chain.blocks.slice(1, 8)) {
      const tellers = tellersOf(header.number)
      assert.ok(tellers.length > 0, `block ${header.number} was told by nobody`)
      const next = proposer(validators, header.coinbase, 0)
      assert.ok(tellers.every((teller) => [header.coinbase, next].includes(teller)))
    }
  })

  it('takes turns to propose', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(8, 60_000)
    const coinbases = nodeOf(cluster, 0)
      .chain.blocks.slice(1)
      .map(({ header }) => header.coinbase)
    assert.deepEqual(coinbases.slice(4), coinbases.slice(0, 4))
    assert.equal(new Set(coinbases).size, 4)
  })

  it('runs alone', async () => {
    const cluster = createCluster({ nodeCount: 1 })
    nodeOf(cluster, 0).isBehind = true
    await cluster.untilHeight(5, 10_000)
  })

  it('goes on with one of four silent, and says whose rounds failed', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(2, 10_000)
    cluster.crash(3)
    await cluster.untilHeight(12, 60_000)
    const silent = nodeOf(cluster, 3).key.address
    const { validator, log, metrics } = nodeOf(cluster, 0)
    assert.deepEqual(validator.status().missing, [silent])
    assert.match(validator.status().diagnosis, /^advancing; missing 0x\w+ \(silent \d+ s\)$/)
    const failed = log.filter(({ message }) => message === 'round failed')
    assert.ok(failed.length > 0)
    assert.ok(
      failed.some(
        ({ fields }) => fields.reason === 'proposer-silent' && fields.proposer === silent,
      ),
    )
    const { text } = await metrics.expose()
    assert.match(
      text,
      new RegExp(`busan_qbft_proposals_missed_total\\{validator="${silent}"\\} [1-9]`),
    )
    assert.match(text, /busan_qbft_round_changes_total\{reason="proposer-silent"\} [1-9]/)
    assert.ok(failed.every(({ fields }) => String(fields.culprits) === silent))
    assert.match(text, /busan_qbft_validators 4\n/)
    assert.match(text, /busan_qbft_validators_online 3\n/)
    const sealed = (address: string) =>
      Number(new RegExp(`blocks_sealed_total\\{validator="${address}"\\} (\\d+)`).exec(text)?.[1])
    assert.ok(sealed(silent) <= 3)
    assert.ok(sealed(nodeOf(cluster, 1).key.address) >= 11)
    for (const phase of ['proposal', 'prepare', 'commit']) {
      assert.match(text, new RegExp(`busan_qbft_phase_seconds_count\\{phase="${phase}"\\} [1-9]`))
    }
    check(cluster)
  })

  it('halts with two of four silent, names them, and resumes when they are back', async () => {
    const cluster = createCluster({ nodeCount: 5, validatorCount: 4, observers: [4] })
    await cluster.untilHeight(3, 10_000)
    cluster.crash(2)
    cluster.crash(3)
    const height = nodeOf(cluster, 0).chain.blocks.length
    await cluster.clock.advance(60_000)
    assert.ok(nodeOf(cluster, 0).chain.blocks.length <= height + 1)
    const silent = [2, 3].map((index) => nodeOf(cluster, index).key.address)
    const { text } = await nodeOf(cluster, 0).metrics.expose()
    assert.ok(Number(/^busan_qbft_round_seconds (\S+)/m.exec(text)?.[1]) > 5)
    for (const index of [0, 4]) {
      const status = nodeOf(cluster, index).validator.status()
      assert.deepEqual(status.missing, silent, `seen from node ${index}`)
      assert.match(
        status.diagnosis,
        /^cannot commit: have 2 of 3 needed; missing 0x\w+ \(silent \d\d s\), 0x\w+ \(silent \d\d s\)$/,
      )
    }
    assert.equal(nodeOf(cluster, 4).validator.status().activity, 'observing')
    cluster.start(2)
    const stopped = nodeOf(cluster, 0).chain.blocks.length
    await cluster.untilHeight(stopped + 3, 30_000)
    assert.match(nodeOf(cluster, 0).validator.status().diagnosis, /^advancing/)
    check(cluster)
  })

  it('does not vote while it is behind, and joins when it has caught up', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(2, 10_000)
    const late = nodeOf(cluster, 1)
    // In the middle of a height: it is given up before its block is due.
    late.isBehind = true
    const sent = late.published.length
    await cluster.clock.advance(3000)
    assert.equal(late.validator.status().activity, 'syncing')
    await cluster.clock.advance(10_000)
    assert.equal(late.published.length, sent)
    late.isBehind = false
    await cluster.clock.advance(10_000)
    assert.equal(late.validator.status().activity, 'voting')
    assert.ok(late.published.length > sent)
  })

  it('stops without leaving timers behind', async () => {
    const cluster = createCluster({ nodeCount: 1 })
    await cluster.untilHeight(2, 10_000)
    await nodeOf(cluster, 0).validator.stop()
    await cluster.clock.advance(100)
    assert.equal(cluster.clock.pendingCount(), 0)
    assert.equal(nodeOf(cluster, 0).validator.status().activity, 'stopped')
  })
})
