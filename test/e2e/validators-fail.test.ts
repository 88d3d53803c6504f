// Four validators as processes: what they survive, what halts them, and that nothing served is ever lost.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { JsonRpcProvider, Wallet } from 'ethers'
import { makeNetwork, type NodeProcess, rpc, type TestNetwork, until } from './chain-process.ts'

const TEST_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const START_DEADLINE_MS = 60_000
const SAFE_GAS = 21_000n

interface RpcBlock {
  readonly hash: string
  readonly stateRoot: string
}

let network: TestNetwork
const [first, second] = [0, 1]
const validator = (index: number): NodeProcess => network.validators[index] as NodeProcess
const heightAbove = (node: NodeProcess, height: number, deadlineMs: number) =>
  node.explain(
    until(
      `${node.name} above ${height}`,
      deadlineMs,
      () => node.height(),
      (seen) => seen > height,
    ),
  )
const addressOf = async (node: NodeProcess) =>
  (await rpc<{ self: string }>(node.url, 'qbft_status')).self

before(async () => {
  network = await makeNetwork({ validators: 4 })
  for (const node of network.nodes) node.start()
  await Promise.all(network.nodes.map((node) => heightAbove(node, 1, START_DEADLINE_MS)))
})
after(() => network.close())

describe('four validators', () => {
  it('go on when one is killed', async () => {
    await validator(first).end('SIGKILL')
    const height = await network.rpcNode.height()
    await heightAbove(network.rpcNode, height + 5, 60_000)
  })

  it('halt without forking when a second is killed, and name the missing', async () => {
    const missing = await addressOf(validator(second))
    await validator(second).end('SIGKILL')
    const status = await until(
      'qbft_status names the missing',
      60_000,
      () =>
        rpc<{ diagnosis: string; missing: readonly string[] }>(network.rpcNode.url, 'qbft_status'),
      ({ missing: named }) => named.length === 2,
    )
    assert.ok(status.missing.includes(missing))
    assert.match(status.diagnosis, /missing/)
    const halted = await network.rpcNode.height()
    await assertAgreement([validator(2), validator(3), network.rpcNode], halted)
  })

  it('resume as soon as both are back', async () => {
    const halted = await network.rpcNode.height()
    const startedMs = performance.now()
    validator(first).start()
    validator(second).start()
    await heightAbove(network.rpcNode, halted, START_DEADLINE_MS)
    const seconds = (performance.now() - startedMs) / 1000
    console.log(`resumed ${seconds.toFixed(1)} s after both processes were started`)
    const height = await network.rpcNode.height()
    await Promise.all(network.nodes.map((node) => heightAbove(node, height, 30_000)))
  })

  it('lose nothing when all four are killed under load', async () => {
    const load = await sendLoad(network.rpcNode.url, 200)
    await until(
      'some are included',
      30_000,
      () => load.receipts(),
      (served) => served.length >= 20,
    )
    const served = await load.receipts()
    const height = await network.rpcNode.height()
    await Promise.all(network.validators.map((node) => node.end('SIGKILL')))
    for (const node of network.validators) node.start()
    await Promise.all(network.nodes.map((node) => heightAbove(node, height, START_DEADLINE_MS)))
    for (const receipt of served) {
      const again = await rpc<{ blockHash: string } | null>(
        validator(first).url,
        'eth_getTransactionReceipt',
        receipt.hash,
      )
      assert.equal(again?.blockHash, receipt.blockHash)
    }
    await until(
      'every transaction is included',
      60_000,
      () => load.receipts(),
      (all) => all.length === 200,
    )
    await assertAgreement(network.nodes, height)
  })
})

/** Every node has the same block hash and state root at every height up to `height`. */
async function assertAgreement(nodes: readonly NodeProcess[], height: number): Promise<void> {
  for (let number = 0; number <= height; number++) {
    const blocks = await Promise.all(
      nodes.map((node) =>
        rpc<RpcBlock>(node.url, 'eth_getBlockByNumber', `0x${number.toString(16)}`, false),
      ),
    )
    assert.equal(new Set(blocks.map((block) => block.hash)).size, 1, `hashes differ at ${number}`)
    assert.equal(
      new Set(blocks.map((block) => block.stateRoot)).size,
      1,
      `state roots differ at ${number}`,
    )
  }
}

/** Submits transfers from one key without waiting; `receipts` tells which have one. */
async function sendLoad(url: string, count: number) {
  const provider = new JsonRpcProvider(url, undefined, { staticNetwork: true })
  const wallet = new Wallet(TEST_KEY, provider)
  const nonce = await wallet.getNonce('pending')
  const fees = {
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 10n ** 9n,
    gasLimit: SAFE_GAS,
    type: 2,
    chainId: 51_053n,
  }
  const hashes = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const signed = await wallet.signTransaction({
        to: wallet.address,
        value: 1n,
        nonce: nonce + index,
        ...fees,
      })
      return rpc<string>(url, 'eth_sendRawTransaction', signed)
    }),
  )
  provider.destroy()
  return {
    async receipts(): Promise<{ hash: string; blockHash: string }[]> {
      const found = await Promise.all(
        hashes.map(async (hash) => {
          const receipt = await rpc<{ blockHash: string } | null>(
            url,
            'eth_getTransactionReceipt',
            hash,
          )
          return receipt === null ? [] : [{ hash, blockHash: receipt.blockHash }]
        }),
      )
      return found.flat()
    },
  }
}
