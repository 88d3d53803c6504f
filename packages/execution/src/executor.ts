import type { Block, Header } from '@busan/chain-spec'
import type { Address, Hash, Verdict } from '@busan/primitives'
import type { LoneContract } from './lone-contract.ts'
import type { PermissionRules } from './permissions.ts'
import type { SimulatedBlock, SimulationReason, SimulationRequest } from './simulate/types.ts'
import type { BlockPosition } from './trace/position.ts'
import type { StorageRange, StorageRangeOptions } from './trace/storage-range.ts'
import type { TraceableBlock, TraceOptions } from './trace/trace-block.ts'
import type { TraceCallOptions, TracedRequest } from './trace/trace-call.ts'
import type {
  AccessListResult,
  BlockOverride,
  BlockTemplate,
  BuiltBlock,
  CallReason,
  CallRequest,
  CallResult,
  DecodeReason,
  ExecutionReason,
  ExecutionResult,
  GasEstimate,
  StateOverride,
  StateReader,
  Transaction,
} from './types.ts'

/** Runs blocks and calls on stored states. Holds no chain: the caller says on which parent. */
export interface Executor {
  /** Runs a block on its parent's state without judging header fields; the caller compares the result. */
  executeBlock(block: Block, parent: Header): Promise<Verdict<ExecutionResult, ExecutionReason>>
  /** Fills a block from candidates until gas or time run out. */
  buildBlock(
    template: BlockTemplate,
    candidates: Iterable<Transaction> & { skipSender(sender: Address): void },
    budgetMs: number,
  ): Promise<BuiltBlock>
  /** Makes a block of exactly these transactions; nothing is stored. */
  assembleBlock(
    template: BlockTemplate,
    transactions: readonly Transaction[],
  ): Promise<Verdict<BuiltBlock, ExecutionReason>>
  /** Runs a message on the state after `header`, in a block with `header`'s fields. Changes nothing. */
  call(
    request: CallRequest,
    header: Header,
    options?: CallOptions,
  ): Promise<Verdict<CallResult, CallReason>>
  /** Runs a block again and tells what its transactions do; see {@link traceBlock}. */
  traceBlock(
    block: TraceableBlock,
    parent: Header,
    options: TraceOptions & { readonly index?: number },
  ): Promise<readonly string[]>
  /** As `call`, and tells what it does; see {@link traceCall}. */
  traceCall(
    request: CallRequest,
    header: Header,
    options: TraceCallOptions,
  ): Promise<Verdict<string, CallReason>>
  /** Several of them, each on the state that those before have left. */
  traceCalls(
    requests: readonly TracedRequest[],
    header: Header,
    options: Omit<TraceCallOptions, 'tracer' | 'position'>,
  ): Promise<Verdict<readonly string[], CallReason>>
  /** Slots of an account by their hashes, in the middle of a block. */
  storageRange(position: BlockPosition, options: StorageRangeOptions): Promise<StorageRange>
  /** The addresses and slots that a call touches: what an access list for it would name (EIP-2930). */
  accessList(
    request: CallRequest,
    header: Header,
    options?: CallOptions,
  ): Promise<Verdict<AccessListResult, CallReason>>
  /** Makes up blocks on top of a real one (eth_simulateV1); nothing is stored. */
  simulate(
    request: SimulationRequest,
    base: { readonly header: Header; readonly hash: Hash },
  ): Promise<Verdict<readonly SimulatedBlock[], SimulationReason>>
  /** The least gas limit, within 1.5 %, with which a call succeeds (geth's search). */
  estimateGas(request: CallRequest, header: Header, options?: CallOptions): Promise<GasEstimate>
  /** Decodes with a bounded cache, so that pool and blocks share one object. */
  decodeTransaction(raw: Uint8Array): Verdict<Transaction, DecodeReason>
  /** Decodes what a wallet submits: type 3 comes with its blobs, which are checked; not cached. */
  decodeSubmitted(raw: Uint8Array): Promise<Verdict<Transaction, DecodeReason>>
  /** State after a block. */
  stateAt(stateRoot: Hash): StateReader
  hasState(stateRoot: Hash): boolean
  /**
   * Lets blocks run on the state of one whose writes are on their way to the disk; for one such block at a time.
   * @returns ends it: they are there, or never will be
   */
  anticipate(stateWrites: ExecutionResult['stateWrites']): () => void
  /** Who may send what after a block; undefined where the chain has no permission registry. */
  permissionsAt(stateRoot: Hash): PermissionRules | undefined
  /** A contract that the protocol asks. Never waits behind calls, and stays on this thread. */
  systemContractAt(address: Address, stateRoot: Hash): LoneContract
}

export interface CallOptions {
  readonly stateOverrides?: ReadonlyMap<Address, StateOverride>
  readonly blockOverride?: BlockOverride
  /** Gas when the request names none, and the cap when it names more. */
  readonly gasCap?: bigint
  /** The call is abandoned with CodedError `call-timeout` after this many milliseconds. */
  readonly timeoutMs?: number
}
