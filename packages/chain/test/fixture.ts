// A real chain on four validator keys, with real execution; only the clock stands still.
import { type Block, type ChainSpec, parseGenesis } from '@busan/chain-spec'
import {
  computeGenesisState,
  createExecutor,
  decodeTransaction,
  type Executor,
  type Transaction,
} from '@busan/execution'
import {
  type Address,
  bigintToBytes,
  type Clock,
  concatBytes,
  ETHER,
  encodeRlp,
  GWEI,
  type Hash,
  hexToBytes,
  keccak256,
  padLeft,
  privateKeyToAddress,
  signDigest,
  toAddress,
  toQuantity,
} from '@busan/primitives'
import { encodeExtraData, sealHash, withRound, withSeals } from '@busan/qbft'
import { createMemoryStore, type KeyValueStore } from '@busan/storage'
import { createMetrics, type Logger, type Metrics, silentLogger } from '@busan/telemetry'
import { type Chain, openChain, type ProposalRequest, type PruningOptions } from '../src/index.ts'

export interface Key {
  readonly address: Address
  readonly privateKey: Uint8Array
}

export const GENESIS_SECONDS = 1_700_000_000n
export const CHAIN_ID = 7251n

/** Contracts of the test genesis: each emits one log whose topics are the words of its calldata. */
export const EMITTERS = {
  twoTopics: toAddress(`0x${'e2'.repeat(20)}`),
  alsoTwoTopics: toAddress(`0x${'e3'.repeat(20)}`),
  oneTopic: toAddress(`0x${'e1'.repeat(20)}`),
  noTopic: toAddress(`0x${'e0'.repeat(20)}`),
  /** 65535 bytes of data. */
  data: toAddress(`0x${'e4'.repeat(20)}`),
} as const

export function createKey(scalar: bigint): Key {
  const privateKey = padLeft(bigintToBytes(scalar), 32)
  return { privateKey, address: privateKeyToAddress(privateKey) }
}

/** Four keys, ascending by address. */
export const VALIDATORS: readonly Key[] = [1n, 2n, 3n, 4n]
  .map(createKey)
  .sort((a, b) => (a.address < b.address ? -1 : 1))

export const USER = createKey(99n)

type Json = string | number | boolean | { readonly [key: string]: Json } | readonly Json[]

/** Keys over those of the test genesis; undefined leaves one out. */
export interface GenesisChanges {
  readonly config?: { readonly [key: string]: Json | undefined }
  readonly qbft?: { readonly [key: string]: Json }
  readonly top?: { readonly [key: string]: Json | undefined }
}

/** The text of a genesis file with every fork up to Osaka. */
export function genesisText(changes: GenesisChanges = {}): string {
  return JSON.stringify({
    config: {
      chainId: Number(CHAIN_ID),
      homesteadBlock: 0,
      eip150Block: 0,
      eip155Block: 0,
      eip158Block: 0,
      byzantiumBlock: 0,
      constantinopleBlock: 0,
      petersburgBlock: 0,
      istanbulBlock: 0,
      berlinBlock: 0,
      londonBlock: 0,
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: 0,
      osakaTime: 0,
      qbft: {
        epochlength: 30000,
        blockperiodseconds: 1,
        requesttimeoutseconds: 4,
        ...changes.qbft,
      },
      ...changes.config,
    },
    nonce: '0x0',
    timestamp: toQuantity(GENESIS_SECONDS),
    gasLimit: '0x1c9c380',
    difficulty: '0x1',
    mixHash: '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
    coinbase: '0x0000000000000000000000000000000000000000',
    baseFeePerGas: '0x7',
    extraData: encodeExtraData({
      vanity: new Uint8Array(32),
      validators: VALIDATORS.map(({ address }) => address),
      round: 0,
      seals: [],
    }),
    alloc: {
      [USER.address]: { balance: toQuantity(1000n * ETHER) },
      [EMITTERS.twoTopics]: { balance: '0x0', code: '0x60203560003560006000a200' },
      [EMITTERS.alsoTwoTopics]: { balance: '0x0', code: '0x60203560003560006000a200' },
      [EMITTERS.oneTopic]: { balance: '0x0', code: '0x60003560006000a100' },
      [EMITTERS.noTopic]: { balance: '0x0', code: '0x60006000a000' },
      [EMITTERS.data]: { balance: '0x0', code: '0x61ffff6000a000' },
    },
    ...changes.top,
  })
}

export interface TestChain {
  readonly chain: Chain
  readonly store: KeyValueStore
  readonly spec: ChainSpec
  readonly metrics: Metrics
  readonly clock: Clock & { setMs(ms: number): void }
}

export interface TestChainOptions {
  readonly store?: KeyValueStore
  readonly genesis?: GenesisChanges
  readonly logger?: Logger
  readonly wrapExecutor?: (executor: Executor) => Executor
  readonly pruning?: (store: KeyValueStore) => PruningOptions
}

