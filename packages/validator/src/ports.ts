import type { CandidateTransactions, Chain, ImportVerdict, ProposalRequest } from '@busan/chain'
import type { Block, ChainSpec, Header } from '@busan/chain-spec'
import type { Address, Clock, Hash, Verdict } from '@busan/primitives'
import type { ValidatorState } from '@busan/qbft'
import type { Logger, Metrics } from '@busan/telemetry'
import type { SigningJournal } from './signing-journal.ts'

/** The block that the next one builds on. */
export interface ParentBlock {
  readonly hash: Hash
  readonly header: Header
}

/** A block that the next one can be built on, with what that takes. */
export interface BuildableBlock extends ParentBlock {
  readonly transactions: readonly { readonly hash: Hash }[]
  /** Validators of its child, with the open votes. */
  readonly validatorState: ValidatorState
}

/** Transactions that the builder found impossible on the head's state, and why. */
export type RefusedTransactions = Awaited<ReturnType<Chain['buildProposal']>>['refused']

/** What the validator asks of the chain; `Chain` of `@busan/chain` fits. */
export interface ValidatorChain {
  readonly spec: Pick<ChainSpec, 'qbftAfter' | 'nextBaseFee' | 'systemContracts'>
  head(): ParentBlock
  headerByNumber(number: bigint): Header | undefined
  /** Validators of the head's child, with the open votes. */
  validatorState(): ValidatorState
  /** Votes that carry out what a registry has decided; undefined: this validator votes as it pleases. */
  decidedVotes?(): Promise<ReadonlyMap<Address, boolean> | undefined>
  buildProposal(
    request: ProposalRequest,
  ): Promise<{ readonly block: Block; readonly refused?: RefusedTransactions }>
  checkProposal(block: Block): Promise<Verdict<'valid', string>>
  importBlock(block: Block): Promise<ImportVerdict>
  /** Called after a block is on disk. @returns a function that removes the listener */
  onHead(listener: () => void): () => void
  /**
   * Called with a block that has passed, before it is on disk; from then on proposals are built on it.
   * @returns a function that removes the listener
   */
  onTip(listener: (tip: BuildableBlock) => void): () => void
}

/** What the validator asks of the pool; `TxPool` of `@busan/txpool` fits. */
export interface ValidatorPool {
  executable(baseFeePerGasWei: bigint): CandidateTransactions
  get(hash: Hash): { readonly raw: Uint8Array } | undefined
  /** @returns a function that removes the listener */
  onChanged(listener: () => void): () => void
}

/** What proposals that name their transactions by hash need. */
export interface CompactTransport {
  /** True when somebody is connected and all who are read them. */
  isUnderstood(): boolean
  /** Connected peers. */
  peers(): readonly string[]
  /**
   * Asks a peer for transactions. Resolves within seconds, never rejects.
   * @returns for each hash the bytes that have it, or undefined; fewer when the peer gave fewer
   */
  requestTransactions(
    peer: string,
    hashes: readonly Hash[],
  ): Promise<readonly (Uint8Array | undefined)[]>
}

/** The way to the other validators. Failures are the transport's: these never reject. */
export interface ValidatorGossip {
  /** The same bytes may be published again, and then do arrive again. */
  publishConsensus(message: Uint8Array): Promise<void>
  /** RLP of a sealed block. */
  publishBlock(block: Uint8Array): Promise<void>
  /** Absent: proposals travel whole. */
  readonly compact?: CompactTransport
}

/** Whoever holds the validator's key: a local one, or a remote service. */
export interface Signer {
  readonly address: Address
  /** @returns 65 bytes r‖s‖v (v in {0, 1}, low s) over the 32-byte digest; rejects when it cannot sign */
  sign(digest: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** What the validator asks of block synchronization. */
export interface ValidatorSync {
  /** True while blocks that others have are being fetched. */
  isBehind(): boolean
  /** A validator works on a block this high, so that its parent exists somewhere. */
  noteHeight(height: bigint): void
}

/** All that the validator works with. */
export interface ValidatorPorts {
  readonly chain: ValidatorChain
  readonly pool: ValidatorPool
  readonly gossip: ValidatorGossip
  readonly sync: ValidatorSync
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Absent: this node has no validator key and only observes. The journal belongs to the key. */
  readonly signing?: { readonly signer: Signer; readonly journal: SigningJournal }
  /** Told of transactions that the pool should drop, so that no proposer tries them again. */
  readonly onRefused?: (refused: RefusedTransactions) => void
  /** Milliseconds that a validator's clock is ahead of ours, where the transport has measured it. */
  readonly clockOffsetMs?: (validator: Address) => number | undefined
}
