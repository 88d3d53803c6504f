// A resident's credential, issued, shown and judged on `busan devnet`. In one terminal `npm start`; in another:
//   npx hardhat ignition deploy ignition/modules/identity.ts --network devnet
//   node packages/sdk/example.ts ignition/deployments/chain-51053/deployed_addresses.json
// Another node than that of `npm start` is named in BUSAN_RPC_URL.
import { readFileSync } from 'node:fs'
import { createPublicClient, createWalletClient, http } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import {
  busanDevnet,
  contractsOf,
  didOf,
  formatPresented,
  issueCredential,
  openCredentialFacts,
  parsePresented,
  presentClaims,
  randomWord,
  schemaIdOf,
  verifyPresented,
} from './src/index.ts'

const MNEMONIC = 'test test test test test test test test test test test junk'
const SCHEMA = `https://did.busan.go.kr/schemas/example/${Date.now()}`
const [admin, holder] = [0, 9].map((addressIndex) => mnemonicToAccount(MNEMONIC, { addressIndex }))
if (admin === undefined || holder === undefined) throw new Error('no accounts')

const names = [
  'CityAccessManager',
  'CredentialVerifier',
  'DidRegistry',
  'StatusList',
  'TrustedIssuers',
] as const
const contracts = contractsOf(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')), names)
const transport = http(process.env.BUSAN_RPC_URL)
const client = createPublicClient({ chain: busanDevnet, transport })
const wallet = createWalletClient({ chain: busanDevnet, transport, account: admin })
const place = { chainId: busanDevnet.id, verifier: contracts.CredentialVerifier.address }

// The admin becomes accreditor and accredits itself as an issuer: on a devnet only.
await client.waitForTransactionReceipt({
  hash: await wallet.writeContract({
    ...contracts.CityAccessManager,
    functionName: 'grantRole',
    args: [20n, admin.address, 0],
  }),
})
const { timestamp } = await client.getBlock()
const period = { from: timestamp + 3n, until: timestamp + 86_400n, assurance: 1 }
await client.waitForTransactionReceipt({
  hash: await wallet.writeContract({
    ...contracts.TrustedIssuers,
    functionName: 'accredit',
    args: [admin.address, schemaIdOf(SCHEMA), period, randomWord()],
  }),
})
while ((await client.getBlock()).timestamp < period.from) {
  await new Promise<void>((resolve) => {
    const unwatch = client.watchBlockNumber({ onBlockNumber: () => [unwatch(), resolve()] })
  })
}

const held = await issueCredential(
  place,
  {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiableCredential', 'BusanResident'],
    issuer: didOf(place.chainId, admin.address),
    validFrom: new Date(Number(timestamp) * 1_000).toISOString(),
    validUntil: new Date(Number(timestamp + 86_400n) * 1_000).toISOString(),
    credentialSchema: { id: SCHEMA, type: 'JsonSchema' },
    credentialSubject: {
      id: didOf(place.chainId, holder.address),
      residence: 'Busan',
      address: { street: 'Jungang-daero 1001' },
    },
  },
  admin,
)
const nonce = randomWord()
const deadline = timestamp + 600n
const request = { names: ['residence'], audience: 'https://library.busan.go.kr', nonce, deadline }
const text = formatPresented(await presentClaims(place, held, request, holder))
console.log(
  `The holder shows ${text.length} characters; the street is in them: ${text.includes('Jungang')}`,
)

const presented = parsePresented(text)
if (!presented.ok) throw new Error(presented.message)
const facts = await openCredentialFacts(client, contracts)
const verdict = await verifyPresented({ ...place, ...request }, presented.value, facts)
if (!verdict.ok) throw new Error(`${verdict.reason}: ${verdict.message}`)
console.log(`The library verified: ${JSON.stringify(Object.fromEntries(verdict.value))}`)
