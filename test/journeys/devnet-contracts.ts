// Contracts on a devnet, as the people of a journey deploy, call and read them.
import assert from 'node:assert/strict'
import {
  type Account,
  type Address,
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
  type TransactionReceipt,
} from 'viem'
import { type HDAccount, mnemonicToAccount } from 'viem/accounts'
import { startFreshDevnet } from '../e2e/devnet-process.ts'
import { TEST_MNEMONIC } from '../interop/accounts.ts'
import { type Artifact, buildContracts } from '../interop/artifacts.ts'

/** A contract as viem's actions take it. */
export interface Deployed {
  readonly address: Address
  readonly abi: readonly unknown[]
}

/** A call of a contract. */
export type Call = readonly [on: Deployed, functionName: string, args?: readonly unknown[]]

/** Who has coins on a devnet. @param addressIndex of the mnemonic, 0 to 19 */
export const person = (addressIndex: number): HDAccount =>
  mnemonicToAccount(TEST_MNEMONIC, { addressIndex })

/** The chain refuses what was tried, with this error. */
export const isRefused = (tried: Promise<unknown>, error: string): Promise<void> =>
  assert.rejects(tried, new RegExp(error))

/** A chain as people use it. @param url of its RPC */
export function connect(url: string) {
  const transport = http(url)
  const publicClient = createPublicClient({ transport, pollingInterval: 200 })
  const wallet = createWalletClient({ transport })

  async function included(hash: Hex): Promise<TransactionReceipt> {
    const receipt = await publicClient.waitForTransactionReceipt({ hash })
    assert.equal(receipt.status, 'success', `${hash} failed in its block`)
    return receipt
  }

  async function deploy(who: Account, artifact: Artifact, args: unknown[]): Promise<Deployed> {
    const { abi, bytecode } = artifact
    const hash = await wallet.deployContract({ abi, bytecode, args, account: who, chain: null })
    return { address: (await included(hash)).contractAddress as Address, abi }
  }

  /** Sends a call that was tried before, so that a refusal says why. */
  async function send(who: Account, ...[on, functionName, args = []]: Call) {
    const call = { ...on, functionName, args, account: who, chain: null }
    const { request } = await publicClient.simulateContract(call as never)
    return included(await wallet.writeContract(request as never))
  }

  /** Sends calls of one person, none of which needs another, so that one block can take them all. */
  async function sendAll(who: Account, calls: readonly Call[]): Promise<TransactionReceipt[]> {
    let nonce = await publicClient.getTransactionCount({ address: who.address })
    const hashes: Hex[] = []
    for (const [on, functionName, args = []] of calls) {
      const call = { ...on, functionName, args, account: who, chain: null, nonce }
      hashes.push(await wallet.writeContract(call as never))
      nonce++
    }
    return Promise.all(hashes.map(included))
  }

  /** @param blockNumber of the state that is read; the latest when absent */
  function read<Value>(
    on: Deployed,
    functionName: string,
    args: readonly unknown[] = [],
    blockNumber?: bigint,
  ): Promise<Value> {
    const call = { ...on, functionName, args, blockNumber }
    return publicClient.readContract(call as never) as Promise<Value>
  }

  async function giveCoins(from: Account, to: Address, value: bigint): Promise<void> {
    await included(await wallet.sendTransaction({ to, value, account: from, chain: null }))
  }

  const now = async (): Promise<bigint> => (await publicClient.getBlock()).timestamp

  /** Makes blocks until one has this time: an idle devnet makes few of its own. */
  async function untilBlockTime(time: bigint, who: Account): Promise<void> {
    while ((await now()) < time) await giveCoins(who, who.address, 0n)
  }

  return { publicClient, wallet, deploy, send, sendAll, read, giveCoins, now, untilBlockTime }
}

/** Starts a devnet for contracts of this repository, which it compiles if they changed; it serves traces too. */
export async function openDevnet() {
  await buildContracts()
  const { place, close } = await startFreshDevnet([], {
    BUSAN_RPC_HTTP_API: 'eth,net,web3,debug',
  })
  return { url: place.url, ...connect(place.url), close }
}
