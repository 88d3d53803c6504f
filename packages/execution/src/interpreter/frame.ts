import type { Hex } from '@busan/primitives'
import { type EVM, EVMError } from '@ethereumjs/evm'
import type { Log } from '../types.ts'
import type { Pacer } from '../vm/pacer.ts'
import type { AccessJournal } from './access-journal.ts'
import { analyseCode, analyseInitCode, type CodeAnalysis } from './code-analysis.ts'
import { Memory } from './memory.ts'
import { isCreation, type Message, type MessageAnswer } from './message.ts'
import type { BlockHashWord, ExecutionListener, Precompiled, SyncState } from './ports.ts'
import type { Schedule } from './schedule.ts'
import type { TransientSlots } from './transient-slots.ts'

/** What all frames of a transaction share. */
export interface Host {
  readonly schedule: Schedule
  readonly state: SyncState
  readonly journal: AccessJournal
  readonly transientSlots: TransientSlots
  readonly precompiled: Precompiled
  readonly marks: Marks
  readonly blockHash: BlockHashWord
  readonly pacer: Pacer
  readonly chainId: bigint
  readonly gasPrice: bigint
  readonly origin: Hex
  readonly blobVersionedHashes: readonly string[]
  readonly header: NonNullable<Parameters<EVM['runCall']>[0]['block']>['header']
  /** Absent in ordinary execution. */
  readonly listener?: ExecutionListener
}

/** Accounts to be dealt with when the transaction ends. Entries of messages that fail are taken back. */
export interface Marks {
  /** By address, with the heir. */
  readonly destroyed: Map<Hex, Hex>
  /** Contracts made by this transaction. */
  readonly created: Set<Hex>
}

/** A message that a frame sends, and what becomes of its answer. */
export interface PendingMessage {
  readonly message: Message
  /** Takes the answer into the frame that sent the message. */
  readonly receive: (frame: Frame, answer: MessageAnswer) => void
}

const NO_BYTES = new Uint8Array(0)

/** One message call or creation in execution: the machine state of the yellow paper (9.4.1). */
export class Frame {
  readonly host: Host
  readonly message: Message
  readonly code: Uint8Array
  readonly data: Uint8Array
  readonly analysis: CodeAnalysis
  readonly address: Hex
  readonly stack: bigint[] = []
  readonly memory = new Memory()
  /** Items on the stack; what lies above in the array is of no account. */
  size = 0
  pc = 0
  gas: number
  /** The whole transaction's so far, this frame included. */
  refund: number
  /** Of the opcode that runs, or ran last. */
  opcode = 0
  /** RETURNDATA: of the last message that was sent; it lies in that one's memory. */
  returnData: Uint8Array = NO_BYTES
  #answered: Memory | undefined
  readonly #marks: Memory | undefined
  /** Set once the frame has ended by RETURN, REVERT or STOP; it lies in the memory. */
  output: Uint8Array | undefined
  readonly logs: Log[] = []
  /** Gas that the call which runs, or ran last, passes on. */
  passedGas = 0
  pending: PendingMessage | undefined
  pause: Promise<void> | undefined

  /** @param data what CALLDATALOAD and its like read: none in init code */
  constructor(host: Host, message: Message, code: Uint8Array, data: Uint8Array) {
    this.host = host
    this.message = message
    this.code = code
    this.data = data
    this.#marks = isCreation(message) ? new Memory() : undefined
    this.analysis = this.#marks ? analyseInitCode(code, this.#marks) : analyseCode(code)
    this.address = message.address
    this.gas = message.gas
    this.refund = message.refund
  }

  /** The item `depth` below the top; the caller knows that it is there. */
  peek(depth: number): bigint {
    return this.stack[this.size - 1 - depth] as bigint
  }

  push(word: bigint): void {
    this.stack[this.size++] = word
  }

  /** @throws EVMError `out of gas`; what is missing stands below zero then */
  charge(gas: number): void {
    this.gas -= gas
    // Not `this.gas < 0`: what is not a number is too much as well.
    if (!(this.gas >= 0)) throw halt('OUT_OF_GAS')
  }

  /** Pays for memory up to `offset + size` and grows it. @throws EVMError `out of gas` */
  reach(offset: number, size: number): void {
    this.charge(this.memory.expansionGas(offset, size))
    this.memory.expand(offset, size)
  }

  /** Keeps the memory of the last message's frame for as long as what it returned can be read. */
  keep(answered: Memory | undefined): void {
    this.#answered?.release()
    this.#answered = answered
  }

  /** It has ended: all is released but its memory, which holds its output. */
  close(): void {
    this.keep(undefined)
    this.#marks?.release()
  }

  /** @throws EVMError `static state change` */
  assertMutable(): void {
    if (this.message.isStatic) throw halt('STATIC_STATE_CHANGE')
  }

  /** Takes back a refund. @throws EVMError `refund exhausted` */
  takeRefundBack(gas: number): void {
    this.refund -= gas
    if (this.refund < 0) throw halt('REFUND_EXHAUSTED')
  }
}

/** An exceptional halt, in ethereumjs' words. */
export function halt(reason: keyof typeof EVMError.errorMessages): EVMError {
  return new EVMError(EVMError.errorMessages[reason])
}

/** What a handler tells the loop. Anything but {@link GO_ON} ends the run of opcodes. */
export type Signal = 0 | 1 | 2 | 3 | 4
/** The next opcode follows. */
export const GO_ON = 0
/** The frame has ended; see {@link Frame.output}. */
export const ENDED = 1
/** {@link Frame.pending} is to be sent; the answer goes into the frame, then it runs on. */
export const MESSAGE = 2
/** {@link Frame.pause} is to be awaited, then it runs on. */
export const PAUSE = 3
/** One opcode has run, and somebody wants to hear of each. */
export const STEP = 4

/** Runs one opcode whose base gas is paid and whose stack items are there; the program counter stands behind it. */
export type Handler = (frame: Frame) => Signal
