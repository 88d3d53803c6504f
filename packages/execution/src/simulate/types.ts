import type { Header, Withdrawal } from '@busan/chain-spec'
import type { Hash } from '@busan/primitives'
import type { StateOverrides } from '../state-override.ts'
import type {
  BlockOverride,
  CallReason,
  CallRequest,
  CallResult,
  Log,
  Transaction,
} from '../types.ts'

/** Blocks to make up on top of a real one (eth_simulateV1). */
export interface SimulationRequest {
  readonly blocks: readonly BlockRequest[]
  /** Transactions must have the right nonce and pay the base fee. Else both may be left out. */
  readonly isValidating: boolean
  /** Transfers of the coin are told as if they were logs of a token. */
  readonly traceTransfers: boolean
  /** Gas that all calls together may use. */
  readonly gasCap: bigint
  /** The simulation is abandoned with CodedError `call-timeout` after this many milliseconds. */
  readonly timeoutMs: number
}

/** One block to make up. */
export interface BlockRequest {
  readonly override: SimulatedBlockOverride
  readonly stateOverrides?: StateOverrides
  readonly calls: readonly CallRequest[]
}

/** Replaces fields of a made-up block: of the header too, not only of what calls see. */
export interface SimulatedBlockOverride extends BlockOverride {
  readonly parentBeaconBlockRoot?: Hash
  readonly withdrawals?: readonly Withdrawal[]
}

/** A log that a call left, or a transfer in the shape of one. */
export interface SimulatedLog extends Log {
  /** Counts through the block; logs that were undone have their numbers too, as in geth. */
  readonly index: number
}

/** A made-up block, and what its calls did, in order. */
export interface SimulatedBlock {
  readonly header: Header
  /** Keccak of the header as it stands: nobody has sealed it. */
  readonly hash: Hash
  readonly sizeBytes: number
  /** Unsigned: r, s and v are 0. */
  readonly transactions: readonly Transaction[]
  readonly withdrawals: readonly Withdrawal[]
  readonly calls: readonly (CallResult & { readonly simulatedLogs: readonly SimulatedLog[] })[]
}

/** Why no block is made up; nothing of the simulation is told. `message` is geth's text. */
export type SimulationReason =
  | CallReason
  | 'block-number-not-increasing'
  | 'timestamp-not-increasing'
  | 'too-many-blocks'
  | 'block-gas-limit-reached'
  | 'gas-cap-reached'
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'nonce-max'
  | 'invalid-system-call'
