// A governed network whose registry lists its validators: a node that is not listed is disconnected by all, and connects
// again once it is.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { HDNodeWallet, Interface, id } from 'ethers'
import { makeNetwork, type NodeProcess, rpc, type TestNetwork, until } from './chain-process.ts'

const MNEMONIC = 'test test test test test test test test test test test junk'
const PLAN = path.join(import.meta.dirname, '../../chain-config/devnet/governance-plan.json')
const REGISTRY = '0x0000000000000000000000000000000000009999'
const ORDER = id('order')
const DEADLINE_MS = 60_000
const committee = HDNodeWallet.fromPhrase(MNEMONIC)
const registry = new Interface([
  'function add((string peerId, bytes32 organisation)[] nodes, bytes32 orderRef)',
  'function remove(string peerId, bytes32 orderRef)',
])

let network: TestNetwork
/** By node: what the others dial. */
let peerIds: Record<string, string>

/** Peer ids from the bootnodes that each node's settings name: all but its own. */
function readPeerIds(): Record<string, string> {
  const known = network.nodes.map(({ name }) => {
    const file = path.join(network.folder, name, 'config.toml')
    return {
      name,
      others:
        readFileSync(file, 'utf8')
          .match(/12D3\w+/g)
          ?.map(String) ?? [],
    }
  })
  const all = [...new Set(known.flatMap(({ others }) => others))]
  return Object.fromEntries(
    known.map(({ name, others }) => [name, all.find((one) => !others.includes(one)) ?? '']),
  )
}

async function decide(data: string): Promise<void> {
  const { url } = network.validators[0] as NodeProcess
  const nonce = Number(
    await rpc<string>(url, 'eth_getTransactionCount', committee.address, 'latest'),
  )
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n, gasLimit: 3_000_000n }
  const fields = { type: 2, chainId: 51_053n, nonce, to: REGISTRY, data, ...fees }
  const hash = await rpc(url, 'eth_sendRawTransaction', await committee.signTransaction(fields))
  const receipt = () => rpc<{ status: string } | null>(url, 'eth_getTransactionReceipt', hash)
  const found = await until('the decision', DEADLINE_MS, receipt, (one) => one !== null)
  assert.equal(found?.status, '0x1')
}

const peersOf = async ({ url }: NodeProcess) => Number(await rpc<string>(url, 'net_peerCount'))
const list = (...names: string[]) =>
  registry.encodeFunctionData('add', [
    names.map((name) => ({ peerId: peerIds[name], organisation: ORDER })),
    ORDER,
  ])

async function connected(node: NodeProcess, count: number): Promise<void> {
  const what = `${node.name} has ${count} peers`
  await node.explain(
    until(
      what,
      DEADLINE_MS,
      () => peersOf(node),
      (seen) => seen === count,
    ),
  )
}

before(async () => {
  network = await makeNetwork({ validators: 4, governance: PLAN })
  peerIds = readPeerIds()
  for (const node of network.nodes) node.start()
  for (const node of network.nodes) {
    await node.explain(
      until(
        node.name,
        DEADLINE_MS,
        () => node.height(),
        (seen) => seen >= 2,
      ),
    )
  }
})
after(() => network?.close())

describe('a registry of nodes', () => {
  it('admits everybody while it is empty', async () => {
    for (const node of network.nodes) await connected(node, 4)
  })

  it('makes every node leave the one that is not listed, and the chain goes on', async () => {
    await decide(list('validator-1', 'validator-2', 'validator-3', 'validator-4'))
    await connected(network.rpcNode, 0)
    for (const node of network.validators) await connected(node, 3)
    const [first] = network.validators as [NodeProcess]
    const start = await first.height()
    await until(
      'three more blocks',
      DEADLINE_MS,
      () => first.height(),
      (seen) => seen > start + 3,
    )
  })

  it('lets it in again once it is listed, and it catches up', async () => {
    await decide(list('rpc'))
    for (const node of network.validators) await connected(node, 4)
    const height = await (network.validators[0] as NodeProcess).height()
    const { rpcNode } = network
    await rpcNode.explain(
      until(
        'it follows',
        DEADLINE_MS,
        () => rpcNode.height(),
        (seen) => seen >= height,
      ),
    )
  })

  it('and out when it is struck off', async () => {
    await decide(registry.encodeFunctionData('remove', [peerIds.rpc, ORDER]))
    await connected(network.rpcNode, 0)
  })
})
