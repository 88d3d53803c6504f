import { bytesToHash, equalBytes, Lru } from '@busan/primitives'
import { type KeyValueStore, keys, readOldestState } from '@busan/storage'
import { missingState } from '../errors.ts'
import { EMPTY_CODE_HASH_BYTES, EMPTY_ROOT_BYTES } from './account.ts'
import { type FlatState, openFlatState, readStateNumber } from './flat-state.ts'
import { hashNumber } from './hash-number.ts'
import { createNodeCache } from './node-cache.ts'
import type { NodeSource } from './trie.ts'
import { decodeNode, type TrieNode, withoutDescendants } from './trie-node.ts'

const NO_CODE = new Uint8Array(0)

/** Codes kept, 24 KiB each at most: what the interpreter has worked out about one is kept with it. */
const CODES_KEPT = 1024

/** Decoded nodes kept, some 2 KiB each: the upper levels of large tries and what recent blocks have touched. */
const NODES_KEPT = 16_384

/** Where state comes from: trie nodes and code by hash. What is not there has been swept, or never was. */
export interface StateSource {
  /** A node of a trie; the latest ones come from memory. @throws CodedError `missing-state` */
  readonly node: NodeSource
  /** The same as stored, for proofs. @throws CodedError `missing-state` */
  nodeRlp(hash: Uint8Array): Uint8Array
  /** Keeps a node that was made here: the next block will ask for it. */
  remember(hash: Uint8Array, node: TrieNode): void
  /** No bytes for the hash of no code. @throws CodedError `missing-state` */
  code(codeHash: Uint8Array): Uint8Array
  hasRoot(stateRoot: Uint8Array): boolean
  /** The tables as of this state, where they reach: quicker to ask than the trie. */
  flatAt(stateRoot: Uint8Array): FlatState | undefined
}

/** Reads state from the database. */
export function createStateSource(store: Pick<KeyValueStore, 'get'>): StateSource {
  /** By number, as each call asks for one; another hash may have the same. */
  const codes = new Lru<number, { readonly codeHash: Uint8Array; readonly code: Uint8Array }>(
    CODES_KEPT,
  )
  const nodes = createNodeCache(NODES_KEPT)
  /** Of the state that was asked for last, the head's nearly always; a sweep may take its number. */
  let flat:
    | { readonly stateRoot: Uint8Array; readonly number: number; readonly tables: FlatState }
    | undefined
  const nodeRlp = (hash: Uint8Array): Uint8Array => {
    const rlp = store.get(keys.stateNode(hash))
    if (rlp === undefined) throw missingState(bytesToHash(hash), 'state', readOldestState(store))
    return rlp
  }
  return {
    nodeRlp,
    node: (hash) => {
      const known = nodes.get(hash)
      if (known !== undefined) return known
      const node = decodeNode(nodeRlp(hash), hash)
      nodes.set(hash, node)
      return node
    },
    remember: (hash, node) => nodes.set(hash, withoutDescendants(node, hash)),
    code: (codeHash) => {
      const key = hashNumber(codeHash)
      const known = codes.get(key)
      if (known !== undefined && equalBytes(known.codeHash, codeHash)) return known.code
      if (equalBytes(codeHash, EMPTY_CODE_HASH_BYTES)) return NO_CODE
      const code = store.get(keys.code(codeHash))
      if (code === undefined) throw missingState(bytesToHash(codeHash), 'code')
      codes.set(key, { codeHash, code })
      return code
    },
    hasRoot: (stateRoot) =>
      equalBytes(stateRoot, EMPTY_ROOT_BYTES) || store.get(keys.stateNode(stateRoot)) !== undefined,
    flatAt(stateRoot) {
      const number = readStateNumber(store, stateRoot)
      if (number === undefined) return undefined
      const isLast = flat?.number === number && equalBytes(flat.stateRoot, stateRoot)
      if (!isLast) flat = { stateRoot, number, tables: openFlatState(store, number) }
      return flat?.tables
    },
  }
}
