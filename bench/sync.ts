// npm run bench -- sync: a node that starts with nothing takes over a chain that a validator has made under load.
import { parseArgs } from 'node:util'
import { rpc, until } from '../test/e2e/chain-process.ts'
import { offerLoad } from './lib/offer-load.ts'
import { printTable, short } from './lib/report.ts'
import { startValidators } from './lib/targets.ts'

const DEADLINE_MS = 300_000

interface Head {
  readonly number: string
  readonly hash: string
}

/** `--work transfers,erc20`, `--count N` transactions of each. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      work: { type: 'string', default: 'transfers,erc20' },
      count: { type: 'string', default: '20000' },
    },
  })
  const rows = [['', 'blocks', 'made in s', 'taken over in s', 'tx/s', 'times as fast as made']]
  for (const work of values.work.split(',')) rows.push(await measure(work, Number(values.count)))
  console.log('')
  printTable(rows)
}

async function measure(work: string, count: number): Promise<string[]> {
  const { network, first } = await startValidators(1)
  try {
    const startedMs = performance.now()
    const { included } = await offerLoad(first.url, { work, count })
    const madeMs = performance.now() - startedMs
    const head = await rpc<Head>(first.url, 'eth_getBlockByNumber', 'latest', false)
    const { rpcNode } = network
    rpcNode.start()
    const headOf = () => rpc<Head | null>(rpcNode.url, 'eth_getBlockByNumber', head.number, false)
    const since = await rpcNode.explain(answering(rpcNode.url))
    const taken = await rpcNode.explain(
      until('the same block', DEADLINE_MS, headOf, (block) => block !== null),
    )
    const tookMs = performance.now() - since
    if (taken?.hash !== head.hash) throw new Error(`block ${head.number} differs`)
    return [
      ...[work, String(Number(head.number)), short(madeMs / 1000), short(tookMs / 1000)],
      ...[short((included / tookMs) * 1000), short(madeMs / tookMs)],
    ]
  } finally {
    await network.close()
  }
}

/** @returns when the node first answered: its start is not counted */
async function answering(url: string): Promise<number> {
  const ask = () => rpc<string>(url, 'eth_chainId')
  await until(`${url} answers`, DEADLINE_MS, ask, () => true)
  return performance.now()
}
