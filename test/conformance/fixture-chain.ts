// Runs the public execution-spec fixtures on our executor: its own state, its own block loop.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Block,
  type ChainSpec,
  type Header,
  parseGenesis,
  parseImportedGenesis,
} from '@busan/chain-spec'
import {
  computeGenesisState,
  createExecutor,
  type EvmKind,
  type ExecutionReason,
  type ExecutionResult,
  type Executor,
  loadKzg,
} from '@busan/execution'
import {
  type Address,
  bytesToHash,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  toAddress,
  toHash,
  type Verdict,
  ZERO_HASH,
} from '@busan/primitives'
import { encodeExtraData } from '@busan/qbft'
import { createMemoryStore, type KeyValueStore } from '@busan/storage'

/** The folder of public test data: BUSAN_VECTORS, or `shared/vectors` beside the repository. */
export const VECTORS =
  process.env.BUSAN_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors')

const FIXTURES = join(VECTORS, 'state-tests')

/** Why a test is skipped where the fixtures are not laid out; false where they are. */
export const SKIP_WITHOUT_FIXTURES: string | false = existsSync(FIXTURES)
  ? false
  : `no fixtures at ${FIXTURES}: put the execution-spec-tests release there (folders state_tests, blockchain_tests) or name their parent in BUSAN_VECTORS`

/** Set: every case runs, else a fixed share of them. */
export const RUNS_ALL = process.env.BUSAN_ALL_VECTORS !== undefined

/** Accounts as the fixtures write them. */
export type Alloc = Readonly<
  Record<
    string,
    {
      readonly nonce: Hex
      readonly balance: Hex
      readonly code: Hex
      readonly storage: Readonly<Record<Hex, Hex>>
    }
  >
>

/** Fork names of the fixtures, with the genesis keys that each adds to its predecessor. */
const FORKS: readonly (readonly [name: string, keys: readonly string[]])[] = [
  ['Frontier', []],
  ['Homestead', ['homesteadBlock']],
  ['TangerineWhistle', ['eip150Block']],
  ['SpuriousDragon', ['eip158Block']],
  ['Byzantium', ['byzantiumBlock']],
  ['ConstantinopleFix', ['constantinopleBlock', 'petersburgBlock']],
  ['Istanbul', ['istanbulBlock', 'muirGlacierBlock']],
  ['Berlin', ['berlinBlock']],
  ['London', ['londonBlock', 'arrowGlacierBlock', 'grayGlacierBlock']],
  ['Paris', ['mergeNetsplitBlock']],
  ['Shanghai', ['shanghaiTime']],
  ['Cancun', ['cancunTime']],
  ['Prague', ['pragueTime']],
  ['Osaka', ['osakaTime']],
]

/** Fork names in order. */
export const FORK_NAMES: readonly string[] = FORKS.map(([name]) => name)

/** Both ways to run opcodes. */
export const EVM_KINDS: readonly EvmKind[] = ['fast', 'reference']

/** A fork from genesis on, with an executor whose database is exchanged for each case. */
export interface FixtureFork {
  readonly spec: ChainSpec
  /** Lays out accounts in an empty database. @returns the state root */
  open(alloc: Alloc): Promise<{ readonly stateRoot: Hash; readonly store: KeyValueStore }>
  execute(block: Block, parent: Header): ReturnType<Executor['executeBlock']>
}

const VALIDATOR = toAddress(`0x${'11'.repeat(20)}`)

const EXTRA_DATA = encodeExtraData({
  vanity: new Uint8Array(32),
  validators: [VALIDATOR],
  round: 0,
  seals: [],
})

/** Proofs of precompile 0x0a; loaded once. */
const KZG = loadKzg()

/**
 * @param options.blockHashByNumber answers BLOCKHASH
 * @param options.evm ours or that of ethereumjs: both are held to the same cases
 */
