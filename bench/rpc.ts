// npm run bench -- rpc: the same reads on our chain and on peers, answers a second.
import { parseArgs } from 'node:util'
import { type Hex, privateKeyToAddress } from '@busan/primitives'
import { senderKey, strangerOf } from './lib/chain-state.ts'
import { connect, createSigner } from './lib/load.ts'
import { prepareSenders, SENDERS } from './lib/prepare.ts'
import { hammer, type ReadResult } from './lib/read-load.ts'
import { median, printTable, spread } from './lib/report.ts'
import { startTarget, type Target } from './lib/targets.ts'
import { balanceOfData, transferData } from './lib/token.ts'

const ATTEMPTS = 5

/** A question, by a short name. */
interface Read {
  readonly name: string
  readonly body: string
}

/** A chain that is up, and what it is asked. */
interface Prepared {
  readonly target: Target
  readonly reads: readonly Read[]
}

/** `--targets a,b`, `--rounds N`, `--ms N` (for each question, target and round), `--reads a,b` (default: all). */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      targets: { type: 'string', default: 'busan-1,hardhat,anvil' },
      rounds: { type: 'string', default: '3' },
      ms: { type: 'string', default: '2000' },
      reads: { type: 'string' },
    },
  })
  const prepared: Prepared[] = []
  try {
    for (const name of values.targets.split(',')) {
      const target = await startTarget(name)
      if (target !== undefined) prepared.push({ target, reads: await prepareReads(target.url) })
    }
    const names = values.reads?.split(',') ?? prepared[0]?.reads.map(({ name }) => name) ?? []
    const results = await measure(prepared, names, {
      rounds: Number(values.rounds),
      durationMs: Number(values.ms),
    })
    printTable(tableOf(prepared, names, results))
  } finally {
    for (const { target } of prepared) await target.close()
  }
}

type Results = ReadonlyMap<string, readonly ReadResult[]>

/** Each round asks every target every question, beginning with another target each time. */
async function measure(
  prepared: readonly Prepared[],
  names: readonly string[],
  { rounds, durationMs }: { readonly rounds: number; readonly durationMs: number },
): Promise<Results> {
  const results = new Map<string, ReadResult[]>()
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      for (let turn = 0; turn < prepared.length; turn++) {
        const { target, reads } = prepared[(turn + round) % prepared.length] as Prepared
        const read = reads.find((one) => one.name === name)
        if (read === undefined) throw new Error(`no such read: ${name}`)
        const result = await hammer(target.url, read.body, durationMs)
        const key = `${target.name} ${name}`
        results.set(key, [...(results.get(key) ?? []), result])
      }
    }
  }
  return results
}

function tableOf(prepared: readonly Prepared[], names: readonly string[], results: Results) {
  const rateOf = (target: Target, name: string) =>
    (results.get(`${target.name} ${name}`) ?? []).map(({ perSecond }) => perSecond)
  const [ours] = prepared
  const rows = [['', 'server', 'answers/s', 'p99 ms', `times this: ${ours?.target.name}`]]
  for (const name of names) {
    for (const { target } of prepared) {
      const p99Ms = (results.get(`${target.name} ${name}`) ?? []).map((one) => one.p99Ms)
      const rates = rateOf(target, name)
      const times = median(rateOf((ours as Prepared).target, name)) / median(rates)
      rows.push([name, target.name, spread(rates), spread(p99Ms), times.toFixed(2)])
    }
  }
  return rows
}

/** Brings a block of 200 token transfers about and asks for it. @throws Error when an answer is an error */
async function prepareReads(url: string): Promise<readonly Read[]> {
  const token = (await prepareSenders(url, { withToken: true })) as Hex
  const endpoint = connect(url)
  const { number, transactions } = await blockOfTransfers(endpoint, token)
  const holder = privateKeyToAddress(senderKey(0))
  const questions: readonly (readonly [string, string, readonly unknown[]])[] = [
    ['chainId', 'eth_chainId', []],
    ['blockNumber', 'eth_blockNumber', []],
    ['getBalance', 'eth_getBalance', [holder, 'latest']],
    ['call', 'eth_call', [{ to: token, data: balanceOfData(holder) }, 'latest']],
    ['block', 'eth_getBlockByNumber', [number, false]],
    ['fullBlock', 'eth_getBlockByNumber', [number, true]],
    ['logs', 'eth_getLogs', [{ fromBlock: number, toBlock: number, address: token }]],
    ['receipt', 'eth_getTransactionReceipt', [transactions[SENDERS / 2]]],
  ]
  const reads: Read[] = []
  for (const [name, method, params] of questions) {
    const result = await endpoint.call<unknown>(method, ...params)
    if (result === null) throw new Error(`${method} finds nothing`)
    reads.push({ name, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  }
  endpoint.close()
  return reads
}

/** One transfer of each sender, all in one block; a load that two blocks divide is sent once more. */
async function blockOfTransfers(endpoint: ReturnType<typeof connect>, token: Hex) {
  const sign = createSigner(Number(await endpoint.call<string>('eth_chainId')))
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const signed: Hex[] = []
    for (let index = 0; index < SENDERS; index++) {
      const key = senderKey(index)
      const sender = privateKeyToAddress(key)
      const nonce = Number(await endpoint.call('eth_getTransactionCount', sender, 'pending'))
      const data = transferData(strangerOf(`read ${attempt} ${index}`), 1n)
      signed.push(sign(key, { nonce, to: token, data, gasLimit: 100_000n }).raw)
    }
    let next = await nextBlock(endpoint)
    await Promise.all(signed.map((raw) => endpoint.call('eth_sendRawTransaction', raw)))
    for (let included = 0; included < SENDERS; ) {
      const block = await blockAt(endpoint, next++)
      included += block.transactions.length
      if (block.transactions.length === SENDERS) return block
    }
  }
  throw new Error(`no block held all ${SENDERS} transfers in ${ATTEMPTS} attempts`)
}

/** Waits for a block, so that what follows has a whole block period. @returns the number of the one after it */
async function nextBlock(endpoint: ReturnType<typeof connect>): Promise<number> {
  const head = Number(await endpoint.call<string>('eth_blockNumber'))
  await blockAt(endpoint, head + 1)
  return head + 2
}

async function blockAt(endpoint: ReturnType<typeof connect>, number: number) {
  const endMs = Date.now() + 30_000
  while (Date.now() < endMs) {
    const block = await endpoint.call<{ number: Hex; transactions: Hex[] } | null>(
      'eth_getBlockByNumber',
      `0x${number.toString(16)}`,
      false,
    )
    if (block !== null) return block
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`no block ${number} within 30 s`)
}
