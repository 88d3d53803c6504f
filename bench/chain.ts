// npm run bench -- chain: the same load on our chain and on peers: included a second, and from submission to block.
import { parseArgs } from 'node:util'
import { hexToBytes, privateKeyToAddress } from '@busan/primitives'
import { senderKey, strangerOf } from './lib/chain-state.ts'
import { connect, createSigner, type LoadResult, type Signed, sendLoad } from './lib/load.ts'
import { printTable, short } from './lib/report.ts'
import { startAnvil, startBusan, startHardhat, type Target } from './lib/targets.ts'
import { compileToken, transferData } from './lib/token.ts'

const SENDERS = 200
const COIN = 10n ** 18n
/** The first account of the mnemonic that all development chains fund. */
const RICH_KEY = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')

const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  'busan-1': () => startBusan(1),
  'busan-4': () => startBusan(4),
  hardhat: startHardhat,
  anvil: startAnvil,
}

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
    const start = TARGETS[name]
    if (start === undefined)
      throw new Error(`no such target: ${name}; there are ${Object.keys(TARGETS)}`)
    const target = await start().catch((error: unknown) =>
      console.log(`${name} cannot be had: ${error}`),
    )
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
  const token = await prepare(url, chainId, work)
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

/** Gives the senders coins and, for the token's work, tokens. @returns the token's address, for its work only */
async function prepare(
  url: string,
  chainId: number,
  work: string,
): Promise<`0x${string}` | undefined> {
  const endpoint = connect(url)
  const sign = createSigner(chainId)
  const rich = privateKeyToAddress(RICH_KEY)
  let nonce = Number(await endpoint.call<string>('eth_getTransactionCount', rich, 'latest'))
  const send = async (fields: Parameters<typeof sign>[1]) => {
    const { raw, hash } = sign(RICH_KEY, { ...fields, nonce: nonce++ })
    await endpoint.call('eth_sendRawTransaction', raw)
    return hash
  }
  const senders = Array.from({ length: SENDERS }, (_, index) =>
    privateKeyToAddress(senderKey(index)),
  )
  let last = ''
  for (const to of senders) last = await send({ to, value: 10n * COIN, gasLimit: 21_000n })
  await receiptOf(endpoint, last)
  if (work !== 'erc20') {
    endpoint.close()
    return undefined
  }
  const creation = await send({ data: compileToken().creationCode, gasLimit: 3_000_000n })
  const { contractAddress } = await receiptOf(endpoint, creation)
  for (const to of senders) {
    last = await send({ to: contractAddress, data: transferData(to, COIN), gasLimit: 100_000n })
  }
  await receiptOf(endpoint, last)
  endpoint.close()
  return contractAddress
}

async function receiptOf(endpoint: ReturnType<typeof connect>, hash: string) {
  const endMs = Date.now() + 60_000
  while (Date.now() < endMs) {
    const receipt = await endpoint.call<{ status: string; contractAddress: `0x${string}` } | null>(
      'eth_getTransactionReceipt',
      hash,
    )
    if (receipt?.status === '0x0') throw new Error(`preparing failed: ${hash}`)
    if (receipt !== null) return receipt
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no receipt of ${hash} within a minute`)
}
