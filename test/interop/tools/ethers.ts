// ethers v6 as a dApp uses it, with nothing but the two URLs.
import assert from 'node:assert/strict'
import {
  type BaseContract,
  type Contract,
  type ContractEventPayload,
  ContractFactory,
  type InterfaceAbi,
  isCallException,
  isError,
  JsonRpcProvider,
  NonceManager,
  type TransactionRequest,
  Wallet,
  WebSocketProvider,
} from 'ethers'
import { keyOf } from '../accounts.ts'
import { readArtifact } from '../artifacts.ts'
import { type ChainUnderTest, defineTool } from '../tool.ts'

const CAP = 1_000_000n
const INCLUSION_MS = 60_000

interface State {
  readonly provider: JsonRpcProvider
  readonly webSocket: WebSocketProvider
  readonly wallet: Wallet
  readonly token: Contract
}

/** Reads, sends, events, batches, replacements and refusals. */
export const ethers = defineTool<State>({
  name: 'ethers 6',
  async open({ rpcUrl, wsUrl }) {
    const provider = new JsonRpcProvider(rpcUrl)
    provider.pollingInterval = 200
    const webSocket = new WebSocketProvider(wsUrl)
    const wallet = new Wallet(keyOf('ethers'), provider)
    const token = await deploy('CityToken', [wallet.address, CAP], wallet)
    return { provider, webSocket, wallet, token }
  },
  async close({ provider, webSocket }) {
    provider.destroy()
    await webSocket.destroy()
  },
  steps: {
    'deploys a contract and reads it back': readBack,
    'sends with the defaults for every field, finds the log': sendDefaults,
    'hears an event over WebSocket': hearEvent,
    'decodes a custom error of a call and of a transaction': decodeCustomError,
    'shows the reason string of a revert': showReason,
    'a transaction that fails on chain has a receipt with status 0': failOnChain,
    '150 requests in one batch are all answered': batchRequests,
    '300 transactions of one key, sent without waiting, are included': sendSeries,
    'a replacement: too cheap is refused, 10 % more replaces': replace,
    'a used nonce is NONCE_EXPIRED': reuseNonce,
    'an empty account sends if gas is free, else is INSUFFICIENT_FUNDS': sendFromEmpty,
  },
})

async function readBack({ provider, token }: State): Promise<void> {
  const address = await token.getAddress()
  const receipt = await token.deploymentTransaction()?.wait(1)
  assert.equal(receipt?.status, 1)
  assert.equal(receipt?.contractAddress, address)
  assert.notEqual(await provider.getCode(address), '0x')
  assert.equal(await token.getFunction('symbol')(), 'BCP')
  assert.equal(await token.getFunction('CAP')(), CAP)
}

async function sendDefaults({ provider, wallet, token }: State, chain: ChainUnderTest) {
  const response = await token.getFunction('mint')(wallet.address, 7n)
  // To ethers a base fee of 0 is none: it sends type 0 with eth_gasPrice, which is 0 then.
  assert.equal(response.type, chain.policy === 'freeGas' ? 0 : 2)
  const receipt = await response.wait(1)
  assert.equal(receipt?.status, 1)
  const logs = await token.queryFilter('Transfer', receipt?.blockNumber, receipt?.blockNumber)
  assert.equal(logs.filter((log) => log.transactionHash === receipt?.hash).length, 1)
  const block = await provider.getBlock(receipt?.blockNumber ?? 0)
  assert.ok(block?.transactions.includes(receipt?.hash))
}

async function hearEvent({ webSocket, token }: State): Promise<void> {
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
}

async function decodeCustomError({ wallet, token }: State): Promise<void> {
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
}

async function showReason({ wallet }: State): Promise<void> {
  const board = await deploy('NoticeBoard', [wallet.address], wallet)
  const greeting = await deploy('Greeting', [await board.getAddress(), 'Hello'], wallet)
  await assert.rejects(greeting.getFunction('greet').staticCall(''), (error) => {
    assert.ok(isCallException(error))
    assert.equal(error.reason, 'Greeting: empty text')
    return true
  })
}

