// web3.js v4 as a dApp of some years uses it.
import assert from 'node:assert/strict'
import type { Abi, Hex } from 'viem'
import { keyOf } from '../accounts.ts'
import { readArtifact } from '../artifacts.ts'
import { loadTool } from '../npm/install.ts'
import { type ChainUnderTest, defineTool } from '../tool.ts'

const CAP = 1_000_000n
const BEEF = '0x000000000000000000000000000000000000bEEF'

interface Receipt {
  readonly status: bigint
  readonly blockNumber: bigint
  readonly transactionHash: Hex
  readonly effectiveGasPrice: bigint
}

interface Invocation {
  call(): Promise<unknown>
  send(options: { from: string }): Promise<Receipt>
  estimateGas(options: { from: string }): Promise<bigint>
}

interface Contract {
  readonly methods: Readonly<Record<string, (...args: unknown[]) => Invocation>>
  readonly options: { readonly address: string }
  deploy(options: { data: Hex; arguments: unknown[] }): {
    send(options: { from: string }): Promise<Contract>
  }
  getPastEvents(
    name: string,
    range: { fromBlock: bigint; toBlock: bigint },
  ): Promise<readonly { readonly transactionHash: Hex }[]>
}

/** The part of web3.js that is used here. */
interface Web3 {
  readonly eth: {
    readonly Contract: new (abi: Abi) => Contract
    readonly accounts: {
      readonly wallet: { add(key: Hex): readonly { readonly address: string }[] }
      create(): { readonly privateKey: Hex }
    }
    getChainId(): Promise<bigint>
    getBlockNumber(): Promise<bigint>
    sendTransaction(fields: { from: string; to: string }): Promise<Receipt>
    subscribe(kind: 'newBlockHeaders'): Promise<{
      once(event: 'data', listener: (head: { readonly number: bigint }) => void): void
    }>
    clearSubscriptions(): Promise<unknown>
  }
  readonly currentProvider: { disconnect(): void }
}

interface State {
  readonly web3: Web3
  readonly sender: string
  readonly token: Contract
}

/** Deploys, reads, sends, events, errors and refusals. */
export const web3 = defineTool<State>({
  name: 'web3.js 4',
  async open({ rpcUrl }) {
    const web3 = await connect(rpcUrl)
    const sender = addKey(web3, keyOf('web3'))
    const { abi, bytecode } = await readArtifact('CityToken')
    const token = await new web3.eth.Contract(abi)
      .deploy({ data: bytecode, arguments: [sender, CAP] })
      .send({ from: sender })
    return { web3, sender, token }
  },
  steps: {
    async 'deploys a contract and reads it back'({ token }) {
      assert.equal(await invoke(token, 'symbol').call(), 'BCP')
      assert.equal(await invoke(token, 'CAP').call(), CAP)
    },
    async 'sends with the defaults for every field, finds the event'({ sender, token }) {
      const receipt = await invoke(token, 'mint', sender, 7n).send({ from: sender })
      assert.equal(receipt.status, 1n)
      const { blockNumber } = receipt
      const range = { fromBlock: blockNumber, toBlock: blockNumber }
      const events = await token.getPastEvents('Transfer', range)
      const mine = events.filter((event) => event.transactionHash === receipt.transactionHash)
      assert.equal(mine.length, 1)
    },
    'hears of new blocks over WebSocket': hearHeads,
    async 'decodes a custom error'({ sender, token }) {
      const minting = invoke(token, 'mint', sender, CAP + 1n).send({ from: sender })
      await assert.rejects(minting, (error: { cause?: { errorName?: string } }) => {
        assert.equal(error.cause?.errorName, 'CityTokenCapExceeded')
        return true
      })
    },
    'an empty account sends if gas is free, else has insufficient funds': sendFromEmpty,
  },
})

async function hearHeads({ web3 }: State, { wsUrl }: ChainUnderTest): Promise<void> {
  const webSocket = await connect(wsUrl)
  const subscription = await webSocket.eth.subscribe('newBlockHeaders')
  const { promise, resolve } = Promise.withResolvers<bigint>()
  subscription.once('data', ({ number }) => resolve(number))
  assert.ok((await promise) <= (await web3.eth.getBlockNumber()))
  await webSocket.eth.clearSubscriptions()
  webSocket.currentProvider.disconnect()
}

async function sendFromEmpty({ web3 }: State, { policy }: ChainUnderTest): Promise<void> {
  const from = addKey(web3, web3.eth.accounts.create().privateKey)
  const sending = web3.eth.sendTransaction({ from, to: BEEF })
  if (policy === 'freeGas') {
    const receipt = await sending
    assert.equal(receipt.status, 1n)
    assert.equal(receipt.effectiveGasPrice, 0n)
  } else {
    // web3.js calls before it sends, and keeps the node's words as the reason.
    await assert.rejects(sending, (error: { reason?: string }) => {
      assert.match(error.reason ?? '', /insufficient funds for gas \* price \+ value/)
      return true
    })
  }
}

async function connect(url: string): Promise<Web3> {
  const exported = await loadTool<{ Web3: new (url: string) => Web3 }>('web3')
  return new exported.Web3(url)
}

function addKey(web3: Web3, key: Hex): string {
  return web3.eth.accounts.wallet.add(key).at(-1)?.address ?? ''
}

function invoke(contract: Contract, name: string, ...args: unknown[]): Invocation {
  const method = contract.methods[name]
  assert.ok(method)
  return method(...args)
}
