// npm run bench -- chain: the same load on our chain and on peers: included a second, and from submission to block.
import { parseArgs } from 'node:util'
import type { LoadResult } from './lib/load.ts'
import { offerLoad } from './lib/offer-load.ts'
import { printTable, short } from './lib/report.ts'
import { startTarget } from './lib/targets.ts'

/**
 * `--targets a,b`, `--url URL` (a chain that runs already; several times), `--work transfers,erc20`, `--count N`, `--rate N`
 * (a second; absent: all it takes).
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      targets: { type: 'string', default: 'busan-1,hardhat,anvil' },
      url: { type: 'string', multiple: true, default: [] },
      work: { type: 'string', default: 'transfers,erc20' },
      count: { type: 'string', default: '20000' },
      rate: { type: 'string' },
    },
  })
  const rows = [
    ['', 'work', 'offered', 'included', 'tx/s', 'p50 ms', 'p95 ms', 'p99 ms', 'times the first'],
  ]
  const firsts = new Map<string, number>()
  for (const name of [...values.targets.split(','), ...values.url]) {
    const target = await startTarget(name)
    if (target === undefined) continue
    try {
      for (const work of values.work.split(',')) {
        const rate = values.rate === undefined ? undefined : Number(values.rate)
        const count = Number(values.count)
        const result = await offerLoad(target.url, { work, count, rate, richKey: target.richKey })
        if (!firsts.has(work)) firsts.set(work, result.perSecond)
        rows.push(rowOf(target.name, work, result, firsts.get(work) as number))
      }
    } finally {
      await target.close()
    }
  }
  console.log('')
  printTable(rows)
}

function rowOf(name: string, work: string, result: LoadResult, first: number): string[] {
  const { offered, included, perSecond, latenciesMs, errors } = result
  const percentile = (part: number) =>
    short(latenciesMs[Math.floor(part * (included - 1))] ?? Number.NaN)
  if (errors.length > 0) console.log(`${name}: ${errors.length} refused, first: ${errors[0]}`)
  return [
    ...[name, work, short(offered), short(included), short(perSecond)],
    ...[percentile(0.5), percentile(0.95), percentile(0.99), (perSecond / first).toFixed(2)],
  ]
}
