import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCluster } from '@busan/testkit'
import fc from 'fast-check'
import { createBuildBudget } from '../src/build-budget.ts'

const TIMES = { blockPeriodMs: 1000, requestTimeoutMs: 2000 }

describe('the time in which our blocks are built', () => {
  it('is half of the period at first, and at least a few milliseconds', () => {
    const budget = createBuildBudget()
    assert.equal(budget.ms(TIMES), 500)
    assert.equal(budget.ms({ ...TIMES, requestTimeoutMs: 600 }), 300)
    assert.equal(budget.ms({ ...TIMES, blockPeriodMs: 10 }), 20)
  })

  it('settles where a height is decided in half of the request timeout, whatever the others cost', () => {
    fc.assert(
      fc.property(fc.double({ min: 1.2, max: 12, noNaN: true }), (times) => {
        const budget = createBuildBudget()
        let tookMs = 0
        for (let height = 0; height < 60; height++) {
          tookMs = budget.ms(TIMES) * times
          if (tookMs > TIMES.requestTimeoutMs) budget.ranOut()
          else budget.decided(tookMs, TIMES)
        }
        const wholeMs = 500 * times
        const aimMs = Math.min(wholeMs, TIMES.requestTimeoutMs / 2)
        assert.ok(tookMs <= aimMs * 1.07 && tookMs >= aimMs * 0.93, `${tookMs} ms, aim ${aimMs}`)
      }),
    )
  })

  it('comes back when heights are decided soon, and never goes below an eighth', () => {
    const budget = createBuildBudget()
    for (let round = 0; round < 10; round++) budget.ranOut()
    assert.equal(budget.ms(TIMES), 62.5)
    for (let height = 0; height < 40; height++) budget.decided(5, TIMES)
    assert.equal(budget.ms(TIMES), 500)
  })
})

/** The budgets that nodes ask for until a height. */
async function budgetsOf(
  options: Parameters<typeof createCluster>[0],
  payloads: readonly number[],
): Promise<readonly number[]> {
  const cluster = createCluster(options)
  const budgets: number[] = []
  for (const { chain, pool, key } of cluster.nodes) {
    for (const payload of payloads) pool.add(payload)
    const { buildProposal, checkProposal } = chain
    const watched: typeof buildProposal = (request) => {
      budgets.push(request.budgetMs)
      return buildProposal(request)
    }
    // As the real chain, which has run what it has built.
    const knowing: typeof checkProposal = async (block) =>
      block.header.coinbase === key.address ? { ok: true, value: 'valid' } : checkProposal(block)
    Object.assign(chain, { buildProposal: watched, checkProposal: knowing })
  }
  await cluster.untilHeight(4, 120_000)
  return budgets
}

describe('a set of validators', () => {
  const qbft = { requestTimeoutMs: 1000 }

  it('makes smaller blocks when checking them takes too long, empty ones and those of one alone left out', async () => {
    const work = { workMs: 400 }
    const slow = await budgetsOf({ nodeCount: 4, qbft, work }, [1])
    assert.equal(slow[0], 500)
    assert.ok((slow.at(-1) as number) < 400, `${slow}`)
    const quick = await budgetsOf({ nodeCount: 4, qbft }, [1])
    const empty = await budgetsOf({ nodeCount: 4, qbft, work }, [])
    const alone = await budgetsOf({ nodeCount: 1, qbft, work }, [1])
    for (const budgets of [quick, empty, alone]) assert.deepEqual(new Set(budgets), new Set([500]))
  })

  it('makes smaller ones after a round that ran out, whoever had proposed in it', async () => {
    // The first proposer, the other one in the next round, the first one again.
    const unchecked = await budgetsOf({ nodeCount: 2, qbft, work: { workMs: 700 } }, [1])
    assert.deepEqual(unchecked.slice(0, 3), [500, 250, 250])
    const unbuilt = await budgetsOf({ nodeCount: 2, qbft, work: { workMs: 1100 } }, [1])
    assert.deepEqual(unbuilt.slice(0, 3), [500, 500, 125])
  })
})
