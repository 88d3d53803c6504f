// Caliper's way to any chain that speaks JSON-RPC: signed transactions go in, receipts come out.
import type { Hash, Hex } from '@busan/primitives'
import {
  CONNECTIONS,
  connect,
  type Endpoint,
  followBlocks,
  type SeenBlock,
  type Signed,
} from '../lib/load.ts'
import { signLoad } from '../lib/offer-load.ts'
import { prepareSenders } from '../lib/prepare.ts'
import { caliper, type TxStatus } from './core.ts'
import type { Context } from './workload.ts'

/** After this a transaction that no block has counts as failed. */
const GIVE_UP_MS = 60_000

/** What the manager tells each worker. */
interface WorkerArguments {
  readonly token: Hex
  readonly connections: number
}

type Finish = (outcome: { readonly seenMs: number } | { readonly error: string }) => void

/** Caliper's connector: the manager prepares the chain with it, each worker sends and watches with it. */
export class RawTransactionConnector extends caliper.ConnectorBase {
  readonly #url: string
  readonly #pending = new Map<Hash, Finish>()
  #token: Hex | undefined
  #endpoint: Endpoint | undefined
  #following: Awaited<ReturnType<typeof followBlocks>> | undefined
  #hasFailed = false

  constructor(url: string, workerIndex: number) {
    super(workerIndex, 'json-rpc')
    this.#url = url
  }

  /** Caliper asks for it; a development chain is ready as it is. */
  async init(): Promise<void> {}

  async installSmartContract(): Promise<void> {
    this.#token = await prepareSenders(this.#url, { withToken: true })
  }

  /** All workers together have as many connections as our own generator. */
  async prepareWorkerArguments(workers: number): Promise<WorkerArguments[]> {
    if (this.#token === undefined) throw new Error('contracts come before workers')
    const connections = Math.ceil(CONNECTIONS / workers)
    return Array<WorkerArguments>(workers).fill({ token: this.#token, connections })
  }

  async getContext(_round: number, { token, connections }: WorkerArguments): Promise<Context> {
    this.#endpoint = connect(this.#url, connections)
    this.#following = await followBlocks(this.#url, (block, endpoint) => this.#see(block, endpoint))
    return {
      sign: ({ work, ...load }) =>
        signLoad(this.#url, { ...load, work, ...(work === 'erc20' ? { token } : {}) }),
    }
  }

  async releaseContext(): Promise<void> {
    await this.#following?.stop()
    this.#endpoint?.close()
  }

  /** One connection of a worker serves requests in their order, so a sender's transactions arrive in theirs. */
  _sendSingleRequest({ raw, hash }: Signed): Promise<TxStatus> {
    const status = new caliper.TxStatus(hash)
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish({ error: `no block has ${hash}` }), GIVE_UP_MS)
      const finish: Finish = (outcome) => {
        if (!this.#pending.delete(hash)) return
        clearTimeout(timer)
        if ('seenMs' in outcome) status.SetStatusSuccess(outcome.seenMs)
        else this.#fail(status, outcome.error)
        status.SetVerification(true)
        resolve(status)
      }
      this.#pending.set(hash, finish)
      this.#endpoint
        ?.call('eth_sendRawTransaction', raw)
        .catch((error: unknown) => finish({ error: String(error) }))
    })
  }

  /** Caliper's report counts failures without their reasons: the first one is told. */
  #fail(status: TxStatus, error: string): void {
    status.SetStatusFail()
    if (!this.#hasFailed) console.error(`first failure of a Caliper worker: ${error}`)
    this.#hasFailed = true
  }

  async #see(block: SeenBlock, endpoint: Endpoint): Promise<void> {
    const seenMs = Date.now()
    if (block.transactions.length === 0) return
    const receipts = await endpoint.call<{ transactionHash: Hash; status: Hex }[]>(
      'eth_getBlockReceipts',
      block.number,
    )
    for (const { transactionHash, status } of receipts) {
      const finish = this.#pending.get(transactionHash)
      finish?.(status === '0x1' ? { seenMs } : { error: `${transactionHash} was reverted` })
    }
  }
}
