// A chain's state on disk, as large as asked for, and blocks of work for it.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Block, type ChainSpec, type Header, parseGenesis } from '@busan/chain-spec'
import {
  type Address,
  bytesToAddress,
  type Hex,
  keccak256,
  privateKeyToAddress,
  toAddress,
} from '@busan/primitives'
import { encodeExtraData } from '@busan/qbft'
import { type KeyValueStore, openLevelStore } from '@busan/storage'
import { silentLogger } from '@busan/telemetry'
import { createTx, type TypedTxData } from '@ethereumjs/tx'
import { compileToken, transferData } from './token.ts'

export const SENDER_COUNT = 1000
export const CHAIN_ID = 51_053
export const TOKEN = toAddress(`0x${'70'.repeat(20)}`)
export const WRITER = toAddress(`0x${'71'.repeat(20)}`)
/** Writes 20 slots from the one that the calldata names on. */
export const WRITER_CODE: Hex = '0x60003560145b81810160019055600190038060055700'
/** A million accounts with two places each need this much. */
const STATE_THREAD_MB = 14_000

/** A block of work, by name. */
export type Work = 'transfers' | 'erc20' | 'deploys' | 'storage'

/** A database with a genesis state in it. */
export interface ChainState {
  readonly spec: ChainSpec
  readonly accountCount: number
  /** Where the database lies. */
  readonly folder: string
  readonly store: KeyValueStore
  readonly genesis: Header
  close(): Promise<void>
}

/** Private key of the sender of this index. */
export function senderKey(index: number): Uint8Array {
  return keccak256(new TextEncoder().encode(`bench sender ${index}`))
}

/** An address that nobody has the key of. */
export function strangerOf(seed: string): Address {
  return bytesToAddress(keccak256(new TextEncoder().encode(seed)).subarray(12))
}

/** Lays the state out in a fresh folder: senders, a token that all accounts hold, and as many accounts as asked for. */
export async function createChainState(accountCount: number): Promise<ChainState> {
  // A genesis file of so many accounts would be larger than a node reads.
  const spec = parseGenesis(genesisDocument({}))
  const folder = await mkdtemp(path.join(os.tmpdir(), 'busan-bench-'))
  // On another thread: what the making leaves on the heap is not for the measured one to clean up.
  const thread = new Worker(new URL('./state-thread.ts', import.meta.url), {
    workerData: { folder, accountCount },
    resourceLimits: { maxOldGenerationSizeMb: STATE_THREAD_MB },
  })
  const [stateRoot] = await once(thread, 'message')
  await thread.terminate()
  const store = await openLevelStore(folder, { logger: silentLogger })
  return {
    spec,
    accountCount,
    folder,
    store,
    genesis: spec.genesisHeader(stateRoot),
    async close() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** A genesis up to Shanghai, the last fork at whose blocks the stock library calls no system contracts. */
export function genesisDocument(alloc: Readonly<Record<string, object>>): string {
  const forks = [
    ...['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg'],
    ...['istanbul', 'muirGlacier', 'berlin', 'london', 'arrowGlacier', 'grayGlacier'],
    'mergeNetsplit',
  ].map((fork) => [`${fork}Block`, 0])
  return JSON.stringify({
    config: {
      chainId: CHAIN_ID,
      ...Object.fromEntries(forks),
      shanghaiTime: 0,
      qbft: { epochlength: 30_000, blockperiodseconds: 1, requesttimeoutseconds: 2 },
    },
    timestamp: '0x1',
    gasLimit: '0x1dcd65000',
    difficulty: '0x1',
    mixHash: '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
    baseFeePerGas: '0x7',
    extraData: encodeExtraData({
      vanity: new Uint8Array(32),
      validators: [privateKeyToAddress(senderKey(0))],
      round: 0,
      seals: [],
    }),
    alloc,
  })
}

/** A block of `count` transactions, one of each sender; `height` counts from 1 and is the senders' nonce. */
export function workBlock(state: ChainState, work: Work, height: number, count: number): Block {
  const common = state.spec.commonAt(1n, 2n)
  const transactions = Array.from({ length: count }, (_, index) => {
    const fields = { nonce: height - 1, maxFeePerGas: 1_000n, maxPriorityFeePerGas: 0n, type: 2 }
    const data = { ...fields, ...payload(work, height, index), chainId: CHAIN_ID } as TypedTxData
    return createTx(data, { common }).sign(senderKey(index)).serialize()
  })
  const { genesis } = state
  const header: Header = {
    ...genesis,
    number: BigInt(height),
    timestamp: genesis.timestamp + BigInt(height),
    coinbase: privateKeyToAddress(senderKey(0)),
  }
  return { header, transactions }
}

let creationCode: Hex | undefined

function payload(work: Work, height: number, index: number) {
  switch (work) {
    case 'transfers':
      return {
        to: strangerOf(`account ${(height * 1_000 + index * 7) % 9_000}`),
        value: 1n,
        gasLimit: 21_000n,
      }
    case 'erc20': {
      const to = strangerOf(`fresh ${height} ${index}`)
      return { to: TOKEN, data: transferData(to, 1n), gasLimit: 100_000n }
    }
    case 'deploys':
      creationCode ??= compileToken().creationCode
      return { data: creationCode, gasLimit: 2_000_000n }
    case 'storage': {
      const slot = BigInt(height * 1_000_000 + index * 100)
      return {
        to: WRITER,
        data: `0x${slot.toString(16).padStart(64, '0')}` as Hex,
        gasLimit: 600_000n,
      }
    }
  }
}
