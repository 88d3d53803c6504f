// A governed network of processes, one of whose validators does not ask the permission registry: what the registry denies
// never lands, also when that validator proposes it, and lands once the committee has permitted it.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { decodeHeader } from '@busan/chain-spec'
import { type Hex, hexToBytes } from '@busan/primitives'
import { decodeExtraData } from '@busan/qbft'
import { HDNodeWallet, Interface } from 'ethers'
import { makeNetwork, type NodeProcess, rpc, type TestNetwork, until } from './chain-process.ts'

const MNEMONIC = 'test test test test test test test test test test test junk'
const PLAN = path.join(import.meta.dirname, '../../chain-config/devnet/governance-plan.json')
const REGISTRY = '0x0000000000000000000000000000000000008888'
const REFERENCE = `0x${'01'.repeat(32)}`
const DEADLINE_MS = 120_000
/** Deploys one byte of code. */
const INIT_CODE = '0x600160005360016000f3'

const walletAt = (index: number) => HDNodeWallet.fromPhrase(MNEMONIC, '', `m/44'/60'/0'/0/${index}`)
const committee = walletAt(0)
/** Has coins, and is nobody. */
const stranger = walletAt(6)
const registry = new Interface(['function setAccount(address,uint8,bytes32)'])

let network: TestNetwork
/** Runs with a genesis file that names no registry: the same chain, without its rule. */
let lawless: NodeProcess
let honest: readonly NodeProcess[]
let lawlessAddress: string

async function sign(wallet: HDNodeWallet, fields: object): Promise<string> {
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n, gasLimit: 500_000n }
  const nonce = Number(
    await rpc<string>(network.rpcNode.url, 'eth_getTransactionCount', wallet.address, 'latest'),
  )
  return wallet.signTransaction({ type: 2, chainId: 51_053n, nonce, ...fees, ...fields })
}

const send = ({ url }: NodeProcess, raw: string) => rpc<string>(url, 'eth_sendRawTransaction', raw)
const receiptOf = (node: NodeProcess, hash: string) =>
  rpc<{ status: string } | null>(node.url, 'eth_getTransactionReceipt', hash)

/** Who proposed a block, and in which round it was decided. */
async function decisionOf(number: number): Promise<{ proposer: string; round: number }> {
  const { url } = network.rpcNode
  const { header } = await rpc<{ header: Hex }>(
    url,
    'qbft_getCommitCertificate',
    `0x${number.toString(16)}`,
  )
  const { coinbase, extraData } = decodeHeader(hexToBytes(header))
  const decoded = decodeExtraData(extraData)
  assert.ok(decoded.ok)
  return { proposer: coinbase, round: decoded.value.round }
}

async function included(node: NodeProcess, hash: string): Promise<void> {
  const receipt = await until(
    `receipt of ${hash}`,
    DEADLINE_MS,
    () => receiptOf(node, hash),
    (found) => found !== null,
  )
  assert.equal(receipt?.status, '0x1')
}

before(async () => {
  network = await makeNetwork({ validators: 4, governance: PLAN })
  const [first, ...others] = network.validators
  lawless = first as NodeProcess
  honest = [...others, network.rpcNode]
  const genesis = JSON.parse(readFileSync(path.join(network.folder, 'genesis.json'), 'utf8'))
  delete genesis.config.systemContracts
  const lawlessGenesis = path.join(network.folder, 'lawless.json')
  writeFileSync(lawlessGenesis, JSON.stringify(genesis))
  lawless.start(['--genesis-file', lawlessGenesis])
  for (const node of honest) node.start()
  for (const node of network.nodes) {
    const height = () => node.height()
    await node.explain(until(node.name, DEADLINE_MS, height, (seen) => seen >= 2))
  }
  lawlessAddress = (await rpc<{ self: string }>(lawless.url, 'qbft_status')).self
})
after(() => network?.close())

describe('a registry that says who may deploy', () => {
  let denied: string
  let deniedHash: string

  it('is asked by the pool of every honest node', async () => {
    denied = await sign(stranger, { data: INIT_CODE })
    for (const node of honest) {
      await assert.rejects(
        send(node, denied),
        /sender not authorized: address 0x976E\w+ is not allowed to deploy/,
      )
    }
  })

  it('lets through what it permits: transfers of anyone, contracts of listed deployers', async () => {
    const deployed = await send(network.rpcNode, await sign(committee, { data: INIT_CODE }))
    const transfer = { to: committee.address, value: 1n }
    const paid = await send(network.rpcNode, await sign(stranger, transfer))
    for (const hash of [deployed, paid]) await included(network.rpcNode, hash)
  })

  it('is obeyed although a validator proposes what it denies', async (t) => {
    denied = await sign(stranger, { data: INIT_CODE })
    deniedHash = await send(lawless, denied)
    const start = (await network.rpcNode.height()) + 2
    const height = () => network.rpcNode.height()
    await until('sixteen more blocks', DEADLINE_MS, height, (seen) => seen >= start + 16)
    const decisions = await Promise.all(
      Array.from({ length: 16 }, (_, offset) => decisionOf(start + offset)),
    )
    assert.ok(decisions.every(({ proposer }) => proposer !== lawlessAddress))
    const refused = decisions.filter(({ round }) => round > 0).length
    assert.ok(refused >= 3, `${refused} proposals were refused`)
    t.diagnostic(`16 blocks, ${refused} proposals of the lawless validator refused`)
    for (const node of network.nodes) assert.equal(await receiptOf(node, deniedHash), null)
  })

  it('permits it when the committee has listed the sender', async () => {
    const data = registry.encodeFunctionData('setAccount', [stranger.address, 3, REFERENCE])
    const listing = await sign(committee, { to: REGISTRY, data })
    await included(network.rpcNode, await send(network.rpcNode, listing))
    for (const node of honest) await included(node, deniedHash)
    const start = await network.rpcNode.height()
    const metrics = () =>
      rpc<{ address: string; lastProposedBlockNumber: string }[]>(
        network.rpcNode.url,
        'qbft_getSignerMetrics',
      )
    await until('the lawless validator proposes again', DEADLINE_MS, metrics, (rows) =>
      rows.some(
        (row) => row.address === lawlessAddress && Number(row.lastProposedBlockNumber) >= start,
      ),
    )
  })
})
