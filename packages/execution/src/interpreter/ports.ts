import type { Hex } from '@busan/primitives'
import type { ExecResult } from '@ethereumjs/evm'
import type { StoredAccount } from '../state/account.ts'
import type { Log } from '../types.ts'

/** The state as the interpreter reads and writes it: at once, by address and slot, nothing to await. */
export interface SyncState {
  /** @returns null for no such account. @throws CodedError `missing-state` */
  accountAt(address: Hex): StoredAccount | null
  /** The code of an account; always the same object for the same code while it is cached. */
  codeAt(address: Hex): Uint8Array
  slotAt(address: Hex, slot: bigint): bigint
  /** The slot's value when the transaction began (EIP-2200). */
  originalSlotAt(address: Hex, slot: bigint): bigint
  setAccountAt(address: Hex, account: StoredAccount): void
  setSlotAt(address: Hex, slot: bigint, value: bigint): void
  setCodeAt(address: Hex, code: Uint8Array): void
  clearStorageAt(address: Hex): void
  removeAccountAt(address: Hex): void
  /** Opens a checkpoint; they nest. */
  openCheckpoint(): void
  /** Closes the last checkpoint and keeps what was written since. */
  keepCheckpoint(): void
  /** Closes the last checkpoint and takes back what was written since. */
  undoCheckpoint(): void
}

/** The precompiled contract at an address; undefined: there is none. */
export type Precompiled = (
  address: Hex,
) => ((data: Uint8Array, gas: number) => ExecResult | Promise<ExecResult>) | undefined

/** What came of a message, in the words of ethereumjs but for its logs. */
export type MessageResult = Omit<ExecResult, 'logs'> & { readonly logs: readonly Log[] }

/** Hash of a block below the one in execution as a word; it knows the last 256. */
export type BlockHashWord = (number: bigint) => bigint

/** The opcode that sends a message; a transaction is a CALL or a CREATE. */
export type MessageKind =
  | 'CALL'
  | 'CALLCODE'
  | 'DELEGATECALL'
  | 'STATICCALL'
  | 'CREATE'
  | 'CREATE2'
  | 'SELFDESTRUCT'

/** A message as it is sent. */
export interface SentMessage {
  readonly kind: MessageKind
  readonly from: Hex
  /** Whose code runs; of a creation the new address, of a SELFDESTRUCT the heir. */
  readonly to: Hex
  /** Call data or init code. */
  readonly input: Uint8Array
  readonly gas: bigint
  /** Wei; a DELEGATECALL passes on that of its own frame. undefined for a STATICCALL. */
  readonly value: bigint | undefined
}

/** How a message ended. */
export interface MessageEnd {
  /** Return data, the code of a creation, or revert bytes. */
  readonly output: Uint8Array
  readonly gasUsed: bigint
  /** geth's words; undefined: it succeeded. */
  readonly error: string | undefined
}

/** The machine before an opcode runs. What it refers to changes when the opcode runs: copy what is kept. */
export interface StepView {
  readonly pc: number
  readonly opcode: number
  readonly code: Uint8Array
  readonly gas: number
  /** 0 in the code that the transaction calls. */
  readonly depth: number
  /** The account whose storage the code reads and writes. */
  readonly address: Hex
  readonly stack: readonly bigint[]
  /** Items of {@link StepView.stack}; what lies above is of no account. */
  readonly stackSize: number
  /** As many bytes as there are, paid for up to `memorySizeBytes`. */
  readonly memory: Uint8Array
  readonly memorySizeBytes: number
  readonly returnData: Uint8Array
  readonly state: SyncState
}

/** What became of an opcode. */
export interface StepEnd {
  /** All that it asks for, with what a call passes on to the message it sends. */
  readonly cost: number
  /** The transaction's so far, with what the opcode itself adds. */
  readonly refund: number
  /** geth's words for an opcode that was refused before it ran: no gas, wrong stack, write protection. */
  readonly error: string | undefined
}

/** Hears of what the interpreter does; messages nest. It changes nothing. */
export interface ExecutionListener {
  /** Steps are told of one by one, which takes several times as long. */
  readonly wantsSteps: boolean
  messageStarts(message: SentMessage): void
  messageEnds(end: MessageEnd): void
  logged(log: Log): void
  stepStarts(step: StepView): void
  /** Before the message that the opcode sends starts. */
  stepEnds(end: StepEnd): void
}
