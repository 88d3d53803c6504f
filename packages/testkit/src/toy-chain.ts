import type { CandidateTransactions, ImportVerdict, ProposalRequest } from '@busan/chain'
import type { Block, Header, QbftConfig, SystemContracts } from '@busan/chain-spec'
import {
  type Address,
  accept,
  type Clock,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Hex,
  keccakHash,
  present,
  refuse,
  type Verdict,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import {
  blockHash,
  decodeExtraData,
  encodeExtraData,
  initialValidatorState,
  nextValidatorState,
  type ValidatorState,
  verifyExtraData,
  verifySeals,
} from '@busan/qbft'

const NO_CONTRACTS: SystemContracts = {
  permissionRegistry: undefined,
  validatorRegistry: undefined,
  nodeRegistry: undefined,
  recovery: new Map(),
}

/** A chain of real QBFT blocks whose transactions are never run: all of consensus, nothing of the EVM. */
export interface ToyChain {
  readonly spec: {
    readonly systemContracts: SystemContracts
    qbftAfter(): QbftConfig
    nextBaseFee(): bigint
  }
  /** Genesis first. The test keeps it across restarts: it is the disk. */
  readonly blocks: readonly Block[]
  head(): { readonly hash: Hash; readonly header: Header }
  headerByNumber(number: bigint): Header | undefined
  validatorState(): ValidatorState
  buildProposal(request: ProposalRequest): Promise<{ readonly block: Block }>
  checkProposal(block: Block): Promise<Verdict<'valid', string>>
  importBlock(block: Block): Promise<ImportVerdict>
  onHead(listener: () => void): () => void
  onTip(listener: (tip: ToyTip) => void): () => void
}

/** What the next block is built on: the head, or its child that is being written. */
export interface ToyTip {
  readonly hash: Hash
  readonly header: Header
  readonly transactions: readonly { readonly hash: Hash }[]
  readonly validatorState: ValidatorState
}

/** What a toy chain is made of. */
export interface ToyChainOptions {
  readonly clock: Clock
  /** The clock's milliseconds that building, checking and importing each take. */
  readonly workMs?: number
  /** The clock's milliseconds that a block takes to the disk; default: it is there at once. */
  readonly writeMs?: number
  readonly validators: readonly Address[]
  readonly qbft?: Partial<QbftConfig>
  /** The chain so far, genesis first; default: a genesis of this moment. */
  readonly blocks?: readonly Block[]
  /** Default: the rules of `@busan/qbft`. */
  readonly rules?: ToyChainRules
}

/** What a toy chain asks about headers: a test can remember the answers, or break them on purpose. */
export interface ToyChainRules {
  readonly blockHash: typeof blockHash
  readonly verifyExtraData: typeof verifyExtraData
  readonly verifySeals: typeof verifySeals
}

/** The real rules. */
export const QBFT_RULES: ToyChainRules = { blockHash, verifyExtraData, verifySeals }

const QBFT: QbftConfig = {
  epochLength: 30_000,
  blockPeriodMs: 1000,
  emptyBlockPeriodMs: 0,
  tailBlocks: 0,
  requestTimeoutMs: 2000,
  blockRewardWei: 0n,
  futureMessagesLimit: 1000,
  futureMessagesMaxDistance: 10,
}

const BASE_FEE_WEI = 7n
const ZERO_BLOOM: Hex = `0x${'00'.repeat(256)}`

interface Toy {
  readonly options: ToyChainOptions
  readonly rules: ToyChainRules
  readonly qbft: QbftConfig
  readonly blocks: Block[]
  readonly listeners: Set<() => void>
  readonly tipListeners: Set<(tip: ToyTip) => void>
  /** Absent: nothing is being written. */
  writing: { readonly tip: ToyTip; readonly done: Promise<void> } | undefined
  state: ValidatorState
  head: { readonly hash: Hash; readonly header: Header }
}

/** Opens the chain that `options.blocks` holds, or a fresh one. */
export function createToyChain(options: ToyChainOptions): ToyChain {
  const qbft = { ...QBFT, ...options.qbft }
  const rules = options.rules ?? QBFT_RULES
  const blocks = [...(options.blocks ?? [{ header: genesisHeader(options), transactions: [] }])]
  let state = initialValidatorState(options.validators)
  for (const { header } of blocks.slice(1))
    state = nextValidatorState(state, header, qbft.epochLength)
  const head = headOf(rules, blocks)
  const toy: Toy = {
    ...{ options, rules, qbft, blocks, state, head },
    listeners: new Set(),
    tipListeners: new Set(),
    writing: undefined,
  }
  return {
    spec: { systemContracts: NO_CONTRACTS, qbftAfter: () => qbft, nextBaseFee: () => BASE_FEE_WEI },
    blocks,
    head: () => toy.head,
    headerByNumber: (number) => blocks[Number(number)]?.header,
    validatorState: () => toy.state,
    buildProposal: (request) => buildProposal(toy, request),
    checkProposal: async (block) => {
      await work(toy)
      return judge(toy, block)
    },
    importBlock: (block) => importBlock(toy, block),
    onHead(listener) {
      toy.listeners.add(listener)
      return () => toy.listeners.delete(listener)
    },
    onTip(listener) {
      toy.tipListeners.add(listener)
      return () => toy.tipListeners.delete(listener)
    },
  }
}

function headOf({ blockHash }: ToyChainRules, blocks: readonly Block[]): Toy['head'] {
  const { header } = present(blocks.at(-1), 'head')
  return { hash: blockHash(header), header }
}

async function buildProposal(toy: Toy, request: ProposalRequest): Promise<{ block: Block }> {
  const parent = toy.writing?.tip ?? { ...toy.head, validatorState: toy.state }
  const seconds = request.nowMs / 1000
  const minimum = Number(parent.header.timestamp) + Math.floor(toy.qbft.blockPeriodMs / 1000)
  const now = request.round === 0 ? Math.round(seconds) : Math.floor(seconds)
  const transactions = rawTransactions(request.candidates)
  const header: Header = {
    ...parent.header,
    parentHash: parent.hash,
    coinbase: request.coinbase,
    number: parent.header.number + 1n,
    transactionsRoot:
      transactions.length === 0 ? EMPTY_TRIE_ROOT : keccakHash(joined(transactions)),
    timestamp: BigInt(Math.max(minimum, now)),
    extraData: encodeExtraData({
      vanity: request.vanity,
      validators: parent.validatorState.validators,
      round: request.round,
      seals: [],
      ...(request.vote === undefined ? {} : { vote: request.vote }),
    }),
  }
  await work(toy)
  return { block: { header, transactions } }
}

async function importBlock(toy: Toy, block: Block): Promise<ImportVerdict> {
  const known = compareKnown(toy, block)
  if (known !== undefined) return known
  await work(toy)
  while (toy.writing !== undefined) await toy.writing.done
  // Another import can have been at work meanwhile.
  const arrived = compareKnown(toy, block)
  if (arrived !== undefined) return arrived
  const verdict = judge(toy, block)
  if (!verdict.ok) return verdict
  const seals = toy.rules.verifySeals(block.header, toy.state.validators)
  if (!seals.ok) return refuse('invalid-seals', seals.message)
  const state = nextValidatorState(toy.state, block.header, toy.qbft.epochLength)
  await write(toy, block, state)
  toy.blocks.push(block)
  toy.head = headOf(toy.rules, toy.blocks)
  toy.state = state
  toy.writing = undefined
  for (const listener of [...toy.listeners]) listener()
  return accept('imported')
}

/** Tells of the block that is being written. */
async function write(toy: Toy, block: Block, validatorState: ValidatorState): Promise<void> {
  const { clock, writeMs = 0 } = toy.options
  if (writeMs === 0) return
  const { hash, header } = headOf(toy.rules, [block])
  const transactions = block.transactions.map((raw) => ({ hash: keccakHash(raw) }))
  const tip = { hash, header, transactions, validatorState }
  toy.writing = { tip, done: elapsed(clock, writeMs) }
  for (const listener of [...toy.tipListeners]) listener(tip)
  await toy.writing.done
}

function compareKnown({ blocks, rules }: Toy, block: Block): ImportVerdict | undefined {
  const { number } = block.header
  const known = blocks[Number(number)]
  if (known === undefined) return undefined
  if (rules.blockHash(known.header) === rules.blockHash(block.header)) return accept('known')
  return refuse('conflicting-block', `another block ${number} is on the chain`)
}

function judge(
  toy: Toy,
  block: Block,
): Verdict<'valid', 'unknown-parent' | 'invalid-header' | 'future-block'> {
  const parent = toy.head
  const { header } = block
  if (header.parentHash !== parent.hash || header.number !== parent.header.number + 1n) {
    return refuse('unknown-parent', `block ${header.number} is not a child of the head`)
  }
  const extraData = toy.rules.verifyExtraData(header, toy.state.validators)
  if (!extraData.ok) return refuse('invalid-header', extraData.message)
  const elapsed = Number(header.timestamp - parent.header.timestamp)
  if (elapsed * 1000 < Math.floor(toy.qbft.blockPeriodMs / 1000) * 1000) {
    return refuse('invalid-header', `${elapsed} s after its parent`)
  }
  const now = Math.floor(toy.options.clock.nowMs() / 1000)
  if (Number(header.timestamp) > now + 1) {
    return refuse('future-block', `timestamp ${header.timestamp} is ahead of ${now}`)
  }
  return accept('valid')
}

function work({ options: { clock, workMs = 5 } }: Toy): Promise<void> {
  return elapsed(clock, workMs)
}

function elapsed(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(ms, resolve))
}

function rawTransactions(candidates: CandidateTransactions): Uint8Array[] {
  return [...candidates].map(({ raw }) => raw)
}

function joined(transactions: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(transactions.flatMap((raw) => [...raw]))
}

function genesisHeader({ clock, validators }: ToyChainOptions): Header {
  const listed = { vanity: new Uint8Array(32), validators, round: 0, seals: [] }
  return {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: ZERO_ADDRESS,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: ZERO_BLOOM,
    difficulty: 1n,
    number: 0n,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: BigInt(Math.floor(clock.nowMs() / 1000)),
    extraData: encodeExtraData(listed),
    mixHash: ZERO_HASH,
    nonce: '0x0000000000000000',
    baseFeePerGas: BASE_FEE_WEI,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
  }
}

/** The round that a sealed block was committed in. */
export function committedRound(header: Header): number {
  const extraData = decodeExtraData(header.extraData)
  return extraData.ok ? extraData.value.round : -1
}
