import type { Block, Header, Withdrawal } from '@busan/chain-spec'
import type { Address, Hash, Hex, Verdict } from '@busan/primitives'
import type { BatchOperation } from '@busan/storage'
import type { AccountRange, AccountRangeOptions } from './state/account-range.ts'

/** A decoded transaction with its sender recovered. Immutable; decoded once and shared by pool and blocks. */
export interface Transaction {
  readonly hash: Hash
  /** The EIP-2718 envelope as received. */
  readonly raw: Uint8Array
  /** 0 legacy, 1 EIP-2930, 2 EIP-1559, 3 EIP-4844, 4 EIP-7702. */
  readonly type: number
  readonly sender: Address
  /** null: contract creation. */
  readonly to: Address | null
  readonly nonce: bigint
  readonly gasLimit: bigint
  readonly valueWei: bigint
  readonly data: Uint8Array
  /** Types 0 and 1: both caps equal gasPrice. */
  readonly maxFeePerGasWei: bigint
  readonly maxPriorityFeePerGasWei: bigint
  /** undefined for a legacy transaction without replay protection (EIP-155). */
  readonly chainId?: bigint
  readonly accessList: readonly {
    readonly address: Address
    readonly storageKeys: readonly Hash[]
  }[]
  /** Type 4 only, else empty. */
  readonly authorizationList: readonly Authorization[]
  /** Type 3 only (EIP-4844): at least one 32-byte hash. */
  readonly blobVersionedHashes?: readonly Hash[]
  /** Type 3 only, in wei. */
  readonly maxFeePerBlobGasWei?: bigint
  /** Type 3 only, while it is pooled: blocks hold no blobs. */
  readonly sidecar?: BlobSidecar
  /** As JSON-RPC shows them: legacy v is 27/28 or EIP-155's, typed v is the y parity. */
  readonly signature: { readonly v: bigint; readonly r: bigint; readonly s: bigint }
}

/** The blobs that a submitted transaction brings (EIP-4844). */
export interface BlobSidecar {
  /** 0: a proof for each blob. 1: a proof for each of its 128 cells (EIP-7594). */
  readonly version: 0 | 1
  /** 131072 bytes each. */
  readonly blobs: readonly Uint8Array[]
  /** 48 bytes each, as the proofs. */
  readonly commitments: readonly Uint8Array[]
  readonly proofs: readonly Uint8Array[]
}

/** EIP-7702 authorization tuple. */
export interface Authorization {
  readonly chainId: bigint
  readonly address: Address
  readonly nonce: bigint
  readonly yParity: bigint
  readonly r: bigint
  readonly s: bigint
}

/** Why bytes are not a transaction. */
export type DecodeReason = 'malformed-transaction' | 'unsupported-type' | 'invalid-signature'

/** A log, in the order of emission within its transaction. */
export interface Log {
  readonly address: Address
  /** 0 to 4 topics. */
  readonly topics: readonly Hash[]
  readonly data: Hex
}

/** A transaction's outcome as consensus sees it, plus what JSON-RPC derives once. */
export interface Receipt {
  readonly type: number
  /** Before Byzantium receipts do not tell: true. */
  readonly succeeded: boolean
  /** The state after the transaction, in place of a status: only before Byzantium (EIP-658). */
  readonly stateRoot?: Hash
  readonly cumulativeGasUsed: bigint
  readonly logsBloom: Hex
  readonly logs: readonly Log[]
  readonly gasUsed: bigint
  /** Wei. */
  readonly effectiveGasPriceWei: bigint
  /** The created contract; null unless `to` is null. */
  readonly contractAddress: Address | null
  /** Type 3 only: gas of its blobs, and the price of each unit in wei. */
  readonly blobGas?: { readonly used: bigint; readonly priceWei: bigint }
}

/** The result of running a block on its parent's state. */
export interface ExecutionResult {
  readonly stateRoot: Hash
  readonly receiptsRoot: Hash
  readonly transactionsRoot: Hash
  readonly logsBloom: Hex
  readonly gasUsed: bigint
  readonly blobGasUsed: bigint
  /** What the block asks of the consensus layer (EIP-7685); absent where the chain collects none. */
  readonly requests?: readonly Uint8Array[]
  readonly receipts: readonly Receipt[]
  /** As they are stored, see `decodeReceipts`. */
  readonly storedReceipts: Uint8Array
  readonly transactions: readonly Transaction[]
  /** New trie nodes and code, to go into the block's one batch. */
  readonly stateWrites: readonly BatchOperation[]
}

/** Why a block cannot be executed; the block is invalid. */
export type ExecutionReason =
  | DecodeReason
  | 'blob-transaction'
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'insufficient-funds'
  | 'gas-limit-reached'
  | 'intrinsic-gas-too-low'
  | 'fee-cap-too-low'
  | 'invalid-transaction'
  /** The permission registry denies it on the parent's state. */
  | 'not-permitted'
  /** A contract that the protocol itself calls is missing or failed. */
  | 'invalid-system-call'

