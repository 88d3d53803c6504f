// A whole load for a development chain, from the coins of its senders to its last block.
import { type Hex, privateKeyToAddress } from '@busan/primitives'
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
  /** Of an account with coins; absent: the first of the test mnemonic. */
  readonly richKey?: Hex | undefined
}

/** Prepares a development chain's senders, signs everything, sends it and waits until it is in blocks. */
export async function offerLoad(
  url: string,
  { work, count, rate, richKey }: Load,
): Promise<LoadResult> {
  const token = await prepareSenders(url, { withToken: work === 'erc20', richKey })
  const bySender = await signLoad(url, { work, count, token })
  return sendLoad(url, bySender, {
    giveUpMs: 30_000,
    ...(rate === undefined ? {} : { perSecond: rate }),
  })
}

/** What is signed for senders that are prepared. */
export interface UnsignedLoad {
  readonly work: string
  /** At least so many, as many from each sender. */
  readonly count: number
  /** Its transfers; absent: coins. */
  readonly token?: Hex | undefined
  /** Only this one of so many parts, each with senders of its own. */
  readonly part?: { readonly index: number; readonly of: number }
}

/** Signs a load to accounts that no other load of this chain paid. @returns one list for each sender */
export async function signLoad(
  url: string,
  { work, count, token, part = { index: 0, of: 1 } }: UnsignedLoad,
): Promise<Signed[][]> {
  const endpoint = connect(url)
  const sign = createSigner(Number(await endpoint.call<string>('eth_chainId')))
  const senders = Array.from({ length: SENDERS }, (_, index) => index).filter(
    (index) => index % part.of === part.index,
  )
  const bySender: Signed[][] = []
  for (const sender of senders) {
    const key = senderKey(sender)
    const address = privateKeyToAddress(key)
    const first = Number(await endpoint.call<string>('eth_getTransactionCount', address, 'latest'))
    const length = Math.ceil(count / part.of / senders.length)
    const transactions = Array.from({ length }, (_, i) => {
      const nonce = first + i
      const to = strangerOf(`load ${work} ${sender} ${nonce}`)
      const fields =
        token === undefined
          ? { to, value: 1n, gasLimit: 21_000n }
          : { to: token, data: transferData(to, 1n), gasLimit: 100_000n }
      return sign(key, { ...fields, nonce })
    })
    bySender.push(transactions)
  }
  endpoint.close()
  return bySender
}
