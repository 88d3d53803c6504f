import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  isError,
  type JsonRpcApiProvider,
  JsonRpcProvider,
  type Log,
  WebSocketProvider,
} from 'ethers'
import { WebSocket } from 'ws'
import { errorString, withDeadline } from './client.ts'
import { alice, bob, contracts, pauper, startNode, type TestNode } from './fixture.ts'

let node: TestNode
let provider: JsonRpcProvider
before(async () => {
  node = await startNode()
  await node.mine()
  provider = new JsonRpcProvider(node.url, undefined, { pollingInterval: 50, cacheTimeout: -1 })
})
after(async () => {
  provider.destroy()
  await node.close()
})

test('ethers sends, waits and reads with its defaults', async () => {
  const response = await alice.connect(provider).sendTransaction({ to: bob.address, value: 5n })
  assert.equal(response.type, 2)
  await node.mine()
  const receipt = await withDeadline(response.wait(), 'receipt')
  assert.equal(receipt?.status, 1)
  const block = await provider.getBlock('finalized', true)
  assert.equal(block?.prefetchedTransactions[0]?.hash, response.hash)
  assert.equal((await provider.getBlock('pending'))?.number, (block?.number ?? 0) + 1)
  const balances = await Promise.all(
    Array.from({ length: 150 }, () => provider.getBalance(bob.address)),
  )
  assert.equal(new Set(balances).size, 1)
})

test('ethers understands our errors', async () => {
  const wallet = alice.connect(provider)
  const nonce = await wallet.getNonce('pending')
  await wallet.sendTransaction({ to: bob.address, nonce })
  await assert.rejects(wallet.sendTransaction({ to: bob.address, nonce, value: 1n }), (error) =>
    isError(error, 'REPLACEMENT_UNDERPRICED'),
  )
  await assert.rejects(wallet.sendTransaction({ to: bob.address, nonce: 0 }), (error) =>
    isError(error, 'NONCE_EXPIRED'),
  )
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n, gasLimit: 21_000n }
  await assert.rejects(
    pauper.connect(provider).sendTransaction({ to: bob.address, ...fees }),
    (error) => isError(error, 'INSUFFICIENT_FUNDS'),
  )
  await assert.rejects(
    provider.call({ to: contracts.reverter.address, data: errorString('closed on Sundays') }),
    (error) => isError(error, 'CALL_EXCEPTION') && error.reason === 'closed on Sundays',
  )
  await assert.rejects(provider.send('eth_unknown', []), (error) =>
    isError(error, 'UNSUPPORTED_OPERATION'),
  )
  await node.mine()
})

test('ethers hears events over HTTP filters and over WebSocket', async () => {
  const socket = new WebSocketProvider(() => new WebSocket(node.wsUrl) as never)
  try {
    await socket.getNetwork()
    const heard = await Promise.all([
      listen(provider, 'eth_newFilter'),
      listen(socket, 'eth_subscribe'),
    ])
    const data = '0xfeed'
    const request = { to: contracts.logger.address, data, gasLimit: 100_000 }
    await alice.connect(provider).sendTransaction(request)
    await node.mine()
    for (const log of heard) assert.equal((await withDeadline(log.next, 'event')).data, data)
  } finally {
    await socket.destroy()
  }
})

/** Resolves when the node has answered the request by which ethers listens. */
async function listen(source: JsonRpcApiProvider, method: string) {
  const next = Promise.withResolvers<Log>()
  const installed = Promise.withResolvers<void>()
  const send = source.send.bind(source)
  source.send = async (name, params) => {
    const result = await send(name, params)
    if (name === method) installed.resolve()
    return result
  }
  await source.on({ address: contracts.logger.address }, next.resolve)
  await withDeadline(installed.promise, method)
  return { next: next.promise }
}
