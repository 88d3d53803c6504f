import type { Block, ChainSpec, Header, Withdrawal } from '@busan/chain-spec'
import type { BuiltBlock, Executor, Receipt, Transaction } from '@busan/execution'
import type { Address, Hash, Hex, Verdict } from '@busan/primitives'
import type { Validator, ValidatorState } from '@busan/qbft'
import type { AppearanceRange, Appearances } from '@busan/storage'

/** A block with what is derived once: its hash, its decoded transactions, its size. */
export interface StoredBlock {
  readonly hash: Hash
  readonly header: Header
  /** Bytes of the RLP of the whole sealed block. */
  readonly sizeBytes: number
  readonly transactions: readonly Transaction[]
  /** Absent: none. Only an imported chain has some. */
  readonly ommers?: readonly Header[]
  readonly withdrawals?: readonly Withdrawal[]
}

/** Where a mined transaction is. */
export interface TransactionLocation {
  readonly blockHash: Hash
  readonly blockNumber: bigint
  readonly index: number
}

/** One log with its place; `logIndex` counts through the block. */
export interface LocatedLog {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hex
  readonly blockNumber: bigint
  readonly blockHash: Hash
  readonly blockTimestamp: bigint
  readonly transactionHash: Hash
  readonly transactionIndex: number
  readonly logIndex: number
}

/** Addresses and topics to match; an empty list matches everything (geth's filter semantics). */
export interface LogFilter {
  readonly addresses: readonly Address[]
  /** One entry a topic position; null or empty: any. */
  readonly topics: readonly (readonly Hash[] | null)[]
}

/** What the next block is judged and built on: the head, or its child that is still being written. */
export interface Tip {
  readonly hash: Hash
  readonly header: Header
  readonly transactions: readonly Transaction[]
  /** Validators and open votes for the child. */
  readonly validatorState: ValidatorState
}

/** Emitted after a block is on disk. QBFT blocks are final: nothing is ever removed. */
export interface HeadEvent {
  readonly block: StoredBlock
  readonly receipts: readonly Receipt[]
}

/** Why a block is refused. */
export type ImportReason =
  | 'unknown-parent'
  | 'malformed-block'
  | 'conflicting-block'
  | 'invalid-header'
  /** Valid but ahead of our clock: worth another try later. */
  | 'future-block'
  | 'invalid-seals'
  | 'invalid-body'
  | 'invalid-transaction'
  | 'invalid-outcome'

/** `known`: the block was there already. */
export type ImportVerdict = Verdict<'imported' | 'known', ImportReason>

/** The canonical chain: the only way in is `importBlock`, everything else reads. */
export interface Chain {
  readonly spec: ChainSpec
  readonly genesisHash: Hash
  readonly executor: Executor
  head(): StoredBlock
  /**
   * validateHeader -> validateSeals -> validateClock -> validateBody -> executeBlock -> validateOutcome ->
   * persistBlock -> announceHead. Calls queue: one block is judged at a time, while the one before it is written.
   * The answer comes when the block is on disk. Throws only when the machine is broken (disk).
   */
  importBlock(block: Block): Promise<ImportVerdict>
  /** Everything that importBlock checks except the seals; keeps the result so that import does not execute again. */
  checkProposal(block: Block): Promise<Verdict<'valid', ImportReason>>
  /** Makes the next block on the tip and keeps its result for import. */
  buildProposal(request: ProposalRequest): Promise<BuiltBlock>
  /** Validators that may seal the child of the head, and the open votes. */
  validatorState(): ValidatorState
  /**
   * Votes for the next block by which the chain's registry is carried out, at most one at a time (true: add);
   * undefined where there is no registry and validators vote as they please.
   */
  decidedVotes(): Promise<ReadonlyMap<Address, boolean> | undefined>
  /** Validators that sealed block `number`, ascending; `head + 1` gives the next set. undefined when unknown. */
  validatorsAt(number: bigint): Promise<readonly Validator[] | undefined>
  /** @returns a function that removes the listener */
  onHead(listener: (event: HeadEvent) => void): () => void
  /**
   * Called with a block that has passed, before it is on disk: whoever works ahead can begin. Nothing may be said or
   * signed on it before the head is there. @returns a function that removes the listener
   */
  onTip(listener: (tip: Tip) => void): () => void

  headerByNumber(number: bigint): Header | undefined
  hashByNumber(number: bigint): Hash | undefined
  blockByNumber(number: bigint): StoredBlock | undefined
  blockByHash(hash: Hash): StoredBlock | undefined
  /** The sealed block as stored, for sync and debug_getRaw*. */
  rawBlockByNumber(number: bigint): Block | undefined
  receiptsByHash(hash: Hash): readonly Receipt[] | undefined
  transactionLocation(hash: Hash): TransactionLocation | undefined
  /**
   * Matching logs of the block range, ascending.
   * @throws CodedError `too-many-logs` past `maxLogs`, or past some megabytes of data
   */
  logs(
    fromNumber: bigint,
    toNumber: bigint,
    filter: LogFilter,
    maxLogs: number,
  ): Promise<readonly LocatedLog[]>
  /** The last blocks that were sealed and that do not hold here, the latest last. */
  badBlocks(): readonly Block[]
  /** The on-chain hash of a header. */
  hashOf(header: Header): Hash
  /** Blocks in which an account sends, receives, is created or logs, and its transactions in each. */
  appearances(account: Address, range: AppearanceRange): AsyncIterable<Appearances>
  close(): Promise<void>
}

/** What a proposer decides about the block it makes. */
export interface ProposalRequest {
  readonly round: number
  readonly coinbase: Address
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  readonly vanity: Uint8Array
  readonly vote?: { readonly recipient: Address; readonly add: boolean }
  readonly candidates: CandidateTransactions
  /** Selection stops after this many milliseconds. */
  readonly budgetMs: number
}

/** Executable transactions in order; `txpool.executable` fits. */
export interface CandidateTransactions extends Iterable<Transaction> {
  skipSender(sender: Address): void
}
