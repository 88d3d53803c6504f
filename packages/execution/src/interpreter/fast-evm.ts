import { EVM, type EVMOpts } from '@ethereumjs/evm'
import type { StateView } from '../state/state-view.ts'
import type { RootMessage } from '../vm/engine.ts'
import type { Pacer } from '../vm/pacer.ts'
import { AccessJournal } from './access-journal.ts'
import type { Host } from './frame.ts'
import type { Message } from './message.ts'
import { messageResult } from './outcome.ts'
import type { BlockHashWord, ExecutionListener, MessageResult, Precompiled } from './ports.ts'
import { runMessages } from './run-messages.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import { creationAddress } from './sending.ts'
import { TransientSlots } from './transient-slots.ts'

/** What the interpreter needs beside what an EVM of ethereumjs takes. */
export interface FastEvmOptions {
  readonly state: StateView
  readonly pacer: Pacer
  readonly blockHash: BlockHashWord
}

/**
 * An EVM of ethereumjs with another way to run messages beside the library's own: {@link FastEvm.send} runs them and
 * their opcodes synchronously, on the same state, with the library's precompiled contracts. Its
 * {@link FastEvm.listener} stands in for the library's events.
 */
export class FastEvm extends EVM {
  /** Hears of what runs; undefined: nobody does. */
  listener: ExecutionListener | undefined
  readonly accesses: AccessJournal
  readonly #fast: FastEvmOptions
  readonly #schedule: Schedule
  readonly #transientSlots = new TransientSlots()
  override readonly transientStorage = this.#transientSlots as unknown as EVM['transientStorage']
  readonly #precompiled: Precompiled

  /** @param options with all that the library's `createEVM` would fill in */
  constructor(options: EVMOpts, fast: FastEvmOptions) {
    super(options)
    this.#fast = fast
    this.#schedule = scheduleOf(this)
    this.accesses = new AccessJournal(fast.state, this.common, this.precompiles.keys())
    // Both of the library's are classes with private members; ours have the methods that are used of them.
    this.journal = this.accesses as unknown as EVM['journal']
    this.#precompiled = (address) => {
      const code = this.precompiles.get(address.slice(2))
      if (code === undefined) return undefined
      return (data, gas) => this.runPrecompile(code, data, BigInt(gas))
    }
  }

  /** Runs the message that a transaction or a call is; its sender has paid and been counted. */
  async send(message: RootMessage, header: Host['header']): Promise<MessageResult> {
    const host = this.#host(message, header)
    const answer = await runMessages(host, this.#messageOf(message))
    return messageResult(answer, host.marks)
  }

  #messageOf({ from, to, valueWei, data, gas, isStatic = false }: RootMessage): Message {
    const nonce = (this.#fast.state.accountAt(from)?.nonce ?? 1n) - 1n
    const address = to ?? creationAddress(from, { nonce, salt: undefined, code: data })
    return {
      kind: to === null ? 'CREATE' : 'CALL',
      sender: from,
      caller: from,
      address,
      codeAddress: address,
      value: valueWei,
      data,
      gas: Number(gas),
      depth: 0,
      isStatic,
      refund: 0,
    }
  }

  #host(
    { from, gasPriceWei, blobVersionedHashes = [] }: RootMessage,
    header: Host['header'],
  ): Host {
    const { state, pacer, blockHash } = this.#fast
    return {
      schedule: this.#schedule,
      state,
      pacer,
      blockHash,
      journal: this.accesses,
      transientSlots: this.#transientSlots,
      precompiled: this.#precompiled,
      marks: { destroyed: new Map(), created: new Set() },
      chainId: this.common.chainId(),
      gasPrice: gasPriceWei,
      origin: from,
      blobVersionedHashes,
      header,
      ...(this.listener === undefined ? {} : { listener: this.listener }),
    }
  }
}
