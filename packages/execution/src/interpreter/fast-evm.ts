import { bytesToHex, ZERO_ADDRESS } from '@busan/primitives'
import { EVM, type EVMOpts, type EVMResult } from '@ethereumjs/evm'
import type { StateView } from '../state/state-view.ts'
import type { Pacer } from '../vm/pacer.ts'
import { AccessJournal } from './access-journal.ts'
import type { Host } from './frame.ts'
import type { Message } from './message.ts'
import { evmResultOf } from './outcome.ts'
import type { BlockHashWord, ExecutionListener, Precompiled } from './ports.ts'
import { runMessages } from './run-messages.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import { creationAddress } from './sending.ts'
import { TransientSlots } from './transient-slots.ts'

/** Gas is counted in doubles here, and memory is bounded by it; a message with more runs in the library's interpreter. */
const MESSAGE_GAS_MAX = 1n << 40n

/** What the interpreter needs beside what an EVM of ethereumjs takes. */
export interface FastEvmOptions {
  readonly state: StateView
  readonly pacer: Pacer
  readonly blockHash: BlockHashWord
}

const NO_BYTES = new Uint8Array(0)

type CallOptions = Parameters<EVM['runCall']>[0]

/**
 * An EVM of ethereumjs whose messages and opcodes run synchronously: the precompiled contracts are the library's, the
 * rest is ours. Its {@link FastEvm.listener} stands in for the library's events.
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
    this.accesses = new AccessJournal(fast.state, this.common)
    // Both of the library's are classes with private members; ours have the methods that are used of them.
    this.journal = this.accesses as unknown as EVM['journal']
    this.#precompiled = (address) => {
      const code = this.precompiles.get(address.slice(2))
      if (code === undefined) return undefined
      return (data, gas) => {
        const result = this.runPrecompile(code, data, BigInt(gas))
        if (result instanceof Promise) throw new TypeError(`the precompile ${address} waits`)
        return result
      }
    }
  }

  override async runCall(options: CallOptions): Promise<EVMResult> {
    const { message, block, gasLimit = 0n } = options
    // The library's interpreter alone comes with a message: what it sends stays there.
    if (message !== undefined || gasLimit > MESSAGE_GAS_MAX) return super.runCall(options)
    if (block === undefined) throw new TypeError('no block to run in')
    const root = this.#rootMessage(options)
    const host = this.#host(options, block)
    const answer = await runMessages(host, root)
    this.#transientSlots.clear()
    return evmResultOf(answer, host)
  }

  /** The sender has counted it already. */
  #rootMessage({ caller, to, value = 0n, data = NO_BYTES, gasLimit = 0n }: CallOptions): Message {
    const sender = caller === undefined ? ZERO_ADDRESS : bytesToHex(caller.bytes)
    const nonce = (this.#fast.state.accountAt(sender)?.nonce ?? 1n) - 1n
    const address =
      to === undefined
        ? creationAddress(sender, { nonce, salt: undefined, code: data })
        : bytesToHex(to.bytes)
    return {
      kind: to === undefined ? 'CREATE' : 'CALL',
      sender,
      caller: sender,
      address,
      codeAddress: address,
      value,
      data,
      gas: Number(gasLimit),
      depth: 0,
      isStatic: false,
      refund: 0,
    }
  }

  #host(options: CallOptions, { header }: NonNullable<CallOptions['block']>): Host {
    const { state, pacer, blockHash } = this.#fast
    const { gasPrice = 0n, caller, origin = caller, blobVersionedHashes = [] } = options
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
      gasPrice,
      origin: origin === undefined ? ZERO_ADDRESS : bytesToHex(origin.bytes),
      blobVersionedHashes,
      header,
      ...(this.listener === undefined ? {} : { listener: this.listener }),
    }
  }
}
