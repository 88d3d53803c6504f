import type { Hex } from '@busan/primitives'
import type { StoredAccount } from '../state/account.ts'

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
}

/** Hash of a block below the one in execution as a word; it knows the last 256. */
export type BlockHashWord = (number: bigint) => bigint
