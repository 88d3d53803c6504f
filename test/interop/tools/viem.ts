// viem as a dApp uses it, with nothing but the two URLs.
import assert from 'node:assert/strict'
import {
  type Address,
  BaseError,
  type Chain,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  InsufficientFundsError,
  type LocalAccount,
  type Log,
  type PublicClient,
  webSocket,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { senderOf } from '../accounts.ts'
import { type Artifact, readArtifact } from '../artifacts.ts'
import { type ChainUnderTest, defineTool } from '../tool.ts'

const CAP = 1_000_000n
const INCLUSION_MS = 60_000
const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11'

interface State {
  readonly client: PublicClient
  readonly chain: Chain
  readonly account: LocalAccount
  readonly artifact: Artifact
  readonly token: Address
}

/** Reads, simulations, sends, events, Multicall3, batches, replacements and refusals. */
export const viem = defineTool<State>({
  name: 'viem 2',
  async open({ rpcUrl, wsUrl }) {
    const artifact = await readArtifact('CityToken')
    const id = await createPublicClient({ transport: http(rpcUrl) }).getChainId()
    const chain = defineChain({
      id,
      name: 'chain under test',
      nativeCurrency: { name: 'Coin', symbol: 'COIN', decimals: 18 },
      rpcUrls: { default: { http: [rpcUrl], webSocket: [wsUrl] } },
      contracts: { multicall3: { address: MULTICALL3 } },
    })
    const client = createPublicClient({ chain, transport: http(), pollingInterval: 200 })
    const account = senderOf('viem')
    const wallet = createWalletClient({ account, chain, transport: http() })
    const hash = await wallet.deployContract({ ...artifact, args: [account.address, CAP] })
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: INCLUSION_MS })
    assert.ok(receipt.contractAddress)
    return { client, chain, account, artifact, token: receipt.contractAddress }
  },
  steps: {
    'deploys a contract and reads it back': readBack,
    'simulates, sends with the defaults, waits for the receipt': simulateAndSend,
    'simulateContract names the custom error and its values': nameCustomError,
    'the finalized block is a recent one': readFinalized,
    'watchContractEvent hears an event over WebSocket': watchEvent,
    'multicall reads through Multicall3': multicall,
    '150 requests in one batch are all answered': batchRequests,
    'a replacement: too cheap is refused, 10 % more replaces': replace,
    'an empty account sends if gas is free, else has insufficient funds': sendFromEmpty,
  },
})

async function readBack(state: State): Promise<void> {
  assert.notEqual(await state.client.getCode({ address: state.token }), undefined)
  assert.equal(await read(state, 'symbol'), 'BCP')
  assert.equal(await read(state, 'CAP'), CAP)
}

async function simulateAndSend(state: State): Promise<void> {
  const { client, account, artifact, token } = state
  const { request } = await client.simulateContract({ ...mint(state, 5n), account })
  const hash = await walletOf(account, state).writeContract(request)
  const receipt = await client.waitForTransactionReceipt({ hash, timeout: INCLUSION_MS })
  assert.equal(receipt.status, 'success')
  assert.equal(receipt.type, 'eip1559')
  const events = await client.getContractEvents({
    address: token,
    abi: artifact.abi,
    eventName: 'Transfer',
    blockHash: receipt.blockHash,
  })
  assert.equal(events.filter(({ transactionHash }) => transactionHash === hash).length, 1)
}

async function nameCustomError(state: State): Promise<void> {
  const { client, account } = state
  await assert.rejects(client.simulateContract({ ...mint(state, CAP + 1n), account }), (error) => {
    assert.ok(error instanceof BaseError)
    const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
    assert.ok(reverted instanceof ContractFunctionRevertedError)
    assert.equal(reverted.data?.errorName, 'CityTokenCapExceeded')
    assert.equal(reverted.data?.args?.[0], CAP + 1n)
    return true
  })
}

async function readFinalized({ client }: State): Promise<void> {
  const finalized = await client.getBlock({ blockTag: 'finalized' })
  const safe = await client.getBlock({ blockTag: 'safe' })
  const latest = await client.getBlock()
  assert.ok(finalized.number > 0n && finalized.number <= latest.number)
  assert.ok(safe.number <= latest.number)
}

