import {
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  decodeRlp,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  equalBytes,
  hexToBytes,
} from '@busan/primitives'

/** An account as the state trie holds it (yellow paper 4.1). */
export interface StoredAccount {
  readonly nonce: bigint
  /** Wei. */
  readonly balance: bigint
  /** 32 bytes. */
  readonly storageRoot: Uint8Array
  /** 32 bytes. */
  readonly codeHash: Uint8Array
}

/** Storage root of an account without storage. */
export const EMPTY_ROOT_BYTES = hexToBytes(EMPTY_TRIE_ROOT)

/** Code hash of an account without code. */
export const EMPTY_CODE_HASH_BYTES = hexToBytes(EMPTY_CODE_HASH)

/** An account that has never been written. */
export const NO_ACCOUNT: StoredAccount = {
  nonce: 0n,
  balance: 0n,
  storageRoot: EMPTY_ROOT_BYTES,
  codeHash: EMPTY_CODE_HASH_BYTES,
}

/** No such account, or one that EIP-161 counts as none. */
export function isDead(account: StoredAccount | null): boolean {
  return (
    account === null ||
    (account.balance === 0n &&
      account.nonce === 0n &&
      equalBytes(account.codeHash, EMPTY_CODE_HASH_BYTES))
  )
}

/** Both are none, or alike in every field. */
export function isSameAccount(a: StoredAccount | null, b: StoredAccount | null): boolean {
  if (a === null || b === null) return a === b
  return (
    a.nonce === b.nonce &&
    a.balance === b.balance &&
    equalBytes(a.storageRoot, b.storageRoot) &&
    equalBytes(a.codeHash, b.codeHash)
  )
}

/** RLP of [nonce, balance, storageRoot, codeHash]. */
export function encodeAccount(account: StoredAccount): Uint8Array {
  return encodeRlp([
    bigintToBytes(account.nonce),
    bigintToBytes(account.balance),
    account.storageRoot,
    account.codeHash,
  ])
}

/** @throws TypeError when the bytes are not an account: the database is damaged */
export function decodeAccount(rlp: Uint8Array): StoredAccount {
  const items = asList(decodeRlp(rlp), 'account')
  return {
    nonce: asScalar(items[0], 'nonce'),
    balance: asScalar(items[1], 'balance'),
    storageRoot: asBytes(items[2], 'storageRoot', 32),
    codeHash: asBytes(items[3], 'codeHash', 32),
  }
}