/** A header without what execution and the seals determine. */
export interface BlockTemplate {
  readonly parent: Header
  readonly parentHash: Hash
  readonly coinbase: Address
  /** Seconds. */
  readonly timestamp: bigint
  readonly gasLimit: bigint
  /** Proposal variant: the proposing round, no seals. */
  readonly extraData: Hex
  /** The three below: only on an imported chain. */
  readonly prevRandao?: Hash
  readonly parentBeaconBlockRoot?: Hash
  readonly withdrawals?: readonly Withdrawal[]
}

/** A block made here, with the result of running it so that import does not run it again. */
export interface BuiltBlock {
  readonly block: Block
  readonly result: ExecutionResult
  /** Transactions that can never be included on this state; the pool should drop them. */
  readonly refused: readonly { readonly hash: Hash; readonly reason: ExecutionReason }[]
}

/** A message to run without a signature: eth_call and eth_estimateGas. Absent: the zero address, all gas. */
export interface CallRequest {
  readonly from?: Address
  readonly to?: Address | null
  readonly gas?: bigint
  readonly valueWei?: bigint
  readonly data?: Uint8Array
  readonly gasPriceWei?: bigint
  readonly maxFeePerGasWei?: bigint
  readonly maxPriorityFeePerGasWei?: bigint
  readonly nonce?: bigint
  readonly accessList?: Transaction['accessList']
  /** Delegations to set before the message runs (EIP-7702). */
  readonly authorizationList?: readonly Authorization[]
  /** What BLOBHASH answers (EIP-4844). */
  readonly blobVersionedHashes?: readonly Hash[]
  readonly maxFeePerBlobGasWei?: bigint
}

/** Replaces parts of an account for one call (geth's third eth_call parameter). */
export interface StateOverride {
  readonly balanceWei?: bigint
  readonly nonce?: bigint
  readonly code?: Uint8Array
  /** Replaces the whole storage. */
  readonly state?: ReadonlyMap<Hash, Hash>
  /** Replaces the named slots. */
  readonly stateDiff?: ReadonlyMap<Hash, Hash>
  /** Where the precompiled contract of this account goes. */
  readonly movePrecompileTo?: Address
}

/** Replaces fields of the block that a call sees (geth's fourth eth_call parameter). */
export interface BlockOverride {
  readonly number?: bigint
  readonly timestamp?: bigint
  readonly gasLimit?: bigint
  readonly coinbase?: Address
  readonly baseFeePerGasWei?: bigint
  readonly prevRandao?: Hash
  readonly blobBaseFeePerGasWei?: bigint
}

/** How a call ended. */
export interface CallResult {
  readonly status: 'success' | 'revert' | 'halt'
  /** Return data, or revert bytes; empty on halt. */
  readonly output: Uint8Array
  /** Gas charged, intrinsic gas included, after refunds. */
  readonly gasUsed: bigint
  /** The same before refunds: what the gas limit must at least cover. */
  readonly gasUsedBeforeRefund: bigint
  /** Halt only: geth's words, `out of gas`, `invalid opcode: PUSH0`, `stack underflow (0 <=> 2)` ... */
  readonly error?: string
  readonly logs: readonly Log[]
}

/** Why a call cannot even start: coded like geth's state transition. `message` is geth's text with numbers. */
export type CallReason =
  | 'insufficient-funds'
  | 'intrinsic-gas-too-low'
  | 'fee-cap-too-low'
  | 'tip-above-fee-cap'
  | 'floor-gas-too-low'
  | 'init-code-too-large'
  | 'invalid-transaction'
  | 'invalid-override'

/** Why no gas limit makes a call succeed. */
export type EstimateReason = CallReason | 'execution-failed' | 'gas-above-allowance'

/** What eth_estimateGas found. `message` is geth's text; `reverted` carries the revert bytes (JSON-RPC code 3). */
export type GasEstimate =
  | Verdict<bigint, EstimateReason>
  | {
      readonly ok: false
      readonly reason: 'reverted'
      readonly message: string
      readonly output: Uint8Array
    }

/** eth_getProof's answer at one account. */
export interface AccountProof {
  readonly address: Address
  readonly balanceWei: bigint
  readonly nonce: bigint
  readonly codeHash: Hash
  readonly storageHash: Hash
  readonly accountProof: readonly Hex[]
  readonly storageProof: readonly {
    readonly slot: Hash
    readonly value: bigint
    readonly proof: readonly Hex[]
  }[]
}

/** Reads of the state behind one state root. Every method throws CodedError `missing-state` when it is not stored. */
export interface StateReader {
  account(
    address: Address,
  ): Promise<{ nonce: bigint; balanceWei: bigint; codeHash: Hash; storageRoot: Hash } | undefined>
  code(address: Address): Promise<Uint8Array>
  /** 32 bytes; zeros when unset. */
  storage(address: Address, slot: Hash): Promise<Uint8Array>
  proof(address: Address, slots: readonly Hash[]): Promise<AccountProof>
  /** A run of all accounts, by the hashes of their addresses. @throws CodedError `trace-too-large` */
  accountRange(options: AccountRangeOptions): Promise<AccountRange>
}

/** What a call touched, and how it ended (eth_createAccessList). */
export interface AccessListResult {
  /** Without what a transaction warms anyway: the sender, the receiver, precompiles. */
  readonly accessList: Transaction['accessList']
  /** The call's, with that list. */
  readonly result: CallResult
}
