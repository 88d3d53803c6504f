// Puts each deliberate break into a copy of the contracts and says which tests object; fails when none does.
// node test/contracts/mutations/run.ts [FOLDER...] [--guards] [--part 1/4]; a break takes about fifteen seconds.
// With --guards each `require` and `restricted` is left out instead; a part is every fourth break, say.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { withContractCopy } from '../../../scripts/contract-copy.ts'
import { BREAKS } from './breaks.ts'
import { breaksOf, guardsOf, type Mutant } from './mutants.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    guards: { type: 'boolean', default: false },
    part: { type: 'string', default: '1/1' },
  },
})
const [part = 1, parts = 1] = values.part.split('/').map(Number)
let unnoticed = 0
let copy = ''

await withContractCopy((folderOfCopy) => {
  copy = folderOfCopy
  for (const folder of positionals.length > 0 ? positionals : Object.keys(BREAKS)) {
    const untouched = objectors(folder)
    if (untouched.length > 0) throw new Error(`${folder}: red without a break: ${untouched}`)
    const mutants = values.guards ? guardsOf(folder, copy) : breaksOf(folder, copy)
    const chosen = mutants.filter((_, index) => index % parts === part - 1)
    for (const mutant of chosen) judge(folder, mutant)
  }
})
console.log(unnoticed === 0 ? 'every break is noticed' : `${unnoticed} breaks are not noticed`)
process.exitCode = unnoticed === 0 ? 0 : 1

function judge(folder: string, { what, file, text }: Mutant): void {
  const place = path.join(copy, file)
  const original = readFileSync(place, 'utf8')
  writeFileSync(place, text)
  const found = objectors(folder)
  writeFileSync(place, original)
  if (found.length === 0) unnoticed++
  console.log(`${found.length === 0 ? 'MISSED' : 'caught'} ${what}: ${found.join(', ')}`)
}

/** @returns the tests of a folder that fail */
function objectors(folder: string): string[] {
  // Tests link the libraries that lie built; given files alone, they would take those of the last break.
  const contracts = globSync(`contracts/${folder}/*.sol`, { cwd: copy })
  if (contracts.some(isLinked)) {
    spawnSync('node_modules/.bin/hardhat', ['build', '--quiet', ...contracts], { cwd: copy })
  }
  const files = globSync(`test/contracts/${folder}/*.t.sol`, { cwd: copy })
  const run = spawnSync('node_modules/.bin/hardhat', ['test', 'solidity', ...files], {
    cwd: copy,
    encoding: 'utf8',
  })
  const output = run.stdout + run.stderr
  if (!/\d+ passing/.test(output)) throw new Error(`the tests did not run:\n${output.slice(-3000)}`)
  const failed = [...output.matchAll(/^\s+\d+\) ((?:test|invariant)\w*)/gm)].map(([, name]) => name)
  return [...new Set(failed as string[])]
}

/** Whether a file has a library of its own address. */
function isLinked(file: string): boolean {
  const source = readFileSync(path.join(copy, file), 'utf8')
  return /^library\b/m.test(source) && /\) (?:external|public)\b/.test(source)
}