/** Opens a chain; its clock stands an hour after genesis. */
export async function openTestChain(options: TestChainOptions = {}): Promise<TestChain> {
  const store = options.store ?? createMemoryStore()
  const spec = parseGenesis(genesisText(options.genesis))
  const clock = createStillClock(Number(GENESIS_SECONDS + 3600n) * 1000)
  const metrics = createMetrics()
  let hashByNumber: (number: bigint) => Hash | undefined = () => undefined
  const executor = createExecutor({ store, spec, blockHashByNumber: (n) => hashByNumber(n) })
  const chain = await openChain({
    store,
    spec,
    executor: options.wrapExecutor?.(executor) ?? executor,
    genesisState: () => computeGenesisState(spec.alloc),
    clock,
    logger: options.logger ?? silentLogger,
    metrics,
    ...(options.pruning === undefined ? {} : { pruning: options.pruning(store) }),
  })
  hashByNumber = chain.hashByNumber
  return { chain, store, spec, clock, metrics }
}

function createStillClock(startMs: number): Clock & { setMs(ms: number): void } {
  let nowMs = startMs
  return {
    nowMs: () => nowMs,
    setMs: (ms) => {
      nowMs = ms
    },
    schedule: () => ({ cancel: () => {} }),
  }
}

/** What {@link propose} lets a test choose. */
export interface ProposalChanges extends Partial<Omit<ProposalRequest, 'candidates'>> {
  readonly transactions?: readonly Transaction[]
}

/** Builds the next block; round 0, the first validator, one second after the head. */
export async function propose(chain: Chain, changes: ProposalChanges = {}): Promise<Block> {
  const { transactions = [], ...request } = changes
  const built = await chain.buildProposal({
    round: 0,
    coinbase: (VALIDATORS[0] as Key).address,
    nowMs: Number(chain.head().header.timestamp + 1n) * 1000,
    vanity: new Uint8Array(32),
    budgetMs: 10_000,
    ...request,
    candidates: inOrder(transactions),
  })
  return built.block
}

/** Commit seals by `keys` for the round. */
export function seal(block: Block, keys: readonly Key[] = VALIDATORS, round = 0): Block {
  const header = withRound(block.header, round)
  const digest = hexToBytes(sealHash(header))
  const seals = keys.map(({ privateKey }) => signDigest(digest, privateKey))
  return { ...block, header: withSeals(header, seals) }
}

/** Builds, seals and imports; throws unless the chain takes the block. */
export async function extend(chain: Chain, changes: ProposalChanges = {}): Promise<Block> {
  const block = seal(await propose(chain, changes))
  const verdict = await chain.importBlock(block)
  if (!verdict.ok) throw new Error(`${verdict.reason}: ${verdict.message}`)
  return block
}

export interface TransactionFields {
  readonly nonce: bigint
  readonly to?: Address
  readonly valueWei?: bigint
  readonly data?: Uint8Array
  readonly gasLimit?: bigint
  readonly key?: Key
}

/** A signed EIP-1559 transaction. */
export function sign(fields: TransactionFields): Transaction {
  const { nonce, to, valueWei = 0n, gasLimit = 100_000n, key = USER } = fields
  const payload = [
    bigintToBytes(CHAIN_ID),
    bigintToBytes(nonce),
    bigintToBytes(GWEI),
    bigintToBytes(2n * GWEI),
    bigintToBytes(gasLimit),
    to === undefined ? new Uint8Array(0) : hexToBytes(to),
    bigintToBytes(valueWei),
    fields.data ?? new Uint8Array(0),
    [],
  ]
  const type = Uint8Array.of(2)
  const signature = signDigest(keccak256(concatBytes(type, encodeRlp(payload))), key.privateKey)
  const signed = [
    ...payload,
    bigintToBytes(BigInt(signature[64] as number)),
    withoutZeros(signature.subarray(0, 32)),
    withoutZeros(signature.subarray(32, 64)),
  ]
  const decoded = decodeTransaction(concatBytes(type, encodeRlp(signed)))
  if (!decoded.ok) throw new Error(decoded.message)
  return decoded.value
}

/** RLP scalars have no leading zeros. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0))
}

/** A call of an emitter with one calldata word per topic. */
export function emit(nonce: bigint, to: Address, topics: readonly Hash[]): Transaction {
  return sign({ nonce, to, data: concatBytes(...topics.map(hexToBytes)) })
}

function inOrder(transactions: readonly Transaction[]): ProposalRequest['candidates'] {
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

/** A logger that keeps its error lines. */
export function createErrorLog(): { readonly logger: Logger; readonly errors: string[] } {
  const errors: string[] = []
  const logger: Logger = {
    ...silentLogger,
    error: (message) => void errors.push(message),
    child: () => logger,
  }
  return { logger, errors }
}

/** All that a store holds, to compare. */
export async function dump(store: KeyValueStore): Promise<string[]> {
  const entries: string[] = []
  const everything = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff) }
  for await (const entry of store.range(everything)) entries.push(entry.map(String).join('='))
  return entries
}
