import {
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bigintToBytes8,
  bytesToBigint,
  bytesToDigits,
  decodeRlp,
  encodeRlp,
  equalBytes,
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
const NO_SLOT = { number: 0, value: 0n }
const NO_BYTES = new Uint8Array(0)

/** Of a block, in an entry. */
const NUMBER_BYTES = 8

/** @returns the block as of which the tables can be read for the state behind this root; undefined: there is none */
export function readStateNumber(
  store: Pick<KeyValueStore, 'get'>,
  stateRoot: Uint8Array,
): number | undefined {
  const stored = store.get(keys.stateNumber(stateRoot))
  return stored === undefined ? undefined : Number(bytesToBigint(stored))
}

/** First answers of a {@link FlatState}, which are kept: what they are as of its block they stay. */
const ANSWERS_KEPT = 8_192

/** The tables as of block `number`; what was asked is not read again. */
export function openFlatState(store: Pick<KeyValueStore, 'get'>, number: number): FlatState {
  const accounts = new Map<string, FlatAccount>()
  const slots = new Map<string, bigint>()
  return {
    account: (hashedAddress) => {
      const key = bytesToDigits(hashedAddress)
      const known = accounts.get(key)
      if (known !== undefined) return known
      const entry = store.get(keys.account(hashedAddress))
      if (entry !== undefined && numberAt(entry, 0) > number) return undefined
      const account = entry === undefined ? NO_ACCOUNT : decodeAccountEntry(entry)
      if (accounts.size < ANSWERS_KEPT) accounts.set(key, account)
      return account
    },
    slot: ({ hashedAddress, clearedAt }, hashedSlot) => {
      const key = keys.slot(hashedAddress, hashedSlot)
      const place = bytesToDigits(key)
      const known = slots.get(place)
      if (known !== undefined) return known
      const entry = store.get(key)
      const slot = entry === undefined ? NO_SLOT : decodeFlatSlot(entry)
      if (slot.number > number) return undefined
      const value = slot.number < clearedAt ? 0n : slot.value
      if (slots.size < ANSWERS_KEPT) slots.set(place, value)
      return value
    },
  }
}

/** The write by which block `number` leaves an account. */
export function putAccount(
  number: number,
  hashedAddress: Uint8Array,
  { account, clearedAt }: FlatAccount,
): BatchOperation {
  const fields = account === null ? NO_BYTES : encodeFields(account)
  const entry = new Uint8Array(2 * NUMBER_BYTES + fields.length)
  setNumberAt(entry, 0, number)
  setNumberAt(entry, NUMBER_BYTES, clearedAt)
  entry.set(fields, 2 * NUMBER_BYTES)
  return put(keys.account(hashedAddress), entry)
}

/** The write by which block `number` leaves a slot. What was unset stays as a stamp: its absence would be older. */
export function putSlot(
  number: number,
  hashedAddress: Uint8Array,
  hashedSlot: Uint8Array,
  value: bigint,
): BatchOperation {
  const bytes = bigintToBytes(value)
  const entry = new Uint8Array(NUMBER_BYTES + bytes.length)
  setNumberAt(entry, 0, number)
  entry.set(bytes, NUMBER_BYTES)
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
  const clearedAt = numberAt(entry, NUMBER_BYTES)
  const fields = entry.subarray(2 * NUMBER_BYTES)
  if (fields.length === 0) return { account: null, clearedAt }
  const items = asList(decodeRlp(fields), 'account entry')
  const storageRoot = asBytes(items[2], 'storageRoot')
  const codeHash = asBytes(items[3], 'codeHash')
  return {
    clearedAt,
    account: {
      nonce: asScalar(items[0], 'nonce'),
      balance: asScalar(items[1], 'balance'),
      storageRoot: storageRoot.length === 0 ? EMPTY_ROOT_BYTES : storageRoot,
      codeHash: codeHash.length === 0 ? EMPTY_CODE_HASH_BYTES : codeHash,
    },
  }
}

/** @throws TypeError when the bytes are no such entry: the database is damaged */
export function decodeFlatSlot(entry: Uint8Array): {
  readonly number: number
  readonly value: bigint
} {
  const number = numberAt(entry, 0)
  return { number, value: bytesToBigint(entry.subarray(NUMBER_BYTES)) }
}

function encodeFields({ nonce, balance, storageRoot, codeHash }: StoredAccount): Uint8Array {
  return encodeRlp([
    bigintToBytes(nonce),
    bigintToBytes(balance),
    equalBytes(storageRoot, EMPTY_ROOT_BYTES) ? NO_BYTES : storageRoot,
    equalBytes(codeHash, EMPTY_CODE_HASH_BYTES) ? NO_BYTES : codeHash,
  ])
}

/** Reads eight big-endian bytes. */
function numberAt(entry: Uint8Array, offset: number): number {
  if (entry.length < offset + NUMBER_BYTES) {
    throw new TypeError(`a table entry of ${entry.length} bytes: the database is damaged`)
  }
  const view = new DataView(entry.buffer, entry.byteOffset)
  return view.getUint32(offset) * 2 ** 32 + view.getUint32(offset + 4)
}

function setNumberAt(entry: Uint8Array, offset: number, number: number): void {
  const view = new DataView(entry.buffer, entry.byteOffset)
  view.setUint32(offset, Math.floor(number / 2 ** 32))
  view.setUint32(offset + 4, number % 2 ** 32)
}
