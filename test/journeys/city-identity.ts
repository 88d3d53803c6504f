// The city's identity contracts on a devnet of its own: deployed by Ignition, an issuer accredited, and who signs what.
import { contractsOf, type DeployedContract, schemaIdOf, type VerifierPlace } from '@busan/sdk'
import {
  type Account,
  createPublicClient,
  createWalletClient,
  http,
  keccak256,
  type PrivateKeyAccount,
  toHex,
} from 'viem'
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { startFreshDevnet } from '../e2e/devnet-process.ts'
import { TEST_MNEMONIC } from '../interop/accounts.ts'
import { buildContracts } from '../interop/artifacts.ts'
import { deployModule } from '../interop/deploy-module.ts'

const NAMES = [
  'CityAccessManager',
  'DidRegistry',
  'TrustedIssuers',
  'StatusList',
  'CredentialVerifier',
  'TicketEligibility',
  'BPass',
  'AccountRecovery',
] as const
type Name = (typeof NAMES)[number]

/** What residents' credentials state. */
export const RESIDENT_SCHEMA = 'https://did.busan.go.kr/schemas/resident/1'
/** Hash of the order behind an official act. */
export const ORDER = keccak256(toHex('order 2026-119'))
/** Bits of the status list. */
export const LIST_SIZE = 131_072
const FAR = 2n ** 63n
const ISSUER_ACCREDITOR = 20n

/** A person with a key and nothing else: no coin of the chain. */
export const newCitizen = (): PrivateKeyAccount => privateKeyToAccount(generatePrivateKey())

/**
 * Opens the identity contracts on a chain.
 * @param url of its RPC
 * @param recoveryDelaySeconds in place of the city's 48 hours, which no test waits for
 */
export async function openIdentity(url: string, recoveryDelaySeconds: number) {
  await buildContracts()
  const transport = http(url)
  const client = createPublicClient({ transport, pollingInterval: 200 })
  const wallet = createWalletClient({ transport })
  const addresses = await deployModule(url, 'identity.ts', { Identity: { recoveryDelaySeconds } })
  const contracts = contractsOf(addresses, NAMES)
  const [admin, issuer, desk, bank, relayer] = [0, 5, 6, 7, 8].map((addressIndex) =>
    mnemonicToAccount(TEST_MNEMONIC, { addressIndex }),
  ) as [
    Account,
    ReturnType<typeof mnemonicToAccount>,
    PrivateKeyAccount,
    PrivateKeyAccount,
    Account,
  ]

  async function send(account: Account, on: Name, functionName: string, args: readonly unknown[]) {
    const contract: DeployedContract<Name> = contracts[on]
    const call = { ...contract, functionName, args, account, chain: null }
    const { request } = await client.simulateContract(call as never)
    const hash = await wallet.writeContract(request as never)
    const receipt = await client.waitForTransactionReceipt({ hash })
    if (receipt.status !== 'success') throw new Error(`${on}.${functionName} failed in its block`)
    return receipt
  }

  const now = async () => (await client.getBlock()).timestamp
  const place: VerifierPlace = {
    chainId: 51_053,
    verifier: contracts.CredentialVerifier.address,
  }
  await send(admin, 'CityAccessManager', 'grantRole', [ISSUER_ACCREDITOR, admin.address, 0])
  const period = { from: (await now()) + 5n, until: FAR, assurance: 2 }
  for (const schema of [RESIDENT_SCHEMA, 'busan:voucher-ticket:1', 'busan:b-pass:1']) {
    const args = [issuer.address, schemaIdOf(schema), period, ORDER]
    await send(admin, 'TrustedIssuers', 'accredit', args)
  }
  await send(issuer, 'StatusList', 'create', [issuer.address, 0, LIST_SIZE, ''])
  await blockAt(period.from)

  /** Waits for a block whose time is not before a time. */
  async function blockAt(time: bigint): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const unwatch = client.watchBlocks({
        emitOnBegin: true,
        onBlock: ({ timestamp }) => {
          if (timestamp < time) return
          unwatch()
          resolve()
        },
        onError: reject,
      })
    })
  }

  return {
    client,
    addresses,
    contracts,
    place,
    admin,
    issuer,
    desk,
    bank,
    relayer,
    send,
    now,
    blockAt,
  }
}

/** The same on a fresh devnet. */
export async function openIdentityDevnet(recoveryDelaySeconds: number) {
  const devnet = await startFreshDevnet([], { BUSAN_RPC_HTTP_API: 'eth,net,web3,debug' })
  try {
    const identity = await openIdentity(devnet.place.url, recoveryDelaySeconds)
    return { ...identity, url: devnet.place.url, close: () => devnet.close() }
  } catch (error) {
    await devnet.close()
    throw error
  }
}