async function watchEvent(state: State): Promise<void> {
  const { chain, account, artifact, token } = state
  const socket = createPublicClient({ chain, transport: webSocket() })
  const { promise, resolve, reject } = Promise.withResolvers<readonly Log[]>()
  const unwatch = socket.watchContractEvent({
    address: token,
    abi: artifact.abi,
    eventName: 'Transfer',
    onLogs: resolve,
    onError: reject,
  })
  // Requests on one socket are answered in order: after this one the subscription stands.
  await socket.getBlockNumber()
  const hash = await walletOf(account, state).writeContract({ ...mint(state, 6n), account })
  const logs = await promise
  unwatch()
  assert.equal(logs[0]?.transactionHash, hash)
  const rpcClient = await socket.transport.getRpcClient()
  rpcClient.close()
}

async function multicall({ client, account, artifact, token }: State): Promise<void> {
  const contract = { address: token, abi: artifact.abi }
  const results = await client.multicall({
    contracts: [
      { ...contract, functionName: 'CAP' },
      { ...contract, functionName: 'decimals' },
      { ...contract, functionName: 'transfer', args: [account.address, CAP] },
    ],
  })
  assert.equal(results[0]?.result, CAP)
  assert.equal(results[1]?.result, 0)
  assert.equal(results[2]?.status, 'failure')
}

async function batchRequests({ account }: State, { rpcUrl }: ChainUnderTest): Promise<void> {
  const sizes: number[] = []
  const batching = createPublicClient({
    transport: http(rpcUrl, {
      batch: { batchSize: 150, wait: 50 },
      onFetchRequest: async (request) => {
        const body: unknown = await request.clone().json()
        sizes.push(Array.isArray(body) ? body.length : 1)
      },
    }),
  })
  const balances = await Promise.all(
    Array.from({ length: 150 }, () => batching.getBalance({ address: account.address })),
  )
  assert.deepEqual(sizes, [150])
  assert.ok(balances.every((balance) => balance > 0n))
}

async function replace(state: State, { policy }: ChainUnderTest): Promise<void> {
  const { client } = state
  const sender = senderOf('viemReplacement')
  const wallet = walletOf(sender, state)
  const nonce = await client.getTransactionCount({ address: sender.address, blockTag: 'pending' })
  const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
  const fees = { maxFeePerGas: 2n * maxFeePerGas, maxPriorityFeePerGas }
  // The nonce before it is missing, so no block takes it before it is replaced.
  const waiting = { ...fees, to: sender.address, gas: 21_000n, nonce: nonce + 1 }
  await wallet.sendTransaction({ ...waiting, value: 1n })
  // Where gas is free no price can rise, so any replacement is taken.
  if (policy !== 'freeGas') {
    await assert.rejects(
      wallet.sendTransaction({ ...waiting, value: 2n }),
      (error) =>
        error instanceof BaseError && /replacement transaction underpriced/i.test(error.details),
    )
  }
  const hash = await wallet.sendTransaction({
    ...waiting,
    maxFeePerGas: (fees.maxFeePerGas * 110n + 99n) / 100n,
    maxPriorityFeePerGas: (fees.maxPriorityFeePerGas * 110n + 99n) / 100n,
    value: 3n,
  })
  await wallet.sendTransaction({ ...waiting, nonce })
  const receipt = await client.waitForTransactionReceipt({ hash, timeout: INCLUSION_MS })
  assert.equal(receipt.transactionHash, hash)
}

async function sendFromEmpty(state: State, { policy }: ChainUnderTest): Promise<void> {
  const poor = privateKeyToAccount(generatePrivateKey())
  const sending = walletOf(poor, state).sendTransaction({ to: state.account.address })
  if (policy === 'freeGas') {
    const receipt = await state.client.waitForTransactionReceipt({ hash: await sending })
    assert.equal(receipt.status, 'success')
    assert.equal(receipt.effectiveGasPrice, 0n)
  } else {
    await assert.rejects(sending, (error) => {
      assert.ok(error instanceof BaseError)
      return error.walk((cause) => cause instanceof InsufficientFundsError) !== null
    })
  }
}

function walletOf(sender: LocalAccount, { chain }: State) {
  return createWalletClient({ account: sender, chain, transport: http() })
}

function read({ client, artifact, token }: State, functionName: string): Promise<unknown> {
  return client.readContract({ address: token, abi: artifact.abi, functionName })
}

function mint({ account, artifact, chain, token }: State, amount: bigint) {
  return {
    address: token,
    abi: artifact.abi,
    functionName: 'mint',
    args: [account.address, amount],
    chain,
  } as const
}
