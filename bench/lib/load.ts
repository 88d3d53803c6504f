// Transactions for any chain that speaks JSON-RPC: signed beforehand, sent over kept-alive connections, timed until seen
// in a block.
import { Agent, request } from 'node:http'
import {
  bytesToBigint,
  bytesToHex,
  type Hash,
  type Hex,
  keccakHash,
  signDigest,
} from '@busan/primitives'
import { Common, Mainnet } from '@ethereumjs/common'
import { createFeeMarket1559Tx, type FeeMarketEIP1559TxData } from '@ethereumjs/tx'

/** Kept-alive connections of a load: so many clients wait for an answer at once, as each waits before it sends again. */
export const CONNECTIONS = 128
const POLL_MS = 25
const MAX_FEE_WEI = 10n ** 11n

/** A JSON-RPC endpoint over kept-alive connections. */
export interface Endpoint {
  call<Result>(method: string, ...params: readonly unknown[]): Promise<Result>
  close(): void
}

/**
 * @param url http://host:port
 * @param connections more requests than these wait for their turn, the first first
 */
export function connect(url: string, connections = CONNECTIONS): Endpoint {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let id = 0
  const post = (body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }
      const sent = request(url, { agent, method: 'POST', headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve(text))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return {
    async call(method, ...params) {
      const answer = JSON.parse(
        await post(JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })),
      )
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
      return answer.result
    },
    close: () => agent.destroy(),
  }
}

/** A signed transaction and its hash. */
export interface Signed {
  readonly raw: Hex
  readonly hash: Hash
}

/** Signs fields for a chain, natively: twenty thousand take two seconds. */
export function createSigner(
  chainId: number,
): (key: Uint8Array, fields: FeeMarketEIP1559TxData) => Signed {
  const common = new Common({ chain: { ...Mainnet, chainId }, hardfork: 'cancun' })
  return (key, fields) => {
    const priced = { chainId, maxFeePerGas: MAX_FEE_WEI, maxPriorityFeePerGas: 1n, ...fields }
    const unsigned = createFeeMarket1559Tx(priced, { common })
    const seal = signDigest(unsigned.getHashedMessageToSign(), key)
    const [r, s] = [bytesToBigint(seal.subarray(0, 32)), bytesToBigint(seal.subarray(32, 64))]
    const bytes = unsigned.addSignature(BigInt(seal[64] as number), r, s).serialize()
    return { raw: bytesToHex(bytes), hash: keccakHash(bytes) }
  }
}

/** What became of a load. */
export interface LoadResult {
  readonly offered: number
  readonly included: number
  /** Submitted per second, refused ones too. */
  readonly offeredPerSecond: number
  /** Included per second, from the first submission to the last inclusion. */
  readonly perSecond: number
  /** From submission to the block being seen, in milliseconds, ascending. */
  readonly latenciesMs: readonly number[]
  readonly errors: readonly string[]
}

/**
 * Sends each sender's transactions in their order, all senders at once, and watches blocks until all are in.
 * @param bySender one list for each sender
 * @param options.perSecond sent at this rate; absent: as fast as answers come
 * @param options.giveUpMs after the last submission
 */
export async function sendLoad(
  url: string,
  bySender: readonly (readonly Signed[])[],
  options: { readonly perSecond?: number; readonly giveUpMs: number },
): Promise<LoadResult> {
  const endpoint = connect(url)
  const submittedMs = new Map<string, number>()
  const errors: string[] = []
  const latenciesMs: number[] = []
  let lastMs = performance.now()
  const following = await followBlocks(url, ({ transactions }) => {
    const nowMs = performance.now()
    for (const hash of transactions) {
      const sentMs = submittedMs.get(hash)
      if (sentMs === undefined) continue
      latenciesMs.push(nowMs - sentMs)
      lastMs = nowMs
    }
  })
  const startMs = performance.now()
  let turn = 0
  const pace = async (): Promise<void> => {
    if (options.perSecond === undefined) return
    const dueMs = startMs + (turn++ / options.perSecond) * 1000
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  await Promise.all(
    bySender.map(async (transactions) => {
      for (const { raw, hash } of transactions) {
        await pace()
        submittedMs.set(hash, performance.now())
        await endpoint.call('eth_sendRawTransaction', raw).catch((error: unknown) => {
          submittedMs.delete(hash)
          errors.push(String(error))
        })
      }
    }),
  )
  const offeredMs = performance.now() - startMs
  const endMs = performance.now() + options.giveUpMs
  while (latenciesMs.length < submittedMs.size && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  await following.stop()
  endpoint.close()
  return {
    offered: submittedMs.size,
    included: latenciesMs.length,
    offeredPerSecond: ((submittedMs.size + errors.length) / offeredMs) * 1000,
    perSecond: (latenciesMs.length / (lastMs - startMs)) * 1000,
    latenciesMs: latenciesMs.sort((a, b) => a - b),
    errors,
  }
}

/** A block as it is seen. */
export interface SeenBlock {
  readonly number: Hex
  readonly transactions: readonly Hash[]
}

/**
 * Shows each block from the next one on, in their order.
 * @param see is shown the block again when it fails
 */
export async function followBlocks(
  url: string,
  see: (block: SeenBlock, endpoint: Endpoint) => void | Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  const endpoint = connect(url)
  let next = Number(await endpoint.call<Hex>('eth_blockNumber')) + 1
  const look = async (): Promise<void> => {
    const block = await endpoint.call<SeenBlock | null>(
      'eth_getBlockByNumber',
      `0x${next.toString(16)}`,
      false,
    )
    if (block === null) return
    await see(block, endpoint)
    next++
    return look()
  }
  let isOver = false
  const loop = (async () => {
    while (!isOver) {
      await look().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    endpoint.close()
  })()
  return {
    stop() {
      isOver = true
      return loop
    },
  }
}
