// Runs every test, tier by tier, and ends with one line: "N passed, N failed". Arguments narrow the tiers or files.
import { globSync } from 'node:fs'
import { run } from 'node:test'
import { runSolidityTests } from './solidity-tests.ts'

/**
 * Tiers in the order that fails fastest; tests of one tier may share the machine, tiers may not. Tools of others leave
 * timers that nobody can stop (MetaMask's fee poller, when it is stopped while it starts), so their files are ended.
 */
const TIERS: readonly Tier[] = [
  { name: 'unit', globs: ['packages/*/test/**/*.test.ts', 'test/*.test.ts'], concurrency: 2 },
  { name: 'simulation', globs: ['test/simulation/**/*.test.ts'], concurrency: 2 },
  { name: 'conformance', globs: ['test/conformance/**/*.test.ts'], concurrency: 2 },
  { name: 'e2e', globs: ['test/e2e/**/*.test.ts'], concurrency: 1 },
  { name: 'journeys', globs: ['test/journeys/**/*.test.ts'], concurrency: 1 },
  {
    name: 'interop',
    globs: ['test/interop/**/*.test.ts'],
    concurrency: 1,
    forceExit: true,
  },
  { name: 'container', globs: ['test/container/**/*.test.ts'], concurrency: 1 },
]

const totals = { passed: 0, failed: 0, skipped: 0 }
const chosen = process.argv.slice(2)

for (const tier of TIERS) {
  const files = globSync([...tier.globs])
    .filter((file) => isChosen(tier.name, file))
    .sort()
  if (files.length === 0) continue
  await runTier(tier, files)
}
if (isChosen('contracts', 'test/contracts')) {
  const { passed, failed } = await runSolidityTests()
  totals.passed += passed
  totals.failed += failed
}

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0

function isChosen(tier: string, file: string): boolean {
  return chosen.length === 0 || chosen.some((word) => word === tier || file.includes(word))
}

interface Tier {
  readonly name: string
  readonly globs: readonly string[]
  readonly concurrency: number
  /** Ends a file's process when its tests have ended; default: it has to end by itself. */
  readonly forceExit?: boolean
}

async function runTier(tier: Tier, files: string[]): Promise<void> {
  const { name, concurrency, forceExit = false } = tier
  console.log(`\n== ${name}: ${files.length} files`)
  for await (const event of run({ files, concurrency, forceExit })) {
    if (event.type === 'test:pass' || event.type === 'test:fail') report(event)
    if (event.type === 'test:stderr') process.stderr.write(event.data.message)
  }
}

interface Outcome {
  readonly type: 'test:pass' | 'test:fail'
  readonly data: {
    readonly name: string
    readonly file?: string
    readonly skip?: string | boolean
    readonly details: {
      readonly type?: string
      readonly duration_ms: number
      readonly error?: Error
    }
  }
}

function report(event: Outcome): void {
  const { name, file = '', skip, details } = event.data
  const place = file.replace(`${process.cwd()}/`, '')
  // A file that fails to load is reported as a failed test of its own name, with no suite around it.
  if (event.type === 'test:fail') {
    if (details.type !== 'suite') totals.failed++
    console.log(`FAIL ${place}: ${name}\n${indent(describe(details.error))}`)
  } else if (details.type !== 'suite' && place !== name) {
    if (skip === undefined || skip === false) totals.passed++
    else {
      totals.skipped++
      console.log(`skip ${place}: ${name}: ${String(skip)}`)
    }
    if (details.duration_ms > 10_000) {
      console.log(`  ok ${place}: ${name} (${Math.round(details.duration_ms / 1000)} s)`)
    }
  }
}

function describe(error: Error | undefined): string {
  const cause = error?.cause instanceof Error ? error.cause : error
  return cause?.stack ?? String(cause)
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
