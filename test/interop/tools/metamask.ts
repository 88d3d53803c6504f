// MetaMask's own controllers without its windows: the network, the gas estimate and the life of a transaction are
// decided by the same code as in the extension.
import assert from 'node:assert/strict'
import type { Hex } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { keyOf } from '../accounts.ts'
import { type ChainUnderTest, defineTool } from '../tool.ts'
import { openWallet, type TransactionMeta, type Wallet } from './metamask-wallet.ts'

const BEEF = '0x000000000000000000000000000000000000beef'
const CHAIN_ID = '0xc76d'

/** Add a network, estimate, send, speed up, cancel. */
export const metamask = defineTool<Wallet>({
  name: 'MetaMask controllers',
  open: (chain) => openWallet(chain.rpcUrl, CHAIN_ID, keyOf('metamask')),
  close: async (wallet) => wallet.close(),
  steps: {
    'adds the network and finds that it has EIP-1559 fees': addNetwork,
    'estimates gas without fee fields: 21000 for a transfer': estimate,
    'sends with the fees that it suggests and sees the receipt': send,
    'speeds up a transaction that waits': speedUp,
    'cancels a transaction that waits': cancel,
    'an empty account sends if gas is free, else has insufficient funds': sendFromEmpty,
  },
})

async function addNetwork({ networks, clientId }: Wallet): Promise<void> {
  assert.equal(await networks.getEIP1559Compatibility(clientId), true)
  assert.equal(networks.state.networksMetadata[clientId]?.status, 'available')
  const { provider } = networks.getNetworkClientById(clientId)
  assert.equal(await provider.request({ method: 'eth_chainId', params: [] }), CHAIN_ID)
}

async function estimate({ transactions, clientId, from }: Wallet): Promise<void> {
  const { gas, simulationFails } = await transactions.estimateGas(
    { from, to: BEEF, value: '0x0' },
    clientId,
  )
  assert.equal(simulationFails, undefined)
  assert.equal(gas, '0x5208')
}

async function send(wallet: Wallet, { policy }: ChainUnderTest): Promise<void> {
  const { result, transactionMeta } = await wallet.add({ to: BEEF, value: '0x1' })
  const { maxFeePerGas, maxPriorityFeePerGas } = transactionMeta.txParams
  assert.equal(maxFeePerGas === '0x0', policy === 'freeGas')
  assert.equal(maxPriorityFeePerGas, maxFeePerGas)
  const confirmed = await wallet.confirmed(await result)
  assert.equal(confirmed.txReceipt?.status, '0x1')
}

async function speedUp(wallet: Wallet): Promise<void> {
  const { waiting, fill } = await leaveGap(wallet)
  await wallet.transactions.speedUpTransaction(waiting.id, dearer(waiting))
  await fill()
  const replacement = wallet.transactions.state.transactions.find(
    ({ type, replacedById, txParams }) =>
      type === 'retry' && replacedById === undefined && txParams.nonce === waiting.txParams.nonce,
  )
  const confirmed = await wallet.confirmed(replacement?.hash as Hex)
  assert.equal(confirmed.txParams.value, '0x2')
}

async function cancel(wallet: Wallet): Promise<void> {
  const { waiting, fill } = await leaveGap(wallet)
  await wallet.transactions.stopTransaction(waiting.id, dearer(waiting))
  await fill()
  const replacement = wallet.transactions.state.transactions.find(
    ({ type, txParams }) => type === 'cancel' && txParams.nonce === waiting.txParams.nonce,
  )
  const confirmed = await wallet.confirmed(replacement?.hash as Hex)
  assert.equal(confirmed.txParams.value, '0x0')
}

/** A transaction that waits for the nonce before it, so that no block takes it before it is replaced. */
async function leaveGap(wallet: Wallet) {
  const { provider } = wallet.networks.getNetworkClientById(wallet.clientId)
  const params = [wallet.from, 'pending']
  const next = Number(await provider.request({ method: 'eth_getTransactionCount', params }))
  const { result, transactionMeta } = await wallet.add({
    to: BEEF,
    value: '0x2',
    nonce: `0x${(next + 1).toString(16)}`,
  })
  await result
  const waiting = wallet.transactions.state.transactions.find(({ id }) => id === transactionMeta.id)
  assert.ok(waiting)
  return {
    waiting,
    async fill() {
      const { result } = await wallet.add({ to: BEEF, nonce: `0x${next.toString(16)}` })
      await wallet.confirmed(await result)
    },
  }
}

/** What its windows hand over: the fees with a tenth on top, or what the user types where they are zero. */
function dearer({ txParams }: TransactionMeta) {
  const raise = (fee: Hex = '0x0') => `0x${((BigInt(fee) * 11n) / 10n + 1n).toString(16)}` as const
  return {
    maxFeePerGas: raise(txParams.maxFeePerGas),
    maxPriorityFeePerGas: raise(txParams.maxPriorityFeePerGas),
  }
}

async function sendFromEmpty(_: Wallet, { policy, rpcUrl }: ChainUnderTest): Promise<void> {
  const poor = await openWallet(rpcUrl, CHAIN_ID, generatePrivateKey())
  try {
    const { result, transactionMeta } = await poor.add({ to: BEEF, value: '0x0' })
    assert.equal(transactionMeta.txParams.gas, '0x5208')
    if (policy === 'freeGas') {
      const confirmed = await poor.confirmed(await result)
      assert.equal(confirmed.txReceipt?.effectiveGasPrice, '0x0')
    } else {
      await assert.rejects(result)
      // The wallet keeps no more than that it failed; its provider hands on what the node says.
      const rawTx = poor.transactions.state.transactions[0]?.rawTx
      const { provider } = poor.networks.getNetworkClientById(poor.clientId)
      const again = provider.request({ method: 'eth_sendRawTransaction', params: [rawTx] })
      await assert.rejects(again, (error: { data?: { message?: string } }) => {
        assert.match(error.data?.message ?? '', /insufficient funds for gas \* price \+ value/)
        return true
      })
    }
  } finally {
    poor.close()
  }
}
