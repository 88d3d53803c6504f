import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import {
  type Governance,
  governanceDifferences,
  ROLES,
  roleName,
  SYSTEM_ADDRESSES,
} from '../src/index.ts'

const ROOT = new URL('../../../', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8')
const governance: Governance = JSON.parse(read('chain-config/devnet/governance.json'))

suite('governance', () => {
  test('roles are those of Roles.sol', () => {
    const source = read('contracts/governance/Roles.sol')
    const listed = [...source.matchAll(/uint64 internal constant (\w+) = (\d+);/g)]
    const expected = [['ADMIN', 0n], ...listed.map(([, name, id]) => [name, BigInt(id as string)])]
    assert.deepEqual(Object.entries(ROLES), expected)
    assert.equal(roleName(61n), 'PERMISSION_ADMIN')
    assert.equal(roleName(99n), 'role 99')
    assert.equal(roleName(2n ** 64n - 1n), 'PUBLIC')
  })

  test('addresses are those of the genesis builder', () => {
    const contracts: { name: string; address: string }[] = JSON.parse(
      read('chain-config/system-contracts.json'),
    )
    for (const [name, address] of Object.entries(SYSTEM_ADDRESSES)) {
      assert.equal(contracts.find((one) => one.name === name)?.address, address)
    }
  })

  test('each difference is told by its path, and the block is none', () => {
    assert.deepEqual(governanceDifferences(governance, { ...governance, blockNumber: 9 }), [])
    const { ADMIN = [], ...roles } = governance.roles
    const stolen = { ...roles, ADMIN, UPGRADER: ADMIN }
    const slack = { ...governance.timelock, minDelaySeconds: 0 }
    assert.deepEqual(
      governanceDifferences(governance, { ...governance, roles: stolen, timelock: slack }),
      [
        'roles.UPGRADER.0.account: absent, now "0x000000000000000000000000000000000000B002"',
        'roles.UPGRADER.0.executionDelaySeconds: absent, now 0',
        'timelock.minDelaySeconds: 60, now 0',
      ],
    )
  })
})