export function createFixtureFork(
  name: string,
  options: {
    readonly blockHashByNumber: (number: bigint) => Hash | undefined
    readonly evm: EvmKind
  },
): FixtureFork {
  const spec = parseGenesis(genesisText(name), { kzg: KZG })
  let current: KeyValueStore = createMemoryStore()
  const executor = createExecutor({
    store: { get: (key) => current.get(key) },
    spec,
    blockHashByNumber: options.blockHashByNumber,
    evm: options.evm,
  })
  return {
    spec,
    async open(alloc) {
      current = createMemoryStore()
      const { stateRoot, writes } = await computeGenesisState(genesisAccounts(alloc))
      await current.batch(writes)
      return { stateRoot, store: current }
    },
    execute: (block, parent) => executor.executeBlock(block, parent),
  }
}

/** Rules of a network whose blocks are imported: a fork from genesis on, or `OldToNewAtTime15k`. */
export function importedSpec(network: string): ChainSpec {
  const [, from, to] = /^(\w+?)To(\w+)AtTime15k$/.exec(network) ?? []
  const last = FORKS.find(([name]) => name === to)
  const later = Object.fromEntries((last?.[1] ?? []).map((key) => [key, 15_000]))
  const config = { ...forkStarts(from ?? network), ...later, ethash: {} }
  return parseImportedGenesis(JSON.stringify({ ...GENESIS, config }), { kzg: KZG })
}

const GENESIS = {
  nonce: '0x0',
  timestamp: '0x0',
  gasLimit: '0x1c9c380',
  difficulty: '0x1',
  mixHash: '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
  coinbase: `0x${'00'.repeat(20)}`,
  extraData: EXTRA_DATA,
  alloc: {},
}

function forkStarts(fork: string): Record<string, number> {
  const last = FORK_NAMES.indexOf(fork)
  if (last === -1) throw new Error(`unknown fork ${fork}`)
  const keys = FORKS.slice(0, last + 1).flatMap(([, added]) => added)
  return { chainId: 1, ...Object.fromEntries(keys.map((key) => [key, 0])) }
}

function genesisText(fork: string): string {
  const qbft = { epochlength: 30_000, blockperiodseconds: 1, requesttimeoutseconds: 4 }
  return JSON.stringify({ ...GENESIS, config: { ...forkStarts(fork), qbft } })
}

/** The fixture's accounts as a genesis has them. */
export function genesisAccounts(alloc: Alloc): Parameters<typeof computeGenesisState>[0] {
  return Object.entries(alloc).map(([address, account]) => ({
    address: toAddress(address) as Address,
    balanceWei: BigInt(account.balance),
    nonce: BigInt(account.nonce),
    code: account.code,
    storage: new Map(
      Object.entries(account.storage).map(([slot, value]) => [word(slot), word(value)]),
    ),
  }))
}

/** A number as 32 bytes. */
export function word(text: string): Hash {
  return toHash(`0x${BigInt(text).toString(16).padStart(64, '0')}`)
}

/** A header with the fields that execution reads, and harmless ones. */
export function headerOf(fields: Partial<Header>): Header {
  return {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: VALIDATOR,
    stateRoot: ZERO_HASH,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: `0x${'00'.repeat(256)}`,
    difficulty: 1n,
    number: 0n,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: 0n,
    extraData: EXTRA_DATA,
    mixHash: ZERO_HASH,
    nonce: '0x0000000000000000',
    ...fields,
  }
}

/** keccak256 of the RLP of all logs of a block, as the fixtures give it. */
export function logsHash(result: ExecutionResult): Hash {
  const logs = result.receipts.flatMap((receipt) => receipt.logs)
  const items = logs.map(({ address, topics, data }) => [
    hexToBytes(address),
    topics.map(hexToBytes),
    hexToBytes(data),
  ])
  return bytesToHash(keccak256(encodeRlp(items)))
}

/** The fixture files of one kind, in a fixed order. */
export function fixtureFiles(kind: 'state_tests' | 'blockchain_tests'): string[] {
  return globSync(join(FIXTURES, kind, '**/*.json')).sort()
}

/** The cases in one file, by name. */
export function readCases<Case>(file: string): [name: string, fixture: Case][] {
  return Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Case>)
}

/** Picks every n-th case: the same ones in every run. */
export function createSampler(oneIn: number): () => boolean {
  let count = 0
  return () => RUNS_ALL || count++ % oneIn === 0
}

/** What running a block said. */
export type BlockVerdict = Verdict<ExecutionResult, ExecutionReason>
