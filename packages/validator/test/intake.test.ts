import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccakHash, present } from '@busan/primitives'
import { encodeMessage, signMessage } from '@busan/qbft'
import { type Cluster, createCluster, createValidatorKeys, type ValidatorKey } from '@busan/testkit'

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')
const keys = createValidatorKeys(6)

/** A validly signed prepare for some block. */
function prepare(key: ValidatorKey, height: bigint, subject = 0): Uint8Array {
  const digest = keccakHash(Uint8Array.of(subject))
  const payload = { type: 'prepare', height, round: 0, digest } as const
  return encodeMessage(signMessage({ type: 'prepare', payload }, key.sign, key.address))
}

/** Node 0 of six, the first five of which are validators; the others are off. */
function alone(): Cluster {
  const cluster = createCluster({ nodeCount: 6, validatorCount: 5 })
  for (const index of [1, 2, 3, 4, 5]) cluster.crash(index)
  return cluster
}

const keyAt = (index: number) => present(keys[index], 'key')

describe('a consensus message from the network', () => {
  it('is passed on when a validator has signed it for the height under decision', async () => {
    const { validator } = nodeOf(alone(), 0)
    assert.equal(await validator.onConsensusMessage(prepare(keyAt(1), 1n)), 'accept')
  })

  it('is held against the sender when it is garbage, forged or from a stranger', async () => {
    const { validator } = nodeOf(alone(), 0)
    assert.equal(await validator.onConsensusMessage(Uint8Array.of(1, 2, 3)), 'reject')
    assert.equal(await validator.onConsensusMessage(new Uint8Array(0)), 'reject')
    const forged = prepare(keyAt(1), 1n).slice()
    forged[20] = (forged[20] as number) ^ 1
    assert.equal(await validator.onConsensusMessage(forged), 'reject')
    assert.equal(await validator.onConsensusMessage(prepare(keyAt(5), 1n)), 'reject')
  })

  it('is kept to ourselves when a stranger could be a validator by then', async () => {
    const { validator } = nodeOf(alone(), 0)
    assert.equal(await validator.onConsensusMessage(prepare(keyAt(5), 3n)), 'ignore')
  })

  it('is an echo at once, and a retransmission later', async () => {
    const cluster = alone()
    const { validator } = nodeOf(cluster, 0)
    const message = prepare(keyAt(1), 1n)
    assert.equal(await validator.onConsensusMessage(message), 'accept')
    assert.equal(await validator.onConsensusMessage(message), 'ignore')
    await cluster.clock.advance(1100)
    assert.equal(await validator.onConsensusMessage(message), 'accept')
  })

  it('is kept for a later height only within limits, for each author its own', async () => {
    const cluster = createCluster({
      nodeCount: 6,
      validatorCount: 5,
      qbft: { futureMessagesLimit: 10 },
    })
    for (const index of [1, 2, 3, 4, 5]) cluster.crash(index)
    const { validator, notedHeights } = nodeOf(cluster, 0)
    const offer = (index: number, height: bigint, subject: number) =>
      validator.onConsensusMessage(prepare(keyAt(index), height, subject))
    assert.equal(await offer(1, 5n, 1), 'accept')
    assert.equal(await offer(1, 5n, 2), 'accept')
    assert.equal(await offer(1, 6n, 3), 'ignore')
    assert.equal(await offer(1, 2n, 4), 'accept', 'what comes sooner is worth more')
    assert.equal(await offer(2, 5n, 1), 'accept', 'the other author has a share of its own')
    assert.equal(await offer(2, 40n, 1), 'ignore', 'too far ahead')
    assert.ok(notedHeights.includes(40n), 'and yet a sign that blocks are missing')
  })

  it('for the height that is about to begin is kept even where no others are', async () => {
    const cluster = createCluster({ nodeCount: 4, qbft: { futureMessagesLimit: 0 } })
    await cluster.untilHeight(2, 10_000)
    const { validator, chain, journalDisk } = nodeOf(cluster, 0)
    const { key } = nodeOf(cluster, 1)
    const verdicts: Promise<string>[] = []
    const headBefore = chain.head().header.number
    journalDisk.onWrite(() => {
      const head = chain.head().header.number
      // The write that ends the old height: the next one has not begun.
      if (head > headBefore) verdicts.push(validator.onConsensusMessage(prepare(key, head + 1n)))
    })
    await cluster.clock.advanceUntil(() => verdicts.length > 0, 5000)
    assert.equal(await verdicts[0], 'accept')
  })

  it('of a decided height is ignored and still shows that its author is there', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(3, 10_000)
    const { validator, chain } = nodeOf(cluster, 0)
    const late = prepare(nodeOf(cluster, 1).key, chain.head().header.number)
    await cluster.clock.advance(500)
    const { address } = nodeOf(cluster, 1).key
    const silentMs = () =>
      validator.status().validators.find((sight) => sight.address === address)?.silentMs ?? -1
    assert.ok(silentMs() > 300)
    assert.equal(await validator.onConsensusMessage(late), 'ignore')
    assert.equal(silentMs(), 0)
  })
})
