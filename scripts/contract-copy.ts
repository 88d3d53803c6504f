import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT } from '../test/interop/artifacts.ts'

/** What the Solidity tests need. */
const COPIED = ['contracts', 'test/contracts', 'chain-config', 'hardhat.config.ts', 'package.json']

/** Lets `use` change a copy of the contracts and their tests, in which Hardhat runs; then removes the copy. */
export async function withContractCopy(use: (copy: string) => Promise<void> | void): Promise<void> {
  const copy = mkdtempSync(path.join(tmpdir(), 'busan-contracts-'))
  try {
    for (const name of COPIED) {
      cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true })
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))
    await use(copy)
  } finally {
    rmSync(copy, { recursive: true })
  }
}
