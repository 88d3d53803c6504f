// The resolver of did:ethr that wallets and verifiers use, unchanged, against our registry.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ABIS, didOf } from '@busan/sdk'
import { Resolver } from 'did-resolver'
import { getResolver } from 'ethr-did-resolver'
import {
  type Address,
  createPublicClient,
  createWalletClient,
  getAddress,
  http,
  stringToHex,
  toHex,
  zeroAddress,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { startFreshDevnet } from '../e2e/devnet-process.ts'
import { TEST_MNEMONIC } from './accounts.ts'
import { buildContracts, readArtifact } from './artifacts.ts'

const CHAIN_ID = 51_053
const VALIDITY_SECONDS = 3_600n
const [owner, next] = [11, 12].map((addressIndex) =>
  mnemonicToAccount(TEST_MNEMONIC, { addressIndex }),
) as [ReturnType<typeof mnemonicToAccount>, ReturnType<typeof mnemonicToAccount>]
const delegate = getAddress('0x00000000000000000000000000000000000de1e9')
const name = (text: string) => stringToHex(text, { size: 32 })

suite('ethr-did-resolver', { timeout: 300_000 }, () => {
  const did = didOf(CHAIN_ID, owner.address)
  let close: (() => Promise<void>) | undefined
  let registry: Address
  let resolver: Resolver
  let client: ReturnType<typeof createPublicClient>
  let wallet: ReturnType<typeof createWalletClient>

  before(async () => {
    let url = process.env.BUSAN_RPC_URL
    if (url === undefined) {
      const devnet = await startFreshDevnet()
      close = devnet.close
      url = devnet.place.url
    }
    await buildContracts()
    const transport = http(url)
    client = createPublicClient({ transport, pollingInterval: 200 })
    wallet = createWalletClient({ transport })
    const { bytecode } = await readArtifact('DidRegistry', 'identity')
    const hash = await wallet.deployContract({
      abi: ABIS.DidRegistry,
      bytecode,
      account: owner,
      chain: null,
    })
    const { contractAddress } = await client.waitForTransactionReceipt({ hash })
    registry = contractAddress as Address
    const network = { name: toHex(CHAIN_ID), chainId: BigInt(CHAIN_ID), rpcUrl: url, registry }
    resolver = new Resolver(getResolver({ networks: [network] }))
  })
  after(() => close?.())

  test('an address that said nothing is its own controller', async () => {
    assert.deepEqual(await controllers(), [owner.address])
  })

  test('delegates, keys and services appear, and go when they are revoked', async () => {
    const service = stringToHex('https://did.busan.go.kr')
    await change('addDelegate', [name('veriKey'), delegate, VALIDITY_SECONDS])
    await change('setAttribute', [name('did/svc/CityDesk'), service, VALIDITY_SECONDS])
    assert.deepEqual(await controllers(), [owner.address, delegate])
    assert.deepEqual(await services(), ['https://did.busan.go.kr'])
    await change('revokeDelegate', [name('veriKey'), delegate])
    await change('revokeAttribute', [name('did/svc/CityDesk'), service])
    assert.deepEqual(await controllers(), [owner.address])
    assert.deepEqual(await services(), [])
  })

  test('a delegate for recovery gets no key of the identity', async () => {
    await change('addDelegate', [name('recovery'), delegate, VALIDITY_SECONDS])
    assert.deepEqual(await controllers(), [owner.address])
  })

  test('a new owner controls the identity, until it is deactivated', async () => {
    await change('changeOwner', [next.address])
    assert.deepEqual(await controllers(), [next.address])
    await change('changeOwner', [zeroAddress], next)
    const { didDocumentMetadata } = await resolver.resolve(did)
    assert.equal(didDocumentMetadata.deactivated, true)
  })

  async function change(functionName: string, args: readonly unknown[], account = owner) {
    const call = {
      address: registry,
      abi: ABIS.DidRegistry,
      functionName,
      args: [owner.address, ...args],
      account,
      chain: null,
    }
    const { request } = await client.simulateContract(call as never)
    const hash = await wallet.writeContract(request as never)
    const { status } = await client.waitForTransactionReceipt({ hash })
    assert.equal(status, 'success')
  }

  async function controllers(): Promise<(string | undefined)[]> {
    const { didDocument, didResolutionMetadata } = await resolver.resolve(did)
    assert.equal(didResolutionMetadata.error, undefined)
    return (didDocument?.verificationMethod ?? []).map(({ blockchainAccountId }) =>
      blockchainAccountId?.split(':').at(-1),
    )
  }

  async function services(): Promise<unknown[]> {
    const { didDocument } = await resolver.resolve(did)
    return (didDocument?.service ?? []).map(({ serviceEndpoint }) => serviceEndpoint)
  }
})
