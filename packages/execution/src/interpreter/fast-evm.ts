import { bytesToHex, type Hex } from '@busan/primitives'
import {
  EVM,
  EVMError,
  type EVMOpts,
  type EVMResult,
  type ExecResult,
  Message,
} from '@ethereumjs/evm'
import { createZeroAddress } from '@ethereumjs/util'
import type { StateView } from '../state/state-view.ts'
import type { Pacer } from '../vm/pacer.ts'
import { AccessJournal } from './access-journal.ts'
import { Frame, type Host, MESSAGE, PAUSE, type PendingMessage, STEP } from './frame.ts'
import { failure, success } from './outcome.ts'
import type { BlockHashWord, ExecutionListener } from './ports.ts'
import { runFrame } from './run-frame.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import { messageEnd, type Sender, sentMessage } from './sending.ts'
import { stepFrame } from './stepping.ts'

/** Gas is counted in doubles here, and memory is bounded by it; a frame with more runs in the library's interpreter. */
const FRAME_GAS_MAX = 1n << 40n

/** What the interpreter needs beside what an EVM of ethereumjs takes. */
export interface FastEvmOptions {
  readonly state: StateView
  readonly pacer: Pacer
  readonly blockHash: BlockHashWord
}

type RunOptions = Parameters<EVM['runInterpreter']>[1]

/**
 * An EVM of ethereumjs whose opcodes run synchronously: messages, value transfers, precompiles and the deposit of
 * code are the library's, the interpreter is ours. Its {@link FastEvm.listener} stands in for the library's events.
 */
export class FastEvm extends EVM {
  /** Hears of what runs; undefined: nobody does. */
  listener: ExecutionListener | undefined
  readonly #fast: FastEvmOptions
  readonly #schedule: Schedule
  readonly #accesses: AccessJournal

  /** @param options with all that the library's `createEVM` would fill in */
  constructor(options: EVMOpts, fast: FastEvmOptions) {
    super(options)
    this.#fast = fast
    this.#schedule = scheduleOf(this)
    this.#accesses = new AccessJournal(fast.state, this.common)
    // The library's journal is a class with private members; ours has the methods that are used of it.
    this.journal = this.#accesses as unknown as EVM['journal']
  }

  override async runCall(options: Parameters<EVM['runCall']>[0]): Promise<EVMResult> {
    const { listener } = this
    if (listener === undefined || options.message !== undefined) return super.runCall(options)
    const { caller = createZeroAddress(), to } = options
    const sent = new Message({ ...options, caller, gasLimit: options.gasLimit ?? 0n })
    const kind = to === undefined ? 'CREATE' : 'CALL'
    listener.messageStarts(sentMessage(kind, sent, this.#sender(bytesToHex(caller.bytes))))
    const answer = await super.runCall(options)
    listener.messageEnds(messageEnd(answer))
    return answer
  }

  protected override async runInterpreter(
    message: Message,
    options: RunOptions = {},
  ): Promise<ExecResult> {
    if (message.gasLimit > FRAME_GAS_MAX || options.pc !== undefined) {
      return super.runInterpreter(message, options)
    }
    const frame = new Frame(this.#host(), message, message.to ?? createZeroAddress())
    try {
      await this.#drive(frame)
    } catch (error) {
      if (!(error instanceof EVMError)) throw error
      return failure(frame, error)
    }
    return success(frame)
  }

  async #drive(frame: Frame): Promise<void> {
    const { listener } = this
    const run =
      listener?.wantsSteps === true ? () => stepFrame(frame, listener) : () => runFrame(frame)
    for (;;) {
      const signal = run()
      if (signal === PAUSE) await frame.pause
      else if (signal === STEP) {
        const pause = this.#fast.pacer.tick()
        if (pause !== undefined) await pause
      } else if (signal !== MESSAGE || frame.pending === undefined) return
      else await this.#send(frame, frame.pending)
    }
  }

  async #send(frame: Frame, { kind, message, receive }: PendingMessage): Promise<void> {
    const { listener } = this
    const pause = this.#fast.pacer.tick()
    if (pause !== undefined) await pause
    listener?.messageStarts(sentMessage(kind, message, this.#sender(frame.addressHex)))
    const answer = await this.runCall({ message })
    listener?.messageEnds(messageEnd(answer))
    receive(frame, answer)
  }

  /** Whoever sends has counted the message already. */
  #sender(address: Hex): Sender {
    return { address, nonce: () => (this.#fast.state.accountAt(address)?.nonce ?? 1n) - 1n }
  }

  #host(): Host {
    const { state, pacer, blockHash } = this.#fast
    const { gasPrice = 0n, origin = createZeroAddress() } = this._tx ?? {}
    if (this._block === undefined) throw new TypeError('no block to run in')
    return {
      schedule: this.#schedule,
      state,
      pacer,
      blockHash,
      journal: this.#accesses,
      transientStorage: this.transientStorage,
      chainId: this.common.chainId(),
      gasPrice,
      origin,
      header: this._block.header,
      ...(this.listener === undefined ? {} : { listener: this.listener }),
    }
  }
}
