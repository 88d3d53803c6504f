import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeBlock } from '@busan/chain-spec'
import { present } from '@busan/primitives'
import {
  decodeMessage,
  encodeMessage,
  signedPart,
  signMessage,
  withRound,
  withSeals,
} from '@busan/qbft'
import { createMetrics, silentLogger } from '@busan/telemetry'
import {
  type Cluster,
  checkAgreement,
  checkOneVoice,
  createCluster,
  createJournalDisk,
  createToyChain,
  createToyPool,
  settle,
} from '@busan/testkit'
import { createValidator, type Validator } from '@busan/validator'

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')

function heightOf(bytes: Uint8Array): bigint {
  const message = decodeMessage(bytes)
  assert.ok(message.ok)
  return signedPart(message.value).payload.height
}

/** A second machine with the key and a copy of the chain of node 0, on a journal of its own. */
function startTwin(
  cluster: Cluster,
  { journalDisk = createJournalDisk(), blockCount = Number.POSITIVE_INFINITY } = {},
) {
  const { key, chain: original } = nodeOf(cluster, 0)
  const { clock, network } = cluster
  const validators = cluster.nodes.map((node) => node.key.address)
  const chain = createToyChain({ clock, validators, blocks: original.blocks.slice(0, blockCount) })
  const published: Uint8Array[] = []
  const fetchMissing = async () => {
    for (let next = chain.blocks.length; next < original.blocks.length; next++) {
      const verdict = await chain.importBlock(present(original.blocks[next], 'block'))
      if (!verdict.ok) return
    }
  }
  const validator: Validator = createValidator({
    chain,
    clock,
    pool: createToyPool(),
    logger: silentLogger,
    metrics: createMetrics(),
    sync: { isBehind: () => false, noteHeight: () => void fetchMissing() },
    signing: { signer: key, journal: journalDisk.open() },
    gossip: {
      async publishConsensus(message) {
        published.push(message)
        await link.publishConsensus(message)
      },
      publishBlock: (block) => link.publishBlock(block),
    },
  })
  const link = network.join('twin', {
    onConsensus: (message) => validator.onConsensusMessage(message),
    onBlock: async (bytes) => {
      const verdict = await chain.importBlock(decodeBlock(bytes))
      if (!verdict.ok) await fetchMissing()
    },
  })
  validator.start()
  return { validator, published }
}

describe('a second process with a key that is in use', () => {
  it('with a journal of its own never signs anything, and says why', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(5, 10_000)
    const twin = startTwin(cluster)
    await cluster.clock.advance(2000)
    assert.equal(twin.validator.status().activity, 'safe-start')
    await cluster.clock.advance(15_000)
    assert.equal(twin.validator.status().activity, 'signing-stopped')
    assert.match(twin.validator.status().diagnosis, /another process signs with our key/)
    assert.equal(twin.published.length, 0)
    assert.equal(nodeOf(cluster, 0).validator.status().activity, 'voting')
  })

  for (const [what, blockCount] of [
    ['and the present chain', undefined],
    ['and a chain as old', 6],
  ] as const) {
    it(`with a copy of an older journal ${what} joins in no vote`, async () => {
      const cluster = createCluster({ nodeCount: 4 })
      await cluster.untilHeight(5, 10_000)
      const journalDisk = createJournalDisk()
      const copy = journalDisk.open()
      const { journalDisk: original } = nodeOf(cluster, 0)
      for (const record of original.open().replay()) await copy.append(record)
      await cluster.clock.advance(8000)
      const twin = startTwin(cluster, {
        journalDisk,
        ...(blockCount === undefined ? {} : { blockCount }),
      })
      await cluster.clock.advance(15_000)
      assert.equal(twin.validator.status().activity, 'signing-stopped')
      for (const bytes of twin.published) assert.ok(heightOf(bytes) < 9n, 'of decided heights')
      checkAgreement(cluster.nodes.map(({ chain }) => chain))
    })
  }
})

describe('a liar that holds old signatures of ours', () => {
  it('cannot make us believe that another process has our key', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(1, 10_000)
    cluster.network.partition([['node-0'], ['node-1', 'node-2', 'node-3']])
    await cluster.clock.advance(8000)
    const { published, validator, chain } = nodeOf(cluster, 0)
    const old = published
      .map((bytes) => decodeMessage(bytes))
      .flatMap((message) =>
        message.ok && message.value.type === 'round-change' ? [message.value] : [],
      )
    cluster.network.heal()
    await cluster.untilHeight(nodeOf(cluster, 1).chain.blocks.length + 2, 30_000)
    const liar = nodeOf(cluster, 1).key
    const height = chain.head().header.number + 1n
    const header = withRound(withSeals({ ...chain.head().header, number: height }, []), 1)
    const block = { header, transactions: [] }
    const payload = { type: 'proposal', height, round: 1, block } as const
    const roundChanges = old.map(({ roundChange }) => roundChange)
    assert.ok(roundChanges.length > 0)
    const unsigned = { type: 'proposal', payload, roundChanges, prepares: [] } as const
    const bytes = encodeMessage(signMessage(unsigned, liar.sign, liar.address))
    assert.equal(await validator.onConsensusMessage(bytes), 'accept')
    await settle()
    assert.equal(validator.status().activity, 'voting')
  })
})

describe('a validator whose whole disk is lost', () => {
  it('does not contradict what it signed at the height that is still open', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(5, 10_000)
    cluster.crash(2)
    cluster.crash(3)
    await cluster.clock.advance(5000)
    const { journalDisk, published } = nodeOf(cluster, 0)
    const open = BigInt(nodeOf(cluster, 0).chain.blocks.length)
    assert.ok(published.some((bytes) => heightOf(bytes) === open))
    cluster.crash(0)
    journalDisk.lose(journalDisk.recordCount())
    const sent = published.length
    cluster.start(0, { blockCount: 1 })
    await cluster.clock.advance(10_000)
    assert.equal(nodeOf(cluster, 0).validator.status().activity, 'safe-start')
    cluster.start(2)
    cluster.start(3)
    await cluster.untilHeight(Number(open) + 8, 60_000)
    assert.equal(nodeOf(cluster, 0).validator.status().activity, 'voting')
    assert.ok(published.length > sent)
    // Block 1 alone cannot be told from that of a network that has just begun; it is long decided.
    const later = published.filter((bytes) => heightOf(bytes) > 1n)
    checkOneVoice(nodeOf(cluster, 0).key.address, later)
    checkAgreement(cluster.nodes.map(({ chain }) => chain))
  })

  it('stays silent after another restart, until blocks are decided', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    await cluster.untilHeight(5, 10_000)
    cluster.crash(0)
    const { journalDisk } = nodeOf(cluster, 0)
    journalDisk.lose(journalDisk.recordCount())
    cluster.start(0, { blockCount: 1 })
    await cluster.clock.advance(200)
    assert.ok(nodeOf(cluster, 0).chain.blocks.length > 5)
    cluster.crash(0)
    cluster.start(0)
    await cluster.clock.advance(100)
    assert.equal(nodeOf(cluster, 0).validator.status().activity, 'safe-start')
  })

  it('is no reason for a network that begins to wait for itself', async () => {
    const cluster = createCluster({ nodeCount: 4 })
    for (const index of [0, 1, 2, 3]) cluster.crash(index)
    await cluster.clock.advance(100_400)
    for (const index of [0, 1, 2, 3]) cluster.start(index)
    await cluster.untilHeight(3, 5000)
    for (const { validator } of cluster.nodes) assert.equal(validator.status().activity, 'voting')
  })
})
