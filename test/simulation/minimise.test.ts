import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { present } from '@busan/primitives'
import { createScenario, minimise, simulate } from '@busan/testkit'
import { catchMutation } from './mutations/catch.ts'
import { MUTATIONS } from './mutations/list.ts'
import { rememberSignatures } from './remembered-signatures.ts'
import { describeFailure } from './report.ts'

rememberSignatures()

const lockLost = present(
  MUTATIONS.find(({ name }) => name === 'the lock is lost on our own timeout'),
  'mutation',
)

describe('a failure', () => {
  it('is cut down to a plan that fails the same way and can lose nothing more', async () => {
    const { mutation, choice } = lockLost
    const { seed } = present(await catchMutation(lockLost), 'catch')
    const failed = await simulate(createScenario(seed, choice), { mutation })
    const violation = present(failed.violation, 'violation')
    const least = await minimise({ ...failed, violation }, { mutation }, { runsMax: 200 })
    assert.ok(least.scenario.items.length < failed.scenario.items.length)
    assert.equal(least.violation.rule, violation.rule)
    for (const item of least.scenario.items) {
      const items = least.scenario.items.filter((one) => one !== item)
      const { violation: other } = await simulate({ ...least.scenario, items }, { mutation })
      assert.notEqual(other?.rule, violation.rule, `needless: ${JSON.stringify(item)}`)
    }
  })

  it('is told with its seed, the command that repeats it and the least plan', async () => {
    const { mutation, choice } = lockLost
    const { seed } = present(await catchMutation(lockLost), 'catch')
    const failed = await simulate(createScenario(seed, choice), { mutation })
    const text = await describeFailure(failed, { mutation })
    assert.match(text, new RegExp(`--seed ${seed} --trace`))
    assert.match(text, /least plan that fails \(\d+ runs\), \d+ of \d+ items/)
  })
})
