// Lines and branches of the contracts that the Solidity tests run: `npm run contracts:coverage`. Fails below the
// targets. A branch is one outcome of one condition without && or ||; contract-branches.ts says how it is seen.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { buildContracts, ROOT } from '../test/interop/artifacts.ts'
import { type Branch, type ProbedSource, probeConditions } from './contract-branches.ts'
import { readSources } from './contract-build.ts'
import { withContractCopy } from './contract-copy.ts'
import { hardhat } from './hardhat.ts'

/** Least share of lines and of branches, in per cent, for each file. */
const TARGETS = { lines: 100, branches: 95 }

interface Coverage {
  readonly file: string
  readonly lines: Share
  readonly branches: Share
}

interface Share {
  readonly percent: number
  /** What no test ran, in words. */
  readonly missed: readonly string[]
}

let coverage: Coverage[] = []
await buildContracts()
await withContractCopy(async (copy) => {
  const sources = new Map<string, ProbedSource>()
  for (const [file, ast] of readSources()) {
    const probed = probeConditions(readFileSync(path.join(ROOT, file), 'utf8'), ast)
    writeFileSync(path.join(copy, file), probed.text)
    sources.set(file, probed)
  }
  const { code, output } = await hardhat(['test', 'solidity', '--coverage'], copy)
  if (code !== 0) throw new Error(`the tests fail under coverage:\n${output}`)
  coverage = readLcov(path.join(copy, 'coverage', 'lcov.info'), sources)
})
console.table(
  Object.fromEntries(
    coverage.map(({ file, lines, branches }) => [
      file,
      { 'lines, %': lines.percent, 'branches, %': branches.percent },
    ]),
  ),
)
for (const { file, lines, branches } of coverage) {
  for (const missed of [...lines.missed, ...branches.missed]) console.log(`${file}: ${missed}`)
}
const isShort = coverage.some(
  ({ lines, branches }) => lines.percent < TARGETS.lines || branches.percent < TARGETS.branches,
)
process.exitCode = isShort ? 1 : 0

function readLcov(lcov: string, sources: ReadonlyMap<string, ProbedSource>): Coverage[] {
  const found: Coverage[] = []
  for (const record of readFileSync(lcov, 'utf8').split('end_of_record')) {
    const file = /^SF:(.+)$/m.exec(record)?.[1] ?? ''
    const source = sources.get(file)
    if (source === undefined) continue
    const isRun = new Map(
      [...record.matchAll(/^DA:(\d+),(\d+)$/gm)].map(([, line, hits]) => [
        Number(line),
        hits !== '0',
      ]),
    )
    const own = [...isRun].filter(([line]) => line <= source.sourceLines)
    const outcomes = source.branches.flatMap((branch) => outcomesOf(branch, isRun))
    found.push({
      file,
      lines: shareOf(own.map(([line, isHit]) => ({ isHit, missed: `line ${line}` }))),
      branches: shareOf(outcomes),
    })
  }
  return found.toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

function outcomesOf(
  { line, condition, outcomeLines }: Branch,
  isRun: ReadonlyMap<number, boolean>,
) {
  return Object.entries(outcomeLines).map(([outcome, place]) => ({
    isHit: isRun.get(place) === true,
    missed: `line ${line}: never ${outcome}: ${condition}`,
  }))
}

function shareOf(all: readonly { readonly isHit: boolean; readonly missed: string }[]): Share {
  const missed = all.filter(({ isHit }) => !isHit).map((one) => one.missed)
  const share = all.length === 0 ? 1 : (all.length - missed.length) / all.length
  return { percent: Math.floor(share * 1000) / 10, missed }
}
