import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { ABIS_FILE, contractFiles } from '../../scripts/contract-abis.ts'
import { PAGES_FOLDER } from '../../scripts/contract-pages.ts'
import { buildContracts, ROOT } from './artifacts.ts'

before(buildContracts)

test('the ABIs of the SDK and the reference pages are what the contracts say: node scripts/contract-abis.ts writes them', () => {
  const wanted = contractFiles()
  const lying = [ABIS_FILE, ...globSync(`${PAGES_FOLDER}/*`, { cwd: ROOT })]
  const differing = [...new Set([...wanted.keys(), ...lying])].filter(
    (file) =>
      !lying.includes(file) || readFileSync(path.join(ROOT, file), 'utf8') !== wanted.get(file),
  )
  assert.deepEqual(differing, [], 'run node scripts/contract-abis.ts')
})
