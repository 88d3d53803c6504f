import { EVM, EVMError, type EVMOpts, type ExecResult, type Message } from '@ethereumjs/evm'
import { createZeroAddress } from '@ethereumjs/util'
import type { StateView } from '../state/state-view.ts'
import type { Pacer } from '../vm/pacer.ts'
import { AccessJournal } from './access-journal.ts'
import { Frame, type Host, MESSAGE, PAUSE } from './frame.ts'
import type { BlockHashWord } from './ports.ts'
import { runFrame } from './run-frame.ts'
import { type Schedule, scheduleOf } from './schedule.ts'

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
 * code are the library's, the interpreter is ours. While somebody listens to `step` events, the library's runs.
 */
export class FastEvm extends EVM {
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

  protected override async runInterpreter(
    message: Message,
    options: RunOptions = {},
  ): Promise<ExecResult> {
    const isTraced = this.events.listenerCount('step') > 0
    if (isTraced || message.gasLimit > FRAME_GAS_MAX || options.pc !== undefined) {
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
    for (;;) {
      const signal = runFrame(frame)
      if (signal === PAUSE) await frame.pause
      else if (signal !== MESSAGE || frame.pending === undefined) return
      else {
        const { message, receive } = frame.pending
        const pause = this.#fast.pacer.tick()
        if (pause !== undefined) await pause
        receive(frame, await this.runCall({ message }))
      }
    }
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
    }
  }
}

function success(frame: Frame): ExecResult {
  const { message, logs, output = new Uint8Array(0) } = frame
  return {
    ...marksOf(message),
    executionGasUsed: message.gasLimit - BigInt(frame.gas),
    returnValue: output,
    logs,
    gasRefund: BigInt(frame.refund),
    gas: BigInt(frame.gas),
    runState: runStateOf(frame),
  }
}

function marksOf({ selfdestruct, createdAddresses }: Message) {
  return {
    ...(selfdestruct === undefined ? {} : { selfdestruct }),
    ...(createdAddresses === undefined ? {} : { createdAddresses }),
  }
}

/** All gas is gone, but for a REVERT. */
function failure(frame: Frame, exceptionError: EVMError): ExecResult {
  const { message } = frame
  const isRevert = exceptionError.error === EVMError.errorMessages.REVERT
  const gas = isRevert ? BigInt(frame.gas) : 0n
  return {
    selfdestruct: new Map(),
    createdAddresses: new Set(),
    executionGasUsed: message.gasLimit - gas,
    returnValue: (isRevert ? frame.output : undefined) ?? new Uint8Array(0),
    logs: [],
    gasRefund: BigInt(Math.max(0, frame.refund)),
    gas,
    exceptionError,
    runState: runStateOf(frame),
  }
}

/** What of the library's run state is read afterwards: where and on what the frame ended. */
function runStateOf(frame: Frame): NonNullable<ExecResult['runState']> {
  const { opcode, returnData, size, stack, output } = frame
  return {
    opCode: opcode,
    returnBytes: returnData,
    returnValue: output,
    stack: {
      length: size,
      peek: (count: number) => Array.from({ length: count }, (_, i) => stack[size - 1 - i]),
    },
  } as unknown as NonNullable<ExecResult['runState']>
}
