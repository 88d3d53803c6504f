// viem as a dApp uses it, with nothing but the two URLs.
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import {
  type Address,
  BaseError,
  type Chain,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hash,
  http,
  InsufficientFundsError,
  type LocalAccount,
  type Log,
  type PublicClient,
  webSocket,
} from 'viem'
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { SENDERS, TEST_MNEMONIC } from './accounts.ts'
import { type Artifact, buildContracts, readArtifact } from './artifacts.ts'
import { rpcUrl, wsUrl } from './chain.ts'

const CAP = 1_000_000n
const TIMEOUT_MS = 60_000
const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11'

let client: PublicClient
let chain: Chain
let artifact: Artifact
let token: Address
const account = mnemonicToAccount(TEST_MNEMONIC, { addressIndex: SENDERS.viem })

suite('viem', { timeout: 5 * TIMEOUT_MS }, () => {
  before(async () => {
    await buildContracts()
    artifact = await readArtifact('CityToken')
    const id = await createPublicClient({ transport: http(rpcUrl) }).getChainId()
    chain = defineChain({
      id,
      name: 'chain under test',
      nativeCurrency: { name: 'Coin', symbol: 'COIN', decimals: 18 },
      rpcUrls: { default: { http: [rpcUrl], webSocket: [wsUrl] } },
      contracts: { multicall3: { address: MULTICALL3 } },
    })
    client = createPublicClient({ chain, transport: http(), pollingInterval: 200 })
    token = await deployToken()
  })

  test('deploys a contract and reads it back', async () => {
    assert.notEqual(await client.getCode({ address: token }), undefined)
    assert.equal(await read('symbol'), 'BCP')
    assert.equal(await read('CAP'), CAP)
  })

  test('simulates, sends with the defaults for every field, waits for the receipt', async () => {
    const { request } = await client.simulateContract({ ...mint(5n), account })
    const hash = await walletOf(account).writeContract(request)
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: TIMEOUT_MS })
    assert.equal(receipt.status, 'success')
    assert.equal(receipt.type, 'eip1559')
    const events = await client.getContractEvents({
      address: token,
      abi: artifact.abi,
      eventName: 'Transfer',
      blockHash: receipt.blockHash,
    })
    assert.equal(events.filter(({ transactionHash }) => transactionHash === hash).length, 1)
  })

  test('simulateContract names the custom error and its values', async () => {
    await assert.rejects(client.simulateContract({ ...mint(CAP + 1n), account }), (error) => {
      assert.ok(error instanceof BaseError)
      const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
      assert.ok(reverted instanceof ContractFunctionRevertedError)
      assert.equal(reverted.data?.errorName, 'CityTokenCapExceeded')
      assert.equal(reverted.data?.args?.[0], CAP + 1n)
      return true
    })
  })

  test('the finalized block is a recent one', async () => {
    const finalized = await client.getBlock({ blockTag: 'finalized' })
    const safe = await client.getBlock({ blockTag: 'safe' })
    const latest = await client.getBlock()
    assert.ok(finalized.number > 0n && finalized.number <= latest.number)
    assert.ok(safe.number <= latest.number)
  })

  test('watchContractEvent hears an event over WebSocket', async () => {
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
    const hash = await walletOf(account).writeContract({ ...mint(6n), account })
    const logs = await promise
    unwatch()
    assert.equal(logs[0]?.transactionHash, hash)
    const rpcClient = await socket.transport.getRpcClient()
    rpcClient.close()
  })

  test('multicall reads through Multicall3', async () => {
    const read = { address: token, abi: artifact.abi }
    const results = await client.multicall({
      contracts: [
        { ...read, functionName: 'CAP' },
        { ...read, functionName: 'decimals' },
        { ...read, functionName: 'transfer', args: [account.address, CAP] },
      ],
    })
    assert.equal(results[0]?.result, CAP)
    assert.equal(results[1]?.result, 0)
    assert.equal(results[2]?.status, 'failure')
  })

  test('150 requests in one batch are all answered', async () => {
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
  })

  test('300 transactions of one key, sent without waiting, are all included', async () => {
    const sender = mnemonicToAccount(TEST_MNEMONIC, { addressIndex: SENDERS.viemSeries })
    const { address } = sender
    const first = await client.getTransactionCount({ address })
    const fees = await generousFees()
    const hashes = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        walletOf(sender).sendTransaction({ ...fees, to: address, gas: 21_000n, nonce: first + i }),
      ),
    )
    assert.equal(await client.getTransactionCount({ address, blockTag: 'pending' }), first + 300)
    await client.waitForTransactionReceipt({ hash: hashes.at(-1) as Hash, timeout: TIMEOUT_MS })
    const receipts = await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash })))
    assert.ok(receipts.every(({ status }) => status === 'success'))
  })

  test('a replacement that is too cheap is refused; 10 % more replaces', async () => {
    const sender = mnemonicToAccount(TEST_MNEMONIC, { addressIndex: SENDERS.viemReplacement })
    const wallet = walletOf(sender)
    const nonce = await client.getTransactionCount({ address: sender.address, blockTag: 'pending' })
    const fees = await generousFees()
    // The nonce before it is missing, so no block takes it before it is replaced.
    const waiting = { ...fees, to: sender.address, gas: 21_000n, nonce: nonce + 1 }
    await wallet.sendTransaction({ ...waiting, value: 1n })
    await assert.rejects(
      wallet.sendTransaction({ ...waiting, value: 2n }),
      (error) =>
        error instanceof BaseError && /replacement transaction underpriced/i.test(error.details),
    )
    const hash = await wallet.sendTransaction({
      ...waiting,
      maxFeePerGas: (fees.maxFeePerGas * 110n + 99n) / 100n,
      maxPriorityFeePerGas: (fees.maxPriorityFeePerGas * 110n + 99n) / 100n,
      value: 3n,
    })
    await wallet.sendTransaction({ ...waiting, nonce })
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: TIMEOUT_MS })
    assert.equal(receipt.transactionHash, hash)
  })

  test('an empty account has insufficient funds', async () => {
    const poor = privateKeyToAccount(generatePrivateKey())
    const attempt = walletOf(poor).sendTransaction({
      ...(await generousFees()),
      to: account.address,
      gas: 21_000n,
      value: 1n,
    })
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof BaseError)
      return error.walk((cause) => cause instanceof InsufficientFundsError) !== null
    })
  })
})

function walletOf(sender: LocalAccount) {
  return createWalletClient({ account: sender, chain, transport: http() })
}

async function deployToken(): Promise<Address> {
  const hash = await walletOf(account).deployContract({
    ...artifact,
    account,
    args: [account.address, CAP],
  })
  const { contractAddress } = await client.waitForTransactionReceipt({ hash, timeout: TIMEOUT_MS })
  assert.ok(contractAddress)
  return contractAddress
}

function read(functionName: string): Promise<unknown> {
  return client.readContract({ address: token, abi: artifact.abi, functionName })
}

function mint(amount: bigint) {
  return {
    address: token,
    abi: artifact.abi,
    functionName: 'mint',
    args: [account.address, amount],
    chain,
  } as const
}

async function generousFees() {
  const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
  return { maxFeePerGas: 2n * maxFeePerGas, maxPriorityFeePerGas }
}
