import { bytesToHash, bytesToHex, equalBytes, type Hex, Lru } from '@busan/primitives'
import { type KeyValueStore, keys } from '@busan/storage'
import { missingState } from '../errors.ts'
import { EMPTY_CODE_HASH_BYTES, EMPTY_ROOT_BYTES } from './account.ts'
import type { NodeSource } from './trie.ts'

const NO_CODE = new Uint8Array(0)

/** Codes kept, 24 KiB each at most: what the interpreter has worked out about one is kept with it. */
const CODES_KEPT = 1024

/** Where state comes from: trie nodes and code by hash, never deleted, so that every root stays readable. */
export interface StateSource {
  /** @throws CodedError `missing-state` */
  readonly node: NodeSource
  /** No bytes for the hash of no code. @throws CodedError `missing-state` */
  code(codeHash: Uint8Array): Uint8Array
  hasRoot(stateRoot: Uint8Array): boolean
}

/** Reads state from the database. */
export function createStateSource(store: Pick<KeyValueStore, 'get'>): StateSource {
  const codes = new Lru<Hex, Uint8Array>(CODES_KEPT)
  return {
    node: (hash) => {
      const rlp = store.get(keys.stateNode(hash))
      if (rlp === undefined) throw missingState(bytesToHash(hash), 'its state')
      return rlp
    },
    code: (codeHash) => {
      if (equalBytes(codeHash, EMPTY_CODE_HASH_BYTES)) return NO_CODE
      const key = bytesToHex(codeHash)
      const code = codes.get(key) ?? store.get(keys.code(codeHash))
      if (code === undefined) throw missingState(bytesToHash(codeHash), 'the code of that hash')
      codes.set(key, code)
      return code
    },
    hasRoot: (stateRoot) =>
      equalBytes(stateRoot, EMPTY_ROOT_BYTES) || store.get(keys.stateNode(stateRoot)) !== undefined,
  }
}
