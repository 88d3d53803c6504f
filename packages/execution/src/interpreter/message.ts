import type { Hex } from '@busan/primitives'
import { EVMError } from '@ethereumjs/evm'
import type { Log } from '../types.ts'
import type { Frame } from './frame.ts'
import type { MessageKind } from './ports.ts'

/** A message call or a creation (yellow paper 7 and 8). */
export interface Message {
  readonly kind: MessageKind
  /** Whose frame sends it, or who sends the transaction. */
  readonly sender: Hex
  /** CALLER: the sender, but for a DELEGATECALL. */
  readonly caller: Hex
  /** ADDRESS: the account that the code runs for; of a creation the new one. */
  readonly address: Hex
  /** Whose code runs; of a creation the new account. */
  readonly codeAddress: Hex
  /** CALLVALUE, in wei. Goes from the sender to `address`, but for a DELEGATECALL. */
  readonly value: bigint
  /** Call data, or init code: of a message that a frame sends its memory, which rests until the answer is there. */
  readonly data: Uint8Array
  readonly gas: number
  /** 0 for the message that a transaction is. */
  readonly depth: number
  readonly isStatic: boolean
  /** The transaction's refund so far. */
  readonly refund: number
}

/** What came of a message. */
export interface MessageAnswer {
  /** undefined: it succeeded. */
  readonly error: EVMError | undefined
  readonly gasUsed: number
  /** Return data, the code of a creation, or revert bytes: in the memory of `frame`, until that is released. */
  readonly output: Uint8Array
  readonly logs: readonly Log[]
  /** The transaction's so far; of no account after a failure. */
  readonly refund: number
  /** Set for a creation. */
  readonly createdAddress?: Hex
  /** Where it ended; absent: no code ran. */
  readonly frame?: Frame
}

/** True for CREATE and CREATE2. */
export function isCreation({ kind }: Message): boolean {
  return kind === 'CREATE' || kind === 'CREATE2'
}

/** Its effects stay. Of Frontier: a contract whose code cannot be paid for is there, without code. */
export function stands({ error }: MessageAnswer): boolean {
  return error === undefined || error.error === EVMError.errorMessages.CODESTORE_OUT_OF_GAS
}
