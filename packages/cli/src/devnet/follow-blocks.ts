import { type Hex, toAddress } from '@busan/primitives'
import { decodeExtraData } from '@busan/qbft'

interface RpcBlock {
  readonly number: string
  readonly gasUsed: string
  readonly timestamp: string
  readonly miner: string
  readonly extraData: string
  readonly transactions: readonly string[]
}

const RECONNECT_MS = 500

/** Prints one line for each block that the RPC node announces, until the signal; reconnects when cut off. */
export function followBlocks(
  urls: { http: string; ws: string },
  validators: number,
  signal: AbortSignal,
): void {
  const connect = () => {
    if (signal.aborted) return
    const socket = new WebSocket(urls.ws)
    signal.addEventListener('abort', () => socket.close(), { once: true })
    socket.onopen = () => socket.send(request('eth_subscribe', ['newHeads']))
    socket.onmessage = (event) => {
      const head = JSON.parse(String(event.data)).params?.result
      if (head !== undefined) void printBlock(urls.http, head.number, validators)
    }
    socket.onclose = () => setTimeout(connect, RECONNECT_MS).unref()
    socket.onerror = () => {}
  }
  connect()
}

async function printBlock(url: string, number: string, validators: number): Promise<void> {
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: request('eth_getBlockByNumber', [number, false]),
    })
    const { result } = (await response.json()) as { result: RpcBlock | null }
    if (result !== null) console.log(blockLine(result, validators))
  } catch {
    // The node is stopping or restarting: the line is a convenience, the block is in the log.
  }
}

/** `#12  round 0  3 tx  0.063 Mgas  proposer 0x1234..abcd  seals 4/4  +1.02 s` */
export function blockLine(block: RpcBlock, validators: number): string {
  const { round, seals } = decodeExtra(block.extraData)
  const gas = (Number(block.gasUsed) / 1e6).toFixed(3)
  const proposer = toAddress(block.miner)
  return [
    `#${Number(block.number).toLocaleString('en')}`.padEnd(8),
    `${block.transactions.length} tx`.padEnd(7),
    `${gas} Mgas`.padEnd(12),
    `proposer ${proposer.slice(0, 6)}..${proposer.slice(-4)}`,
    `round ${round}`,
    `seals ${seals}/${validators}`,
    new Date(Number(block.timestamp) * 1000).toTimeString().slice(0, 8),
  ].join('  ')
}

function decodeExtra(extraData: string): { round: number; seals: number } {
  const decoded = decodeExtraData(extraData as Hex)
  return decoded.ok
    ? { round: decoded.value.round, seals: decoded.value.seals.length }
    : { round: 0, seals: 0 }
}

function request(method: string, params: readonly unknown[]): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}
