// npm run bench -- chain: the same load on our chain and on peers: included a second, and from submission to block.
import { parseArgs } from 'node:util'
import { privateKeyToAddress } from '@busan/primitives'
import { senderKey, strangerOf } from './lib/chain-state.ts'
import { connect, createSigner, type LoadResult, type Signed, sendLoad } from './lib/load.ts'
import { prepareSenders, SENDERS } from './lib/prepare.ts'
import { printTable, short } from './lib/report.ts'
import { startTarget, type Target } from './lib/targets.ts'
import { transferData } from './lib/token.ts'

/** `--targets a,b`, `--work transfers,erc20`, `--count N`, `--rate N` (a second; absent: all it takes), `--rounds N`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      targets: { type: 'string', default: 'busan-1,hardhat,anvil' },
      work: { type: 'string', default: 'transfers,erc20' },
      count: { type: 'string', default: '20000' },
      rate: { type: 'string' },
    },
  })
  const rows = [
    ['', 'work', 'offered', 'included', 'tx/s', 'p50 ms', 'p95 ms', 'p99 ms', 'times the first'],
  ]
  const firsts = new Map<string, number>()
  for (const name of values.targets.split(',')) {
    const target = await startTarget(name)
    if (target === undefined) continue
    try {
      for (const work of values.work.split(',')) {
        const rate = values.rate === undefined ? undefined : Number(values.rate)
        const result = await measure(target, work, Number(values.count), rate)
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

async function measure(
  { url }: Target,
  work: string,
  count: number,
  perSecond: number | undefined,
): Promise<LoadResult> {
  const endpoint = connect(url)
  const chainId = Number(await endpoint.call<string>('eth_chainId'))
  const token = await prepareSenders(url, { withToken: work === 'erc20' })
  const sign = createSigner(chainId)
  const bySender: Signed[][] = []
  for (let index = 0; index < SENDERS; index++) {
    const key = senderKey(index)
    const address = privateKeyToAddress(key)
    const nonce = Number(await endpoint.call<string>('eth_getTransactionCount', address, 'latest'))
    const transactions = Array.from({ length: Math.ceil(count / SENDERS) }, (_, i) => {
      const to = strangerOf(`load ${work} ${index} ${i}`)
      const fields =
        token === undefined
          ? { to, value: 1n, gasLimit: 21_000n }
          : { to: token, data: transferData(to, 1n), gasLimit: 100_000n }
      return sign(key, { ...fields, nonce: nonce + i })
    })
    bySender.push(transactions)
  }
  endpoint.close()
  return sendLoad(url, bySender, {
    giveUpMs: 30_000,
    ...(perSecond === undefined ? {} : { perSecond }),
  })
}
