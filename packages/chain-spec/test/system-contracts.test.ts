import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { genesisWith, type Keys, parse, problemsOf } from './genesis-fixture.ts'

const REGISTRY = `0x${'00'.repeat(18)}8888`
const alloc: Keys = { [REGISTRY]: { balance: '0x0', code: '0x00' } }
const problemsWith = (systemContracts: Keys, top: Keys = { alloc }) =>
  problemsOf(() => parse(genesisWith(top, { systemContracts })))

describe('config.systemContracts', () => {
  test('names the registry, and what can be called without its leave', () => {
    const recovery = [{ to: REGISTRY.toUpperCase().replace('X', 'x'), selectors: ['0xAABBCCDD'] }]
    const keys = { permissionRegistry: REGISTRY, recovery }
    const { systemContracts } = parse(genesisWith({ alloc }, { systemContracts: keys }))
    assert.equal(systemContracts.permissionRegistry, REGISTRY)
    assert.deepEqual([...systemContracts.recovery], [[REGISTRY, new Set(['0xaabbccdd'])]])
  })

  test('absent, nothing is asked', () => {
    const { systemContracts } = parse(genesisWith())
    assert.equal(systemContracts.permissionRegistry, undefined)
    assert.equal(systemContracts.recovery.size, 0)
  })

  test('a registry without code would lock everybody out', () => {
    assert.deepEqual(problemsWith({ permissionRegistry: REGISTRY }, {}), [
      `config.systemContracts.permissionRegistry: names ${REGISTRY}, which has no code in alloc`,
    ])
  })

  test('selectors are four bytes, and there are some', () => {
    assert.deepEqual(problemsWith({ recovery: [{ to: REGISTRY, selectors: ['0xaabbcc'] }] }), [
      'config.systemContracts.recovery[0].selectors[0]: must be a function selector: 0x and 8 hex digits',
    ])
    assert.deepEqual(problemsWith({ recovery: [{ to: REGISTRY, selectors: [] }] }), [
      'config.systemContracts.recovery[0].selectors: must name at least one function',
    ])
  })
})
