import type { BatchOperation } from '@busan/storage'
import { isSameAccount, type StoredAccount } from './account.ts'
import { type FlatAccount, putAccount, putSlot, putTablesRoot } from './flat-state.ts'
import { PUTS_PER_STEP } from './trie.ts'

/** An account that a block's trie has taken in, changed or not. */
export interface ChangedAccount extends FlatAccount {
  readonly hashedAddress: Uint8Array
  readonly before: StoredAccount | null
}

/** A slot that a block's tries have taken in, with its value now. */
export type ChangedSlot = readonly [
  hashedAddress: Uint8Array,
  hashedSlot: Uint8Array,
  value: bigint,
]

/** What a block has done to the state. */
export interface FlatChange {
  readonly stateRoot: Uint8Array
  /** The block's. */
  readonly number: number
  readonly accounts: Iterable<ChangedAccount>
  readonly slots: Iterable<ChangedSlot>
}

/** What the block leaves in the tables of accounts and slots, made in steps. */
export function* flatWrites(change: FlatChange): Generator<void, BatchOperation[]> {
  const { stateRoot, number } = change
  const writes = putTablesRoot(stateRoot, number)
  let puts = 0
  for (const { hashedAddress, before, account, clearedAt } of change.accounts) {
    if (++puts % PUTS_PER_STEP === 0) yield
    // Emptied and alike: created again.
    if (clearedAt < number && isSameAccount(account, before)) continue
    writes.push(putAccount(number, hashedAddress, { account, clearedAt }))
  }
  for (const [hashedAddress, hashedSlot, value] of change.slots) {
    if (++puts % PUTS_PER_STEP === 0) yield
    writes.push(putSlot(number, hashedAddress, hashedSlot, value))
  }
  return writes
}
