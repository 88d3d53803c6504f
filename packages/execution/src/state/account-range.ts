import { setImmediate } from 'node:timers/promises'
import {
  asScalar,
  bytesToHash,
  CodedError,
  decodeRlp,
  type Hash,
  type Hex,
  hexToBytes,
} from '@busan/primitives'
import { wordToHex } from '../interpreter/words.ts'
import { decodeAccount } from './account.ts'
import type { StateSource } from './state-source.ts'
import { createTrie } from './trie.ts'

/** Which accounts are read, and what of each. */
export interface AccountRangeOptions {
  /** The first hashed address. */
  readonly from: Hash
  /** Accounts at most. */
  readonly count: number
  readonly withCode: boolean
  /** Slots of all accounts together at most; absent: storage is left out. */
  readonly slotsMax?: number
}

/** An account as a state holds it: of which address a hash is, the state does not tell. */
export interface RangedAccount {
  readonly hashedAddress: Hash
  readonly nonce: bigint
  readonly balanceWei: bigint
  readonly codeHash: Hash
  readonly storageRoot: Hash
  readonly code?: Uint8Array
  /** Values by hashed slot. */
  readonly storage?: ReadonlyMap<Hash, Hex>
}

/** Accounts ascending by their hashes, and where to go on; no `next`: these were the last. */
export interface AccountRange {
  readonly accounts: readonly RangedAccount[]
  readonly next?: Hash
}

/** Accounts that are read between two turns of the event loop. */
const ACCOUNTS_PER_TURN = 16

/** Reads a run of accounts. @throws CodedError `trace-too-large` when one account alone has more slots than allowed */
export async function accountRange(
  source: StateSource,
  stateRoot: Hash,
  options: AccountRangeOptions,
): Promise<AccountRange> {
  const accounts: RangedAccount[] = []
  let slotsLeft = options.slotsMax ?? 0
  const trie = createTrie(source.node, hexToBytes(stateRoot))
  for (const { key, value } of trie.entries(hexToBytes(options.from))) {
    const hashedAddress = bytesToHash(key)
    if (accounts.length === options.count) return { accounts, next: hashedAddress }
    const stored = decodeAccount(value)
    const withStorage = options.slotsMax !== undefined
    const storage = withStorage ? slotsOf(source, stored.storageRoot, slotsLeft) : undefined
    if (withStorage && storage === undefined) {
      if (accounts.length > 0) return { accounts, next: hashedAddress }
      const text = `account ${hashedAddress} has more than ${options.slotsMax} slots: ask without storage`
      throw new CodedError('trace-too-large', text)
    }
    slotsLeft -= storage?.size ?? 0
    accounts.push({
      hashedAddress,
      nonce: stored.nonce,
      balanceWei: stored.balance,
      codeHash: bytesToHash(stored.codeHash),
      storageRoot: bytesToHash(stored.storageRoot),
      ...(options.withCode ? { code: source.code(stored.codeHash) } : {}),
      ...(storage === undefined ? {} : { storage }),
    })
    if (accounts.length % ACCOUNTS_PER_TURN === 0) await setImmediate()
  }
  return { accounts }
}

/** undefined: there are more than `countMax`. */
function slotsOf(
  source: StateSource,
  storageRoot: Uint8Array,
  countMax: number,
): ReadonlyMap<Hash, Hex> | undefined {
  const slots = new Map<Hash, Hex>()
  const trie = createTrie(source.node, storageRoot)
  for (const { key, value } of trie.entries(new Uint8Array(32))) {
    if (slots.size === countMax) return undefined
    slots.set(bytesToHash(key), wordToHex(asScalar(decodeRlp(value), 'storage value')))
  }
  return slots
}
