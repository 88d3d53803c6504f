import type { Hex } from '@busan/primitives'
import { delegateOf } from '../interpreter/delegation.ts'
import type { SentMessage, StepEnd, StepView, SyncState } from '../interpreter/ports.ts'
import { wordToAddressHex } from '../interpreter/words.ts'
import { type AccountSnapshot, snapshotOf } from './account-snapshot.ts'
import { isCreation } from './call-frames.ts'
import type { SizeBudget, TransactionStart } from './tracer.ts'

/** What an opcode looks at: an address on the stack, or a slot of its own account. */
type Look = 'slot' | 'account' | 'heir' | 'callee'

const LOOKS: Readonly<Record<number, Look>> = {
  49: 'account',
  59: 'account',
  60: 'account',
  63: 'account',
  84: 'slot',
  85: 'slot',
  241: 'callee',
  242: 'callee',
  244: 'callee',
  250: 'callee',
  255: 'heir',
}

const ACCOUNT_SIZE = 300
const SLOT_SIZE = 140

/** What looks leave out. */
interface LookOptions {
  readonly disableCode?: boolean
  readonly disableStorage?: boolean
}

/** Remembers every account and slot as it was when the transaction first looked at it. */
export class Looks {
  readonly before = new Map<Hex, AccountSnapshot>()
  /** Contracts that are gone after the transaction. */
  readonly removed = new Set<Hex>()
  readonly #created = new Set<Hex>()
  readonly #options: LookOptions
  readonly #budget: SizeBudget
  /** What the opcode that runs looks at; it counts once the opcode was not refused. */
  #pending: (() => void)[] = []
  #transaction: TransactionStart | undefined

  constructor(options: LookOptions, budget: SizeBudget) {
    this.#options = options
    this.#budget = budget
  }

  start(transaction: TransactionStart): void {
    this.#transaction = transaction
    const { state, from, to, coinbase, authorities } = transaction
    if (transaction.isCreation) this.#created.add(to)
    const delegate = delegateOf(state.codeAt(to))
    const first: Hex[] = [from, to, coinbase, ...authorities]
    if (delegate !== undefined) first.push(delegate)
    for (const address of first) this.#lookAt(state, address)
  }

  stepStarts(step: StepView): void {
    this.#pending = []
    const look = LOOKS[step.opcode]
    if (look === undefined || step.stackSize < (look === 'callee' ? 6 : 1)) return
    if (look === 'slot') this.#lookAtSlot(step)
    else if (look === 'callee') this.#lookAtCallee(step)
    else this.#lookLater(step.state, wordToAddressHex(step.stack[step.stackSize - 1] as bigint))
    if (look === 'heir' && !this.#outlives(step.address)) {
      this.#pending.push(() => this.removed.add(step.address))
    }
  }

  stepEnds({ error }: StepEnd): void {
    if (error === undefined) for (const look of this.#pending) look()
    this.#pending = []
  }

  messageStarts(message: SentMessage): void {
    if (!isCreation(message) || this.#transaction === undefined) return
    this.#lookAt(this.#transaction.state, message.to)
    this.#created.add(message.to)
  }

  /** EIP-6780. */
  #outlives(address: Hex): boolean {
    return this.#transaction?.keepsOldContracts === true && !this.#created.has(address)
  }

  #lookAt(state: SyncState, address: Hex): void {
    if (!this.before.has(address)) this.#keep(address, this.#read(state, address))
  }

  #lookLater(state: SyncState, address: Hex): void {
    if (this.before.has(address)) return
    const snapshot = this.#read(state, address)
    this.#pending.push(() => this.#keep(address, snapshot))
  }

  #lookAtSlot({ state, address, stack, stackSize }: StepView): void {
    if (this.#options.disableStorage === true) return
    this.#lookLater(state, address)
    const slot = stack[stackSize - 1] as bigint
    if (this.before.get(address)?.storage.has(slot) === true) return
    const value = state.slotAt(address, slot)
    this.#pending.push(() => {
      this.#budget.spend(SLOT_SIZE)
      this.before.get(address)?.storage.set(slot, value)
    })
  }

  #lookAtCallee({ state, stack, stackSize }: StepView): void {
    const address = wordToAddressHex(stack[stackSize - 2] as bigint)
    this.#lookLater(state, address)
    const delegate = delegateOf(state.codeAt(address))
    if (delegate !== undefined) this.#lookLater(state, delegate)
  }

  #read(state: SyncState, address: Hex): AccountSnapshot {
    return snapshotOf(state, address, this.#options.disableCode === true)
  }

  #keep(address: Hex, snapshot: AccountSnapshot): void {
    this.#budget.spend(ACCOUNT_SIZE + 2 * snapshot.code.length)
    this.before.set(address, snapshot)
  }
}
