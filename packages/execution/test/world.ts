// A chain of one genesis block in memory, to build and run blocks on.
import { type ChainSpec, type Header, parseGenesis } from '@busan/chain-spec'
import {
  type Address,
  type Hash,
  hexToBytes,
  keccak256,
  privateKeyToAddress,
  toAddress,
} from '@busan/primitives'
import { blockHash, encodeExtraData } from '@busan/qbft'
import { createMemoryStore, type KeyValueStore } from '@busan/storage'
import { createTx, type TypedTxData } from '@ethereumjs/tx'
import {
  type BlockTemplate,
  type BuiltBlock,
  type Candidates,
  computeGenesisState,
  createExecutor,
  decodeTransaction,
  type Executor,
  type Transaction,
} from '../src/index.ts'

/** Private keys of accounts that the genesis may fund. */
export const KEYS = Array.from({ length: 8 }, (_, i) => keccak256(Uint8Array.of(i)))

/** The account of a key in {@link KEYS}. */
export function accountOf(index: number): Address {
  return privateKeyToAddress(KEYS[index] as Uint8Array)
}

const VALIDATOR = accountOf(7)

/** Extra data of a proposal of round 0 by the only validator. */
export const EXTRA_DATA = encodeExtraData({
  vanity: new Uint8Array(32),
  validators: [VALIDATOR],
  round: 0,
  seals: [],
})

/** An account in genesis form. */
export interface GenesisEntry {
  readonly balance?: string
  readonly nonce?: string
  readonly code?: string
  readonly storage?: Record<string, string>
}

export interface WorldOptions {
  readonly alloc?: Record<string, GenesisEntry>
  /** Added to `config`. */
  readonly config?: Record<string, unknown>
  /** Added to `config.qbft`. */
  readonly qbft?: Record<string, unknown>
  /** Added to the document. */
  readonly document?: Record<string, unknown>
}

export interface World {
  readonly spec: ChainSpec
  readonly store: KeyValueStore
  readonly executor: Executor
  readonly genesis: Header
  /** Hashes of blocks by number, for BLOCKHASH. */
  readonly hashes: Map<bigint, Hash>
  sign(key: number, fields: TypedTxData): Transaction
  template(parent: Header, changes?: Partial<BlockTemplate>): BlockTemplate
  /** Builds on `parent` and stores the result. */
  mine(parent: Header, transactions: readonly Transaction[]): Promise<BuiltBlock>
}

const ONE_MILLION = `0x${(10n ** 24n).toString(16)}`

/** Accounts 0 to 3 have a million coins unless `alloc` says otherwise. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const rich = Object.fromEntries([0, 1, 2, 3].map((i) => [accountOf(i), { balance: ONE_MILLION }]))
  const document = {
    config: {
      chainId: 51_000,
      ...Object.fromEntries(
        ['homestead', 'eip150', 'eip158', 'byzantium', 'constantinople', 'petersburg', 'istanbul']
          .concat(['muirGlacier', 'berlin', 'london', 'arrowGlacier', 'grayGlacier'])
          .concat(['mergeNetsplit'])
          .map((fork) => [`${fork}Block`, 0]),
      ),
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: 0,
      osakaTime: 0,
      ...options.config,
      qbft: {
        epochlength: 30000,
        blockperiodseconds: 1,
        requesttimeoutseconds: 4,
        ...options.qbft,
      },
    },
    nonce: '0x0',
    timestamp: '0x1',
    gasLimit: '0x1c9c380',
    difficulty: '0x1',
    mixHash: '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
    coinbase: `0x${'00'.repeat(20)}`,
    baseFeePerGas: '0x3b9aca00',
    extraData: EXTRA_DATA,
    ...options.document,
    alloc: { ...rich, ...options.alloc },
  }
  const spec = parseGenesis(JSON.stringify(document))
  const store = createMemoryStore()
  const { stateRoot, writes } = await computeGenesisState(spec.alloc)
  await store.batch(writes)
  const genesis = spec.genesisHeader(stateRoot)
  const hashes = new Map<bigint, Hash>([[0n, blockHash(genesis)]])
  const executor = createExecutor({
    store,
    spec,
    blockHashByNumber: (number) => hashes.get(number),
  })
  const template: World['template'] = (parent, changes = {}) => ({
    parent,
    parentHash: blockHash(parent),
    coinbase: VALIDATOR,
    timestamp: parent.timestamp + 1n,
    gasLimit: parent.gasLimit,
    extraData: EXTRA_DATA,
    ...changes,
  })
  return {
    spec,
    store,
    executor,
    genesis,
    hashes,
    template,
    sign: (key, fields) => sign(spec, KEYS[key] as Uint8Array, fields),
    mine: async (parent, transactions) => {
      const built = await executor.buildBlock(template(parent), inOrder(transactions), 60_000)
      await store.batch(built.result.stateWrites)
      hashes.set(built.block.header.number, blockHash(built.block.header))
      return built
    },
  }
}

function sign(spec: ChainSpec, key: Uint8Array, fields: TypedTxData): Transaction {
  const defaults = { gasLimit: 1_000_000n, maxFeePerGas: 10n ** 10n, gasPrice: 10n ** 10n }
  const unsigned = createTx({ type: 2, ...defaults, ...fields } as TypedTxData, {
    common: spec.commonAt(0n, 1n),
  })
  const decoded = decodeTransaction(unsigned.sign(key).serialize())
  if (!decoded.ok) throw new Error(decoded.message)
  return decoded.value
}

/** Candidates as a list gives them; leaves out the rest of a skipped sender's. */
export function inOrder(transactions: readonly Transaction[]): Candidates {
  const skipped = new Set<Address>()
  return {
    skipSender: (sender) => void skipped.add(sender),
    *[Symbol.iterator]() {
      for (const transaction of transactions) {
        if (!skipped.has(transaction.sender)) yield transaction
      }
    },
  }
}

/** Init code that deploys `runtime`: copies what follows its 12 bytes to memory and returns it. */
export function deploying(runtime: string): Uint8Array {
  const size = (runtime.length / 2).toString(16).padStart(4, '0')
  return hexToBytes(`0x61${size}80600c6000396000f3${runtime}`)
}

/** A 20-byte address of one repeated byte. */
export function address(byte: number): Address {
  return toAddress(`0x${byte.toString(16).padStart(2, '0').repeat(20)}`)
}
