// A thousand networks, each worse than anything a city will see: no fork, no broken promise, and they all come back.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createScenario, SIZES, simulate, THEMES } from '@busan/testkit'
import { rememberSignatures } from './remembered-signatures.ts'
import { describeFailure } from './report.ts'

const SEEDS = 1000

/** Seeds beyond those that once found something. */
const ONCE_FOUND = [33_713, 39_604, 40_104, 63_005]

rememberSignatures()

describe('a simulated network', () => {
  it(`keeps every rule in ${SEEDS} scenarios, and decides again once it is healthy`, async () => {
    const seen = new Set<string | number>()
    let blockCount = 0
    let roundMax = 0
    const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1)
    for (const seed of [...seeds, ...ONCE_FOUND]) {
      const result = await simulate(createScenario(seed))
      if (result.violation !== undefined) assert.fail(await describeFailure(result))
      seen.add(result.scenario.theme).add(result.scenario.validatorCount)
      blockCount += result.heightCount
      roundMax = Math.max(roundMax, result.roundMax)
    }
    // A simulation in which nothing happens keeps every rule too.
    assert.deepEqual(
      [...THEMES, ...SIZES].filter((one) => !seen.has(one)),
      [],
    )
    assert.ok(blockCount > SEEDS, `${blockCount} blocks`)
    assert.ok(roundMax >= 3, `no block was decided beyond round ${roundMax}`)
  })

  it('has one history for one seed, to the last event', async () => {
    for (const theme of THEMES) {
      const scenario = createScenario(7, { theme, validatorCount: 4 })
      const first = await simulate(scenario)
      const second = await simulate(createScenario(7, { theme, validatorCount: 4 }))
      assert.ok(first.eventCount > 20, theme)
      assert.equal(second.eventCount, first.eventCount, theme)
      assert.equal(second.hash, first.hash, theme)
    }
    const other = await simulate(createScenario(8, { theme: 'storm', validatorCount: 4 }))
    const one = await simulate(createScenario(7, { theme: 'storm', validatorCount: 4 }))
    assert.notEqual(other.hash, one.hash)
  })
})
