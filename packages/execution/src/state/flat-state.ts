import {
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bigintToBytes8,
  bytesToBigint,
  decodeRlp,
  encodeRlp,
  equalBytes,
  type RlpItem,
} from '@busan/primitives'
import { type BatchOperation, type KeyValueStore, keys, put } from '@busan/storage'
import { EMPTY_CODE_HASH_BYTES, EMPTY_ROOT_BYTES, type StoredAccount } from './account.ts'

/** An account as its table has it. */
export interface FlatAccount {
  /** null: no such account. */
  readonly account: StoredAccount | null
  /** The last block in which its storage was emptied as a whole: older slots are no slots. 0: never. */
  readonly clearedAt: number
}

/**
 * The tables of accounts and slots, read as of one block. They hold the last value of each together with the block that
 * wrote it, so a value that is no newer than the block of the reader is right for it, whatever is written meanwhile.
 */
export interface FlatState {
  /** undefined: written since, only the trie knows. @param hashedAddress keccak256 of it */
  account(hashedAddress: Uint8Array): FlatAccount | undefined
  /** undefined: written since, only the trie knows. @param place whose it is */
  slot(place: SlotPlace, hashedSlot: Uint8Array): bigint | undefined
}

/** Whose slots, and since when they count. */
export interface SlotPlace {
  readonly hashedAddress: Uint8Array
  readonly clearedAt: number
}

const NO_ACCOUNT: FlatAccount = { account: null, clearedAt: 0 }
const NO_BYTES = new Uint8Array(0)

/** @returns undefined: the tables do not reach back to the state behind this root, or were never made */
export function openFlatState(
  store: Pick<KeyValueStore, 'get'>,
  stateRoot: Uint8Array,
): FlatState | undefined {
  const stored = store.get(keys.stateNumber(stateRoot))
  if (stored === undefined) return undefined
  const number = Number(bytesToBigint(stored))
  return {
    account: (hashedAddress) => {
      const entry = store.get(keys.account(hashedAddress))
      if (entry === undefined) return NO_ACCOUNT
      const items = asList(decodeRlp(entry), 'account entry')
      return numberIn(items, 0) > number ? undefined : decodeFlatAccount(items)
    },
    slot: ({ hashedAddress, clearedAt }, hashedSlot) => {
      const entry = store.get(keys.slot(hashedAddress, hashedSlot))
      if (entry === undefined) return 0n
      const slot = decodeFlatSlot(entry)
      if (slot.number > number) return undefined
      return slot.number < clearedAt ? 0n : slot.value
    },
  }
}

/** The write by which block `number` leaves an account. */
export function putAccount(
  number: number,
  hashedAddress: Uint8Array,
  { account, clearedAt }: FlatAccount,
): BatchOperation {
  const stamps = [scalar(number), scalar(clearedAt)]
  const fields = account === null ? [] : encodeFields(account)
  return put(keys.account(hashedAddress), encodeRlp([...stamps, ...fields]))
}

/** The write by which block `number` leaves a slot. What was unset stays as a stamp: its absence would be older. */
export function putSlot(
  number: number,
  hashedAddress: Uint8Array,
  hashedSlot: Uint8Array,
  value: bigint,
): BatchOperation {
  const entry = encodeRlp([scalar(number), bigintToBytes(value)])
  return put(keys.slot(hashedAddress, hashedSlot), entry)
}

/** The writes that let the state behind a root, which the tables now hold, be read from them. */
export function putTablesRoot(stateRoot: Uint8Array, number: number): BatchOperation[] {
  return [
    put(keys.stateNumber(stateRoot), bigintToBytes8(BigInt(number))),
    put(keys.tablesRoot(), stateRoot),
  ]
}

/** @throws TypeError when the bytes are no such entry: the database is damaged */
export function decodeAccountEntry(entry: Uint8Array): FlatAccount {
  return decodeFlatAccount(asList(decodeRlp(entry), 'account entry'))
}

/** @throws TypeError when the bytes are no such entry: the database is damaged */
export function decodeFlatSlot(entry: Uint8Array): {
  readonly number: number
  readonly value: bigint
} {
  const items = asList(decodeRlp(entry), 'slot entry')
  return { number: numberIn(items, 0), value: asScalar(items[1], 'slot value') }
}

function encodeFields({ nonce, balance, storageRoot, codeHash }: StoredAccount): Uint8Array[] {
  return [
    bigintToBytes(nonce),
    bigintToBytes(balance),
    equalBytes(storageRoot, EMPTY_ROOT_BYTES) ? NO_BYTES : storageRoot,
    equalBytes(codeHash, EMPTY_CODE_HASH_BYTES) ? NO_BYTES : codeHash,
  ]
}

function decodeFlatAccount(items: readonly RlpItem[]): FlatAccount {
  const clearedAt = numberIn(items, 1)
  if (items.length === 2) return { account: null, clearedAt }
  const storageRoot = asBytes(items[4], 'storageRoot')
  const codeHash = asBytes(items[5], 'codeHash')
  return {
    clearedAt,
    account: {
      nonce: asScalar(items[2], 'nonce'),
      balance: asScalar(items[3], 'balance'),
      storageRoot: storageRoot.length === 0 ? EMPTY_ROOT_BYTES : storageRoot,
      codeHash: codeHash.length === 0 ? EMPTY_CODE_HASH_BYTES : codeHash,
    },
  }
}

function numberIn(items: readonly RlpItem[], index: number): number {
  return Number(asScalar(items[index], 'block number'))
}

function scalar(number: number): Uint8Array {
  return bigintToBytes(BigInt(number))
}
