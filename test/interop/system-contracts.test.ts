// chain-config/system-contracts.json is what the Solidity sources compile to.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { SYSTEM_CONTRACTS_FILE, systemContracts } from '../../scripts/system-contracts.ts'
import { buildContracts, ROOT } from './artifacts.ts'

interface Contract {
  readonly name: string
  readonly bytecode: string
}

/** What the compiler appends changes with every comment, and means nothing to the chain. */
function withoutMetadata(text: string): readonly Contract[] {
  return (JSON.parse(text) as Contract[]).map((contract) => {
    const { bytecode } = contract
    const sizeBytes = Number.parseInt(bytecode.slice(-4), 16) + 2
    return { ...contract, bytecode: bytecode.slice(0, -2 * sizeBytes) }
  })
}

before(() => buildContracts())

describe('system-contracts.json', () => {
  it('is younger than the sources; else run node scripts/system-contracts.ts', () => {
    const file = withoutMetadata(readFileSync(path.join(ROOT, SYSTEM_CONTRACTS_FILE), 'utf8'))
    const now = withoutMetadata(systemContracts())
    for (const [index, { name }] of now.entries()) {
      assert.ok(JSON.stringify(file[index]) === JSON.stringify(now[index]), `${name} differs`)
    }
    assert.equal(file.length, now.length)
  })
})
