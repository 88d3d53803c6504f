// Steady traffic from several accounts, and a record of every receipt that any node has served.
import { keccak256, Wallet } from 'ethers'
import { rpc } from '../chain-process.ts'
import { ask, type RpcCall } from './ask.ts'

/** Where traffic goes: only nodes that can answer. */
export type Targets = () => readonly { readonly url: string }[]

/** A receipt as it was served once, and must be served ever after. */
export interface ServedReceipt {
  readonly hash: string
  readonly blockHash: string
  readonly blockNumber: number
}

/** Running traffic. */
export interface Load {
  readonly served: readonly ServedReceipt[]
  sent(): number
  /** Sends nothing more; resolves when nothing is under way. */
  stop(): Promise<void>
}

/** Keys that the devnet genesis funds (the well-known test mnemonic's). */
const KEYS = [
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
]
const TURN_MS = 500
/** Transactions of one account that wait for a receipt, at most. */
const WAITING_MAX = 40
/** A transaction without a receipt is sent again after this long: its node may have died with it. */
const RESEND_MS = 5_000

interface Waiting {
  readonly raw: string
  readonly hash: string
  sentMs: number
}

interface Account {
  readonly wallet: Wallet
  nonce: number
  readonly waiting: Map<string, Waiting>
}

/** Sends `perSecond` transfers in all until stopped. */
export function startLoad(
  targets: Targets,
  { chainId, perSecond }: { chainId: bigint; perSecond: number },
): Load {
  const accounts = KEYS.map(
    (key): Account => ({ wallet: new Wallet(key), nonce: -1, waiting: new Map() }),
  )
  const served: ServedReceipt[] = []
  const perTurn = Math.max(1, Math.round((perSecond * TURN_MS) / 1000 / accounts.length))
  let sent = 0
  let isStopped = false

  async function turn(account: Account, url: string): Promise<void> {
    if (account.nonce < 0) account.nonce = await nonceOf(account, url)
    served.push(...(await collectReceipts(account, url)))
    const fresh: Waiting[] = []
    while (fresh.length < perTurn && account.waiting.size < WAITING_MAX) {
      const waiting = await sign(account, chainId)
      fresh.push(waiting)
      account.waiting.set(waiting.hash, waiting)
    }
    sent += fresh.length
    const overdue = [...account.waiting.values()].filter(
      ({ sentMs }) => Date.now() - sentMs > RESEND_MS,
    )
    await send(url, [...overdue, ...fresh])
  }

  async function drive(account: Account): Promise<void> {
    for (let count = 0; !isStopped; count++) {
      const startedMs = Date.now()
      const up = targets()
      const target = up[(count + accounts.indexOf(account)) % Math.max(1, up.length)]
      // A node that dies or freezes in the middle of a question is the point of the test.
      if (target !== undefined) await turn(account, target.url).catch(() => {})
      await pause(Math.max(0, startedMs + TURN_MS - Date.now()))
    }
  }

  const drives = accounts.map(drive)
  return {
    served,
    sent: () => sent,
    async stop() {
      isStopped = true
      await Promise.all(drives)
    },
  }
}

async function nonceOf({ wallet }: Account, url: string): Promise<number> {
  return Number(await rpc<string>(url, 'eth_getTransactionCount', wallet.address, 'latest'))
}

async function sign(account: Account, chainId: bigint): Promise<Waiting> {
  const { wallet } = account
  const raw = await wallet.signTransaction({
    to: wallet.address,
    value: 1n,
    nonce: account.nonce++,
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 10n ** 9n,
    gasLimit: 21_000n,
    type: 2,
    chainId,
  })
  return { raw, hash: keccak256(raw), sentMs: Date.now() }
}

/** Errors do not matter: known to the pool, or included meanwhile. */
async function send(url: string, transactions: readonly Waiting[]): Promise<void> {
  const calls = transactions.map(({ raw }): RpcCall => ['eth_sendRawTransaction', raw])
  await ask(url, calls)
  for (const transaction of transactions) transaction.sentMs = Date.now()
}

async function collectReceipts(account: Account, url: string): Promise<ServedReceipt[]> {
  const hashes = [...account.waiting.keys()]
  const answers = await ask(
    url,
    hashes.map((hash): RpcCall => ['eth_getTransactionReceipt', hash]),
  )
  return answers.flatMap(({ result }, index) => {
    const receipt = result as { blockHash: string; blockNumber: string } | null | undefined
    if (!receipt) return []
    const hash = hashes[index] as string
    account.waiting.delete(hash)
    return [{ hash, blockHash: receipt.blockHash, blockNumber: Number(receipt.blockNumber) }]
  })
}

/** Resolves after `ms`. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
