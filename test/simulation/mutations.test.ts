// Every deliberate break is found out, and the page that says by what is up to date.
// `node test/simulation/mutations.test.ts --write` writes the page.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createScenario, simulate } from '@busan/testkit'
import { type Catch, catchMutation, SEEDS_MAX } from './mutations/catch.ts'
import { MUTATIONS } from './mutations/list.ts'
import { renderMutations } from './mutations/page.ts'
import { rememberSignatures } from './remembered-signatures.ts'

const PAGE = new URL('../../docs/reference/consensus-mutations.md', import.meta.url)

rememberSignatures()

describe('a deliberate break', () => {
  const catches = new Map<string, Catch>()
  for (const listed of MUTATIONS) {
    it(`is caught: ${listed.name}`, async () => {
      const caught = await catchMutation(listed)
      assert.ok(caught !== undefined, `survived ${SEEDS_MAX} seeds`)
      const unbroken = await simulate(createScenario(caught.seed, listed.choice))
      assert.equal(unbroken.violation, undefined, 'the break is what was caught')
      catches.set(listed.name, caught)
    })
  }

  it('stands on the page with what caught it', () => {
    const page = renderMutations(MUTATIONS, catches)
    if (process.argv.includes('--write')) writeFileSync(PAGE, page)
    const written = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
    assert.equal(written, page, 'run: node test/simulation/mutations.test.ts --write')
  })
})
