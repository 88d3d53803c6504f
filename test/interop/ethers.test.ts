// ethers v6 as a dApp uses it, with nothing but the two URLs.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  type BaseContract,
  type Contract,
  type ContractEventPayload,
  ContractFactory,
  HDNodeWallet,
  type InterfaceAbi,
  isCallException,
  isError,
  JsonRpcProvider,
  NonceManager,
  type TransactionRequest,
  Wallet,
  WebSocketProvider,
} from 'ethers'
import { SENDERS, TEST_MNEMONIC } from './accounts.ts'
import { buildContracts, readArtifact } from './artifacts.ts'
import { rpcUrl, wsUrl } from './chain.ts'

const CAP = 1_000_000n
const TIMEOUT_MS = 60_000

let provider: JsonRpcProvider
let webSocket: WebSocketProvider
let wallet: HDNodeWallet
let token: Contract

suite('ethers', { timeout: 5 * TIMEOUT_MS }, () => {
  before(async () => {
    await buildContracts()
    provider = new JsonRpcProvider(rpcUrl)
    provider.pollingInterval = 200
    webSocket = new WebSocketProvider(wsUrl)
    wallet = walletOf(SENDERS.ethers)
    token = await deploy('CityToken', [wallet.address, CAP])
  })

  after(async () => {
    provider.destroy()
    await webSocket.destroy()
  })

  test('deploys a contract and reads it back', async () => {
    const address = await token.getAddress()
    const deployment = token.deploymentTransaction()
    const receipt = await deployment?.wait(1)
    assert.equal(receipt?.status, 1)
    assert.equal(receipt?.contractAddress, address)
    assert.notEqual(await provider.getCode(address), '0x')
    assert.equal(await token.getFunction('symbol')(), 'BCP')
    assert.equal(await token.getFunction('CAP')(), CAP)
  })

  test('sends with the defaults for every field, waits for one confirmation, finds the log', async () => {
    const response = await token.getFunction('mint')(wallet.address, 7n)
    assert.equal(response.type, 2)
    const receipt = await response.wait(1)
    assert.equal(receipt?.status, 1)
    const logs = await token.queryFilter('Transfer', receipt?.blockNumber, receipt?.blockNumber)
    assert.equal(logs.filter((log) => log.transactionHash === receipt?.hash).length, 1)
    const block = await provider.getBlock(receipt?.blockNumber ?? 0)
    assert.ok(block?.transactions.includes(receipt?.hash))
  })

  test('hears an event over WebSocket', async () => {
    const watched = token.connect(webSocket) as Contract
    const { promise, resolve } = Promise.withResolvers<ContractEventPayload>()
    const recipient = Wallet.createRandom().address
    await watched.on(watched.filters.Transfer?.(null, recipient) ?? 'Transfer', resolve)
    // Requests on one socket are answered in order: after this one the subscription stands.
    await webSocket.getBlockNumber()
    const response = await token.getFunction('mint')(recipient, 11n)
    const event = await promise
    assert.equal(event.log.transactionHash, response.hash)
    assert.equal(event.args[2], 11n)
    await watched.removeAllListeners()
  })

  test('decodes a custom error of a call and of a transaction that would fail', async () => {
    const mint = token.getFunction('mint')
    await assert.rejects(mint.staticCall(wallet.address, CAP + 1n), (error) => {
      assert.ok(isCallException(error))
      assert.equal(error.revert?.name, 'CityTokenCapExceeded')
      assert.equal(error.revert?.args[0], CAP + 1n)
      return true
    })
    // Of a failed estimate ethers hands over the bytes, for the caller to decode.
    for (const attempt of [mint.estimateGas, mint]) {
      await assert.rejects(attempt(wallet.address, CAP + 1n), (error) => {
        assert.ok(isCallException(error))
        const reverted = token.interface.parseError(error.data ?? '0x')
        assert.equal(reverted?.name, 'CityTokenCapExceeded')
        return true
      })
    }
  })

  test('shows the reason string of a revert', async () => {
    const board = await deploy('NoticeBoard', [wallet.address])
    const greeting = await deploy('Greeting', [await board.getAddress(), 'Hello'])
    await assert.rejects(greeting.getFunction('greet').staticCall(''), (error) => {
      assert.ok(isCallException(error))
      assert.equal(error.reason, 'Greeting: empty text')
      return true
    })
  })

  test('a transaction that fails on chain has a receipt with status 0', async () => {
    const response = await token.getFunction('mint')(wallet.address, CAP + 1n, {
      gasLimit: 200_000n,
    })
    await assert.rejects(response.wait(1), (error) => {
      assert.ok(isCallException(error))
      assert.equal(error.receipt?.status, 0)
      return true
    })
  })

  test('150 requests in one batch are all answered', async () => {
    const batching = new JsonRpcProvider(rpcUrl, undefined, {
      batchMaxCount: 150,
      batchStallTime: 50,
    })
    const network = await batching.getNetwork()
    const sizes: number[] = []
    await batching.on('debug', ({ action, payload }) => {
      if (action === 'sendRpcPayload' && Array.isArray(payload)) sizes.push(payload.length)
    })
    const answers = await Promise.all(
      Array.from({ length: 150 }, () => batching.send('eth_chainId', [])),
    )
    batching.destroy()
    assert.deepEqual(sizes, [150])
    assert.ok(answers.every((answer) => BigInt(answer) === network.chainId))
  })

  test('300 transactions of one key, sent without waiting, are all included', async () => {
    const sender = walletOf(SENDERS.ethersSeries)
    const nonceBefore = await sender.getNonce()
    const fields = await transferFields()
    const signer = new NonceManager(sender)
    const responses = await Promise.all(
      Array.from({ length: 300 }, () => signer.sendTransaction({ ...fields, to: sender.address })),
    )
    assert.equal(await sender.getNonce('pending'), nonceBefore + 300)
    const last = responses.reduce((a, b) => (a.nonce > b.nonce ? a : b))
    await last.wait(1, TIMEOUT_MS)
    const receipts = await Promise.all(
      responses.map(({ hash }) => provider.getTransactionReceipt(hash)),
    )
    assert.ok(receipts.every((receipt) => receipt?.status === 1))
    assert.equal(await sender.getNonce('latest'), nonceBefore + 300)
  })

  test('a replacement that is too cheap is REPLACEMENT_UNDERPRICED; 10 % more replaces', async () => {
    const sender = walletOf(SENDERS.ethersReplacement)
    const nonce = await sender.getNonce('pending')
    const fields = await transferFields()
    const dearer = {
      maxFeePerGas: (BigInt(fields.maxFeePerGas ?? 0) * 110n + 99n) / 100n,
      maxPriorityFeePerGas: (BigInt(fields.maxPriorityFeePerGas ?? 0) * 110n + 99n) / 100n,
    }
    // The nonce before it is missing, so no block takes it before it is replaced.
    const waiting = { ...fields, nonce: nonce + 1, to: sender.address }
    const replaced = await sender.sendTransaction({ ...waiting, value: 1n })
    await assert.rejects(sender.sendTransaction({ ...waiting, value: 2n }), (error) =>
      isError(error, 'REPLACEMENT_UNDERPRICED'),
    )
    const replacement = await sender.sendTransaction({ ...waiting, ...dearer, value: 3n })
    await sender.sendTransaction({ ...fields, nonce, to: sender.address })
    const receipt = await replacement.wait(1, TIMEOUT_MS)
    assert.equal(receipt?.status, 1)
    assert.equal(await provider.getTransactionReceipt(replaced.hash), null)
  })

  test('a used nonce is NONCE_EXPIRED', async () => {
    const fields = await transferFields()
    await assert.rejects(
      wallet.sendTransaction({ ...fields, nonce: 0, to: wallet.address }),
      (error) => isError(error, 'NONCE_EXPIRED'),
    )
  })

  test('an empty account is INSUFFICIENT_FUNDS', async () => {
    const poor = Wallet.createRandom(provider)
    const fields = await transferFields()
    await assert.rejects(
      poor.sendTransaction({ ...fields, to: wallet.address, value: 1n }),
      (error) => isError(error, 'INSUFFICIENT_FUNDS'),
    )
  })
})

function walletOf(index: number): HDNodeWallet {
  const path = `m/44'/60'/0'/0/${index}`
  return HDNodeWallet.fromPhrase(TEST_MNEMONIC, undefined, path).connect(provider)
}

async function deploy(name: string, args: readonly unknown[]): Promise<Contract> {
  const { abi, bytecode } = await readArtifact(name)
  const factory = new ContractFactory(abi as unknown as InterfaceAbi, bytecode, wallet)
  const contract: BaseContract = await factory.deploy(...args)
  return (await contract.waitForDeployment()) as Contract
}

/** A transfer of nothing with fees that stay good for a while, so that no test depends on estimates. */
async function transferFields(): Promise<TransactionRequest> {
  const { maxFeePerGas, maxPriorityFeePerGas } = await provider.getFeeData()
  return {
    type: 2,
    gasLimit: 21_000n,
    maxFeePerGas: (maxFeePerGas ?? 0n) * 2n,
    maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n,
  }
}
