// What a development chain needs before a load: senders with coins, and a token that they hold.
import { type Hex, hexToBytes, privateKeyToAddress } from '@busan/primitives'
import { senderKey } from './chain-state.ts'
import { connect, createSigner } from './load.ts'
import { compileToken, transferData } from './token.ts'

/** Accounts that send. */
export const SENDERS = 200

const COIN = 10n ** 18n
/** What each sender begins a load with. */
const START_WEI = 10n * COIN
/** The first account of the mnemonic that most development chains fund. */
const RICH_KEY: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

/**
 * Fills the senders' coins up and, when asked for, gives them tokens.
 * @param options.richKey of an account with coins
 * @returns the token's address, when it was asked for
 */
export async function prepareSenders(
  url: string,
  {
    withToken,
    richKey = RICH_KEY,
  }: { readonly withToken: boolean; readonly richKey?: Hex | undefined },
): Promise<Hex | undefined> {
  // The compiler blocks for seconds, in which a chain would close an idle connection: it comes first.
  const creationCode = withToken ? compileToken().creationCode : undefined
  const endpoint = connect(url)
  const chainId = Number(await endpoint.call<string>('eth_chainId'))
  const sign = createSigner(chainId)
  const richKeyBytes = hexToBytes(richKey)
  const rich = privateKeyToAddress(richKeyBytes)
  let nonce = Number(await endpoint.call<string>('eth_getTransactionCount', rich, 'latest'))
  const send = async (fields: Parameters<typeof sign>[1]) => {
    const { raw, hash } = sign(richKeyBytes, { ...fields, nonce: nonce++ })
    await endpoint.call('eth_sendRawTransaction', raw)
    return hash
  }
  const senders = Array.from({ length: SENDERS }, (_, index) =>
    privateKeyToAddress(senderKey(index)),
  )
  let last = ''
  for (const to of senders) {
    const balanceWei = BigInt(await endpoint.call<string>('eth_getBalance', to, 'latest'))
    const value = balanceWei < START_WEI ? START_WEI - balanceWei : 0n
    last = await send({ to, value, gasLimit: 21_000n })
  }
  await receiptOf(endpoint, last)
  if (creationCode === undefined) {
    endpoint.close()
    return undefined
  }
  const creation = await send({ data: creationCode, gasLimit: 3_000_000n })
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
    const receipt = await endpoint.call<{ status: string; contractAddress: Hex } | null>(
      'eth_getTransactionReceipt',
      hash,
    )
    if (receipt?.status === '0x0') throw new Error(`preparing failed: ${hash}`)
    if (receipt !== null) return receipt
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no receipt of ${hash} within a minute`)
}