async function failOnChain({ wallet, token }: State): Promise<void> {
  const gas = { gasLimit: 200_000n }
  const response = await token.getFunction('mint')(wallet.address, CAP + 1n, gas)
  await assert.rejects(response.wait(1), (error) => {
    assert.ok(isCallException(error))
    assert.equal(error.receipt?.status, 0)
    return true
  })
}

async function batchRequests(_: State, { rpcUrl }: ChainUnderTest): Promise<void> {
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
}

async function sendSeries({ provider }: State): Promise<void> {
  const sender = new Wallet(keyOf('ethersSeries'), provider)
  const nonceBefore = await sender.getNonce()
  const fields = await transferFields(provider)
  const signer = new NonceManager(sender)
  const responses = await Promise.all(
    Array.from({ length: 300 }, () => signer.sendTransaction({ ...fields, to: sender.address })),
  )
  assert.equal(await sender.getNonce('pending'), nonceBefore + 300)
  const last = responses.reduce((a, b) => (a.nonce > b.nonce ? a : b))
  await last.wait(1, INCLUSION_MS)
  const receipts = await Promise.all(
    responses.map(({ hash }) => provider.getTransactionReceipt(hash)),
  )
  assert.ok(receipts.every((receipt) => receipt?.status === 1))
  assert.equal(await sender.getNonce('latest'), nonceBefore + 300)
}

async function replace({ provider }: State, { policy }: ChainUnderTest): Promise<void> {
  const sender = new Wallet(keyOf('ethersReplacement'), provider)
  const nonce = await sender.getNonce('pending')
  const fields = await transferFields(provider)
  const dearer = {
    maxFeePerGas: (BigInt(fields.maxFeePerGas ?? 0) * 110n + 99n) / 100n,
    maxPriorityFeePerGas: (BigInt(fields.maxPriorityFeePerGas ?? 0) * 110n + 99n) / 100n,
  }
  // The nonce before it is missing, so no block takes it before it is replaced.
  const waiting = { ...fields, nonce: nonce + 1, to: sender.address }
  const replaced = await sender.sendTransaction({ ...waiting, value: 1n })
  // Where gas is free no price can rise, so any replacement is taken.
  if (policy !== 'freeGas') {
    await assert.rejects(sender.sendTransaction({ ...waiting, value: 2n }), (error) =>
      isError(error, 'REPLACEMENT_UNDERPRICED'),
    )
  }
  const replacement = await sender.sendTransaction({ ...waiting, ...dearer, value: 3n })
  await sender.sendTransaction({ ...fields, nonce, to: sender.address })
  const receipt = await replacement.wait(1, INCLUSION_MS)
  assert.equal(receipt?.status, 1)
  assert.equal(await provider.getTransactionReceipt(replaced.hash), null)
}

async function reuseNonce({ provider, wallet }: State): Promise<void> {
  const fields = { ...(await transferFields(provider)), nonce: 0, to: wallet.address }
  await assert.rejects(wallet.sendTransaction(fields), (error) => isError(error, 'NONCE_EXPIRED'))
}

async function sendFromEmpty({ provider, wallet }: State, { policy }: ChainUnderTest) {
  const poor = Wallet.createRandom(provider)
  const sending = poor.sendTransaction({ to: wallet.address })
  if (policy === 'freeGas') {
    const receipt = await (await sending).wait(1, INCLUSION_MS)
    assert.equal(receipt?.status, 1)
    assert.equal(receipt?.fee, 0n)
  } else {
    await assert.rejects(sending, (error) => isError(error, 'INSUFFICIENT_FUNDS'))
  }
}

async function deploy(name: string, args: readonly unknown[], wallet: Wallet): Promise<Contract> {
  const { abi, bytecode } = await readArtifact(name)
  const factory = new ContractFactory(abi as unknown as InterfaceAbi, bytecode, wallet)
  const contract: BaseContract = await factory.deploy(...args)
  return (await contract.waitForDeployment()) as Contract
}

/** A transfer of nothing with fees that stay good for a while, so that no step depends on estimates. */
async function transferFields(provider: JsonRpcProvider): Promise<TransactionRequest> {
  const { maxFeePerGas, maxPriorityFeePerGas } = await provider.getFeeData()
  return {
    type: 2,
    gasLimit: 21_000n,
    maxFeePerGas: (maxFeePerGas ?? 0n) * 2n,
    maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n,
  }
}
