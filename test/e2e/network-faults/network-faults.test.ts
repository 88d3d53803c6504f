// A quick choice of the faults; `node test/e2e/network-faults/run.ts` plays all of them.
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { namespacesRefused } from './namespaces.ts'
import { playInNamespaces } from './play.ts'
import type { Outcome } from './stage.ts'

const QUICK = ['partition', 'deaf', 'frozen'] as const
const refused = namespacesRefused()

describe('seven validators in network namespaces', () => {
  let outcomes: readonly Outcome[] = []
  before(async () => {
    if (refused === undefined) outcomes = await playInNamespaces(QUICK, () => {})
  })

  for (const name of QUICK) {
    it(`recover from: ${name}`, { skip: refused ?? false }, () => {
      const outcome = outcomes.find(({ scenario }) => scenario === name)
      assert.ok(outcome, 'the scenario was played')
      const { faultSeconds, blocksDuring, recoverySeconds, receipts } = outcome
      console.log(
        `${name}: ${faultSeconds} s, ${blocksDuring} blocks meanwhile, recovered in ${recoverySeconds} s, ${receipts} receipts`,
      )
      assert.deepEqual(outcome.problems, [])
    })
  }
})
