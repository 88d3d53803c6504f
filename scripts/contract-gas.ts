// Gas of the calls that matter, measured by test/contracts/*/*Gas.t.sol and recorded in snapshots/ (Hardhat's gas
// snapshots). `npm run contracts:gas` prints them and fails when one differs; `-- --update` records what is measured.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { hardhat } from './hardhat.ts'

/** Measures again, and compares with what is recorded or records it. `output` is Hardhat's. */
export function measureGas(mode: 'check' | 'update'): Promise<{ code: number; output: string }> {
  const flag = mode === 'check' ? '--snapshot-check' : '--snapshot'
  return hardhat(['test', 'solidity', ...globSync('test/contracts/*/*Gas.t.sol').sort(), flag])
}

function recordedGas(): Record<string, string>[] {
  return globSync('snapshots/*.json')
    .sort()
    .flatMap((file) => {
      const figures: Record<string, string> = JSON.parse(readFileSync(file, 'utf8'))
      return Object.entries(figures).map(([call, gas]) => ({
        contracts: path.basename(file, '.json'),
        call,
        gas: Number(gas).toLocaleString('en'),
      }))
    })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code, output } = await measureGas(process.argv.includes('--update') ? 'update' : 'check')
  if (code !== 0) console.log(output)
  console.table(recordedGas())
  process.exitCode = code
}
