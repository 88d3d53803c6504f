import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ABIS_FILE, contractAbis } from '../../scripts/contract-abis.ts'
import { buildContracts } from './artifacts.ts'

test('the ABIs of the SDK are those of the contracts: node scripts/contract-abis.ts writes them', async () => {
  await buildContracts()
  assert.ok(readFileSync(ABIS_FILE, 'utf8') === contractAbis(), 'run node scripts/contract-abis.ts')
})
