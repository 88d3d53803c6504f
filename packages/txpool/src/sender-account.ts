import { type Address, EMPTY_CODE_HASH, type Hash } from '@busan/primitives'
import type { HeadState } from './types.ts'

/** A sender as the head's state knows it. */
export interface SenderAccount {
  readonly nonce: bigint
  readonly balanceWei: bigint
  readonly codeHash: Hash
  /** Empty for an account without code. */
  readonly code: Uint8Array
}

/** Where the current head is found; it moves while reads are under way. */
export interface HeadReference {
  readonly head: HeadState
}

/** Reads an account of the head, again if the head moved meanwhile: what it gives is current. */
export async function readSenderAccount(
  reference: HeadReference,
  sender: Address,
): Promise<SenderAccount> {
  for (;;) {
    const { head } = reference
    const account = await readAccountAt(head, sender)
    if (head === reference.head) return account
  }
}

async function readAccountAt(head: HeadState, sender: Address): Promise<SenderAccount> {
  const account = await head.account(sender)
  if (account === undefined) {
    return { nonce: 0n, balanceWei: 0n, codeHash: EMPTY_CODE_HASH, code: new Uint8Array(0) }
  }
  const hasCode = account.codeHash !== EMPTY_CODE_HASH
  const code = hasCode ? await head.code(sender) : new Uint8Array(0)
  return { ...account, code }
}
