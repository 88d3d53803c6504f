import { CodedError, errorMessage, type Hex } from '@busan/primitives'
import { ABIS, ROLES } from '@busan/sdk'
import {
  type Address,
  type Chain,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  type LocalAccount,
  type PublicClient,
  type Transport,
  type WalletClient,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/** Twice a block on the city's networks. */
const POLLING_MS = 500

/** What the desk works with. */
export interface Desk {
  /** Reads the chain. */
  readonly client: PublicClient<Transport, Chain>
  /** Brings bundles: an account with coins, which the entry point gives back. */
  readonly wallet: WalletClient<Transport, Chain, LocalAccount>
  /** `CitySponsor` of this chain. */
  readonly sponsor: Address
  /** Approves operations: holds role 81 (SPONSOR_SIGNER). */
  readonly signer: LocalAccount
}

/** Where the desk is, and its two keys. */
export interface DeskOptions {
  /** JSON-RPC of a node that serves `eth_simulateV1`. */
  readonly rpcUrl: string
  readonly sponsor: Address
  readonly signerKey: Hex
  readonly bundlerKey: Hex
}

/** @throws CodedError `node-unreachable`, `no-sponsor`, or `no-sponsor-signer` when the key may not approve */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  const { rpcUrl, sponsor } = options
  const transport = http(rpcUrl)
  const id = await createPublicClient({ transport })
    .getChainId()
    .catch((cause: unknown) => {
      const why = `no JSON-RPC answer from ${rpcUrl}: ${firstLine(cause)}; is the node running?`
      throw new CodedError('node-unreachable', why, { cause })
    })
  const chain = defineChain({
    id,
    name: `chain ${id}`,
    nativeCurrency: { name: 'Busan Coin', symbol: 'BSN', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  const client = createPublicClient({ chain, transport, pollingInterval: POLLING_MS })
  const account = privateKeyToAccount(options.bundlerKey)
  const wallet = createWalletClient({ chain, transport, account })
  const signer = privateKeyToAccount(options.signerKey)
  const contract = { address: sponsor, abi: ABIS.CitySponsor }
  const authority = await client
    .readContract({ ...contract, functionName: 'authority' })
    .catch((cause: unknown) => {
      const why = `${sponsor} is no CitySponsor of chain ${id}: ${firstLine(cause)}`
      throw new CodedError('no-sponsor', why, { cause })
    })
  const [isSigner] = await client.readContract({
    address: authority,
    abi: ABIS.CityAccessManager,
    functionName: 'hasRole',
    args: [ROLES.SPONSOR_SIGNER, signer.address],
  })
  if (!isSigner) {
    const message = `${signer.address} is no sponsor signer: ${authority} must grant it role ${ROLES.SPONSOR_SIGNER}`
    throw new CodedError('no-sponsor-signer', message)
  }
  return { client, wallet, sponsor, signer }
}

function firstLine(error: unknown): string {
  return errorMessage(error).split('\n')[0] as string
}
