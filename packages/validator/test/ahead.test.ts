// While a block is being written, its child is built; see the checker _ground_ of the simulation for what stays here.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Block } from '@busan/chain-spec'
import { present, ZERO_HASH } from '@busan/primitives'
import { step } from '@busan/qbft'
import { type Cluster, type ClusterNode, committedRound, createCluster } from '@busan/testkit'
import type { Step } from '../src/index.ts'

const chainOf = (cluster: Cluster) => present(cluster.nodes[0], 'node').chain

/** What a node asks its chain to build, from now on; `change` makes something else of what it gets. */
function watchBuilding(
  { chain }: ClusterNode,
  change: (block: Block) => Block = (block) => block,
): { readonly round: number; readonly height: bigint }[] {
  const asked: { round: number; height: bigint }[] = []
  const { buildProposal } = chain
  const watched: typeof buildProposal = async (request) => {
    const { block } = await buildProposal(request)
    asked.push({ round: request.round, height: block.header.number })
    return { block: change(block) }
  }
  Object.assign(chain, { buildProposal: watched })
  return asked
}

/** Milliseconds from one block to the next, on average. */
async function intervalMs(cluster: Cluster): Promise<number> {
  const blocks = 20
  await cluster.untilHeight(1, 5000)
  const startMs = cluster.clock.nowMs()
  await cluster.untilHeight(1 + blocks, 60_000)
  return (cluster.clock.nowMs() - startMs) / blocks
}

describe('a slow disk', () => {
  it('does not add to a block period of less than a second: that counts from when the block has passed', async () => {
    const qbft = { blockPeriodMs: 200 }
    const work = { workMs: 5, writeMs: 100 }
    for (const nodeCount of [1, 4]) {
      const quick = await intervalMs(createCluster({ nodeCount, qbft, work: { workMs: 5 } }))
      const slow = await intervalMs(createCluster({ nodeCount, qbft, work }))
      assert.ok(slow < quick + 5, `${nodeCount} nodes: ${slow} ms, ${quick} ms without it`)
    }
  })

  it('has the next block built meanwhile, where that is due', async () => {
    const qbft = { blockPeriodMs: 10 }
    const [workMs, writeMs] = [40, 60]
    for (const nodeCount of [1, 4]) {
      const work = { workMs, writeMs }
      const besides = await intervalMs(createCluster({ nodeCount, qbft, work: { workMs } }))
      const interval = await intervalMs(createCluster({ nodeCount, qbft, work }))
      const most = besides + writeMs / 2
      assert.ok(interval <= most, `${nodeCount} nodes: ${interval} ms, at most ${most}`)
    }
  })

  it('lets no transaction into two blocks, although the pool learns of the first one later', async () => {
    const qbft = { blockPeriodMs: 10 }
    const cluster = createCluster({ nodeCount: 1, qbft, work: { workMs: 20, writeMs: 60 } })
    present(cluster.nodes[0], 'node').pool.add(1)
    await cluster.untilHeight(2, 5000)
    const counts = chainOf(cluster).blocks.map(({ transactions }) => transactions.length)
    assert.deepEqual(counts.slice(1, 3), [1, 0])
  })

  it('has it built by its proposer alone, and once', async () => {
    const qbft = { blockPeriodMs: 10 }
    const cluster = createCluster({ nodeCount: 4, qbft, work: { workMs: 5, writeMs: 60 } })
    const asked = cluster.nodes.map((node) => watchBuilding(node))
    await cluster.untilHeight(8, 60_000)
    const heights = asked.flat().map(({ height }) => height)
    assert.deepEqual([...new Set(heights)].length, heights.length)
  })

  it('has nothing made of it in another round', async () => {
    const qbft = { blockPeriodMs: 10 }
    const inRoundOne: Step = (state, input, rules) => {
      const transition = step(state, input, rules)
      if (state.height !== 2n) return transition
      const effects = transition.effects.map((effect) =>
        effect.type === 'build-block' ? { ...effect, round: 1 } : effect,
      )
      return { ...transition, effects }
    }
    const work = { workMs: 5, writeMs: 60 }
    const cluster = createCluster({ nodeCount: 1, qbft, work, steps: { 0: inRoundOne } })
    const asked = watchBuilding(present(cluster.nodes[0], 'node'))
    await cluster.untilHeight(1, 5000)
    await cluster.clock.advance(1000)
    assert.deepEqual(asked, [
      { round: 0, height: 1n },
      { round: 0, height: 2n },
      { round: 1, height: 2n },
    ])
  })

  it('has no block proposed of which the parent is another: the chain had gone on', async () => {
    const qbft = { blockPeriodMs: 10, requestTimeoutMs: 1000 }
    const cluster = createCluster({ nodeCount: 1, qbft, work: { workMs: 5, writeMs: 60 } })
    const node = present(cluster.nodes[0], 'node')
    let isStray = true
    watchBuilding(node, (block) => {
      if (block.header.number !== 2n || !isStray) return block
      isStray = false
      return { ...block, header: { ...block.header, parentHash: ZERO_HASH } }
    })
    await cluster.untilHeight(3, 5000)
    assert.equal(isStray, false)
    assert.ok(node.log.every(({ level }) => level !== 'error'))
    assert.equal(committedRound(present(node.chain.blocks[2], 'block 2').header), 0)
  })

  it('has nothing begun for a validator that stops', async () => {
    const qbft = { blockPeriodMs: 10 }
    const cluster = createCluster({ nodeCount: 1, qbft, work: { workMs: 5, writeMs: 200 } })
    const node = present(cluster.nodes[0], 'node')
    const asked = watchBuilding(node)
    let stopping: Promise<void> | undefined
    node.chain.onTip(() => {
      stopping ??= node.validator.stop()
    })
    await cluster.untilHeight(1, 5000)
    await stopping
    const { length } = node.published
    await cluster.clock.advance(5000)
    assert.equal(node.published.length, length)
    assert.deepEqual(asked, [{ round: 0, height: 1n }])
  })
})
