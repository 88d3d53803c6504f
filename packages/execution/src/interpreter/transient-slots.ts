import { bytesToHex, type Hex } from '@busan/primitives'
import type { Address } from '@ethereumjs/util'
import { bytesToWord, wordToBytes } from './words.ts'

/**
 * Transient storage (EIP-1153) by address and word, with one undo log. Takes the place of ethereumjs' own, whose
 * methods it has too.
 */
export class TransientSlots {
  readonly #slots = new Map<Hex, Map<bigint, bigint>>()
  #undo: (() => void)[] = []
  #marks: number[] = []

  load(address: Hex, slot: bigint): bigint {
    return this.#slots.get(address)?.get(slot) ?? 0n
  }

  store(address: Hex, slot: bigint, value: bigint): void {
    const slots = this.#slots.get(address) ?? new Map<bigint, bigint>()
    this.#slots.set(address, slots)
    const before = slots.get(slot) ?? 0n
    slots.set(slot, value)
    this.#undo.push(() => slots.set(slot, before))
  }

  get(address: Address, slot: Uint8Array): Uint8Array {
    return wordToBytes(this.load(bytesToHex(address.bytes), bytesToWord(slot)))
  }

  put(address: Address, slot: Uint8Array, value: Uint8Array): void {
    this.store(bytesToHex(address.bytes), bytesToWord(slot), bytesToWord(value))
  }

  checkpoint(): void {
    this.#marks.push(this.#undo.length)
  }

  commit(): void {
    this.#marks.pop()
  }

  revert(): void {
    const mark = this.#marks.pop() ?? 0
    while (this.#undo.length > mark) this.#undo.pop()?.()
  }

  /** Forgets everything: the next transaction begins. */
  clear(): void {
    if (this.#slots.size > 0) this.#slots.clear()
    this.#undo = []
    this.#marks = []
  }
}
