import { bytesToHex, equalBytes, type Hex, toQuantity } from '@busan/primitives'
import type { SyncState } from '../interpreter/ports.ts'
import { wordToHex } from '../interpreter/words.ts'
import { type AccountSnapshot, snapshotOf } from './account-snapshot.ts'
import type { Looks } from './looks.ts'

/** How one value has changed: not at all, made, gone, or replaced. */
export type Change =
  | '='
  | { readonly '+': Hex }
  | { readonly '-': Hex }
  | { readonly '*': { readonly from: Hex; readonly to: Hex } }

/** How one account has changed, as Parity writes it. */
export interface AccountDiff {
  readonly balance: Change
  readonly code: Change
  readonly nonce: Change
  readonly storage: Readonly<Record<Hex, Change>>
}

/** Accounts that a transaction has changed, made or removed. @param state after the transaction */
export function stateDiff(looks: Looks, state: SyncState): Record<Hex, AccountDiff> {
  const diffs: Record<Hex, AccountDiff> = {}
  for (const [address, before] of looks.before) {
    const after = snapshotOf(state, address, false)
    for (const slot of before.storage.keys()) after.storage.set(slot, state.slotAt(address, slot))
    const diff = accountDiff(before, after)
    if (diff !== undefined) diffs[address] = diff
  }
  return diffs
}

function accountDiff(before: AccountSnapshot, after: AccountSnapshot): AccountDiff | undefined {
  if (before.isEmpty && after.isEmpty) return undefined
  if (before.isEmpty) return describe(after, (value) => ({ '+': value }))
  if (after.isEmpty) return describe(before, (value) => ({ '-': value }))
  const slots = [...before.storage].filter(([slot, value]) => after.storage.get(slot) !== value)
  const storage = slots.map(([slot, value]): [Hex, Change] => [
    wordToHex(slot),
    { '*': { from: wordToHex(value), to: wordToHex(after.storage.get(slot) ?? 0n) } },
  ])
  const diff = {
    balance: replaced(toQuantity(before.balance), toQuantity(after.balance)),
    code: equalBytes(before.code, after.code)
      ? ('=' as const)
      : replaced(bytesToHex(before.code), bytesToHex(after.code)),
    nonce: replaced(toQuantity(before.nonce), toQuantity(after.nonce)),
    storage: Object.fromEntries(storage),
  }
  const isSame = [diff.balance, diff.code, diff.nonce].every((change) => change === '=')
  return isSame && storage.length === 0 ? undefined : diff
}

function replaced(from: Hex, to: Hex): Change {
  return from === to ? '=' : { '*': { from, to } }
}

function describe(account: AccountSnapshot, change: (value: Hex) => Change): AccountDiff {
  const slots = [...account.storage].filter(([, value]) => value !== 0n)
  return {
    balance: change(toQuantity(account.balance)),
    code: change(bytesToHex(account.code)),
    nonce: change(toQuantity(account.nonce)),
    storage: Object.fromEntries(
      slots.map(([slot, value]) => [wordToHex(slot), change(wordToHex(value))]),
    ),
  }
}
