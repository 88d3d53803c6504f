// A node that starts from nothing fetches a long chain, verifies its seals, and then follows it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { makeNetwork, rpc, type TestNetwork, until } from './chain-process.ts'
import { prefillChain } from './prefill-chain.ts'

const BLOCKS = 2000
let network: TestNetwork

interface RpcBlock {
  readonly hash: string
  readonly stateRoot: string
}

before(async () => {
  network = await makeNetwork({ validators: 1, genesisAgeSeconds: BLOCKS + 100 })
  await prefillChain(network, 'validator-1', { count: BLOCKS })
})
after(() => network.close())

describe('a node from nothing', () => {
  it(`catches up ${BLOCKS} blocks and follows`, async () => {
    const [validator] = network.validators
    assert.ok(validator)
    validator.start(['--trust-blank-journal'])
    await until(
      'validator goes on',
      60_000,
      () => validator.height(),
      (height) => height > BLOCKS,
    )

    const startedMs = performance.now()
    network.rpcNode.start()
    const caughtUp = await until(
      'caught up',
      120_000,
      () => network.rpcNode.height(),
      (height) => height >= BLOCKS,
    )
    const seconds = (performance.now() - startedMs) / 1000
    console.log(
      `caught up ${caughtUp} blocks in ${seconds.toFixed(1)} s, start of the process included`,
    )
    await until(
      'follows',
      30_000,
      () => network.rpcNode.height(),
      (height) => height > caughtUp + 3,
    )

    const head = `0x${caughtUp.toString(16)}`
    const [there, here] = await Promise.all(
      [validator, network.rpcNode].map((node) =>
        rpc<RpcBlock>(node.url, 'eth_getBlockByNumber', head, false),
      ),
    )
    assert.deepEqual(here, there)
    assert.equal(await rpc(network.rpcNode.url, 'eth_syncing'), false)
  })
})
