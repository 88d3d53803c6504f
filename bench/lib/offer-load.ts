// A whole load for a development chain, from the coins of its senders to its last block.
import { privateKeyToAddress } from '@busan/primitives'
import { senderKey, strangerOf } from './chain-state.ts'
import { connect, createSigner, type LoadResult, type Signed, sendLoad } from './load.ts'
import { prepareSenders, SENDERS } from './prepare.ts'
import { transferData } from './token.ts'

/** What is sent to a chain. */
export interface Load {
  /** `transfers`, or `erc20` to accounts that hold none yet. */
  readonly work: string
  readonly count: number
  /** A second; absent: all that the chain takes. */
  readonly rate?: number | undefined
}

/** Prepares a development chain's senders, signs everything, sends it and waits until it is in blocks. */
export async function offerLoad(url: string, { work, count, rate }: Load): Promise<LoadResult> {
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
    ...(rate === undefined ? {} : { perSecond: rate }),
  })
}
