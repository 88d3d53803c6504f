// npm run bench -- caliper: Hyperledger Caliper measures the same work as our own generator, on one chain, by turns.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { installApart } from '../scripts/install-apart.ts'
import {
  benchmarkConfig,
  type CaliperRound,
  networkConfig,
  readReport,
} from './lib/caliper-files.ts'
import type { LoadResult } from './lib/load.ts'
import { offerLoad } from './lib/offer-load.ts'
import { printTable, spread } from './lib/report.ts'
import { startTarget } from './lib/targets.ts'

const FOLDER = path.join(import.meta.dirname, 'caliper')
/** What Caliper offers of what our generator got into blocks, so that the chain sets the limit. */
const EXCESS = 1.5
const CALIPER_DEADLINE_MS = 300_000

/** `--target NAME`, `--work transfers,erc20`, `--count N`, `--rate N` (a second, for both), `--workers N`, `--rounds N`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: 'string', default: 'busan-1' },
      work: { type: 'string', default: 'transfers,erc20' },
      count: { type: 'string', default: '20000' },
      rate: { type: 'string' },
      workers: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '3' },
    },
  })
  const isInstalled = await installApart(FOLDER).then(
    () => true,
    (error: unknown) => console.log(`Caliper cannot be had: ${error}`),
  )
  const target = isInstalled ? await startTarget(values.target) : undefined
  if (target === undefined) return
  const works = values.work.split(',')
  const count = Number(values.count)
  const rate = values.rate === undefined ? undefined : Number(values.rate)
  const series = works.map((work) => ({ work, ours: [] as number[], caliper: [] as number[] }))
  try {
    for (let round = 0; round < Number(values.rounds); round++) {
      const ours: LoadResult[] = []
      for (const work of works) ours.push(await offerLoad(target.url, { work, count, rate }))
      const rounds = works.map((work, index) => {
        const { included, perSecond: found } = ours[index] as LoadResult
        if (included === 0) throw new Error(`no block has any of our own generator's ${work}`)
        const perSecond = rate ?? Math.ceil(EXCESS * found)
        return { work, count, perSecond }
      })
      const [heading = [], ...rows] = await runCaliper(target.url, rounds, Number(values.workers))
      console.log('')
      printTable([
        ['measured by', ...heading],
        ...ours.map((result, index) => ['our generator', works[index] as string, ...rowOf(result)]),
        ...rows.map((row) => ['Caliper', ...row]),
      ])
      series.forEach((one, index) => {
        one.ours.push((ours[index] as LoadResult).perSecond)
        one.caliper.push(Number(rows[index]?.[heading.indexOf('Throughput (TPS)')]))
      })
    }
  } finally {
    await target.close()
  }
  console.log(`\n${target.name}, tx/s, ${values.rounds} rounds:`)
  printTable([
    ['', 'our generator', 'Caliper', 'Caliper to ours'],
    ...series.map(({ work, ours, caliper }) => {
      const ratios = caliper.map((value, index) => value / (ours[index] as number))
      return [work, spread(ours), spread(caliper), spread(ratios)]
    }),
  ])
}

/** Caliper's columns after the name. */
function rowOf(result: LoadResult): string[] {
  const { included, offered, errors, latenciesMs, offeredPerSecond, perSecond } = result
  const seconds = (ms: number) => (ms / 1000).toFixed(2)
  const averageMs = latenciesMs.reduce((sum, ms) => sum + ms, 0) / included
  return [
    ...[String(included), String(offered - included + errors.length), offeredPerSecond.toFixed(1)],
    ...[seconds(latenciesMs.at(-1) ?? Number.NaN), seconds(latenciesMs[0] ?? Number.NaN)],
    ...[seconds(averageMs), perSecond.toFixed(1)],
  ]
}

/** Runs Caliper's manager, which forks its workers. @returns the table of its report, its heading first */
async function runCaliper(
  url: string,
  rounds: readonly CaliperRound[],
  workers: number,
): Promise<string[][]> {
  const workspace = await mkdtemp(path.join(os.tmpdir(), 'busan-caliper-'))
  try {
    const write = async (name: string, config: object) => {
      await writeFile(path.join(workspace, name), JSON.stringify(config))
    }
    const module = path.join(FOLDER, 'workload.ts')
    await write('benchmark.json', benchmarkConfig(rounds, { workers, module }))
    await write('network.json', networkConfig(url))
    const manager = spawn(
      process.execPath,
      [
        // Its rate control sleeps until times that are past.
        ...['--disable-warning=TimeoutNegativeWarning', path.join(FOLDER, 'launch.ts')],
        ...['launch', 'manager'],
        ...['--caliper-workspace', workspace, '--caliper-benchconfig', 'benchmark.json'],
        ...['--caliper-networkconfig', 'network.json'],
      ],
      { cwd: workspace, stdio: ['ignore', 'pipe', 'inherit'], timeout: CALIPER_DEADLINE_MS },
    )
    const log = await text(manager.stdout)
    try {
      return readReport(log, rounds.length)
    } catch (error) {
      console.error(log)
      throw error
    }
  } finally {
    await rm(workspace, { recursive: true, force: true })
  }
}
