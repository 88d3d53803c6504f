import { type Address, CodedError, type Hash, type Hex } from '@busan/primitives'
import type { ExecutionErrorCode } from '../errors.ts'
import type { ExecutionListener, SyncState } from '../interpreter/ports.ts'

/** Where a traced transaction stands; a call stands nowhere. */
export interface TransactionPlace {
  readonly blockHash: Hash
  readonly blockNumber: bigint
  readonly transactionHash: Hash
  readonly index: number
}

/** A transaction or call that is about to run: nothing of it has touched the state yet. */
export interface TransactionStart {
  readonly from: Address
  /** The callee, or the address of the contract that is created. */
  readonly to: Address
  readonly isCreation: boolean
  readonly gasLimit: bigint
  readonly coinbase: Address
  /** Signers of its EIP-7702 authorizations, valid or not. */
  readonly authorities: readonly Address[]
  /** Gas that its authorizations give back before any code runs (EIP-7702). */
  readonly authorizationRefund: bigint
  /** EIP-6780: SELFDESTRUCT removes only what the same transaction has created. */
  readonly keepsOldContracts: boolean
  readonly state: SyncState
  readonly place: TransactionPlace | undefined
  isPrecompile(address: Hex): boolean
}

/** Watches one transaction and tells about it as JSON. */
export interface Tracer {
  readonly listener: ExecutionListener
  start(transaction: TransactionStart): void
  /** After fees are paid. @param gasUsed what the receipt says */
  end(gasUsed: bigint): void
  /** What was found, as JSON text. */
  json(): string
}

/** Bounds what tracers of one request write in all. */
export interface SizeBudget {
  /** @throws CodedError `trace-too-large` */
  spend(characters: number): void
}

/** @param sizeMax characters of JSON */
export function createSizeBudget(sizeMax: number): SizeBudget {
  let left = sizeMax
  return {
    spend: (characters) => {
      left -= characters
      if (left < 0) throw traceTooLarge(sizeMax)
    },
  }
}

function traceTooLarge(sizeMax: number): CodedError<ExecutionErrorCode> {
  const message =
    `response too large: the trace takes more than ${sizeMax} characters; ` +
    'trace one transaction, or leave out memory, stack and storage'
  return new CodedError('trace-too-large', message, { details: { sizeMax } })
}

/** Hears nothing; tracers replace what they care about. */
export const DEAF_LISTENER: ExecutionListener = {
  wantsSteps: false,
  messageStarts: () => {},
  messageEnds: () => {},
  logged: () => {},
  stepStarts: () => {},
  stepEnds: () => {},
}
