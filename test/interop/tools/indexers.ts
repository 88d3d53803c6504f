// What explorers and indexers ask for, by the same checks that `busan doctor` runs, over transactions of each kind.
import assert from 'node:assert/strict'
import { createPublicClient, createWalletClient, defineChain, type Hex, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { CHECKS } from '../../../packages/cli/src/doctor/checks.ts'
import { createEndpoint, type Endpoint } from '../../../packages/cli/src/doctor/endpoint.ts'
import { keyOf } from '../accounts.ts'
import { readArtifact } from '../artifacts.ts'
import { type ChainUnderTest, defineTool, type Tool } from '../tool.ts'

const INCLUSION_MS = 60_000

/** Otterscan, Blockscout and graph-node as their calls. */
export const indexers: readonly Tool[] = ['Blockscout', 'graph-node', 'Otterscan'].map((name) =>
  defineTool<Endpoint>({
    name,
    async open(chain) {
      await makeTraffic(chain)
      return createEndpoint(chain.rpcUrl)
    },
    steps: Object.fromEntries(
      CHECKS.filter(({ tool }) => tool === name).map((check) => [check.name, check.run]),
    ),
  }),
)

/** A deployment and a call with an event; where gas is free, from an account without coins. */
async function makeTraffic({ policy, rpcUrl }: ChainUnderTest): Promise<void> {
  const account = privateKeyToAccount(
    policy === 'freeGas' ? generatePrivateKey() : keyOf('indexers'),
  )
  const client = createPublicClient({ transport: http(rpcUrl), pollingInterval: 200 })
  const chain = defineChain({
    id: await client.getChainId(),
    name: 'chain under test',
    nativeCurrency: { name: 'Coin', symbol: 'COIN', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  const wallet = createWalletClient({ account, chain, transport: http(rpcUrl) })
  const included = async (hash: Hex) => {
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: INCLUSION_MS })
    assert.equal(receipt.status, 'success')
    return receipt.contractAddress
  }
  const { abi, bytecode } = await readArtifact('CityToken')
  const args = [account.address, 100n]
  const address = await included(await wallet.deployContract({ abi, bytecode, args }))
  assert.ok(address)
  await included(await wallet.writeContract({ address, abi, functionName: 'mint', args }))
}
