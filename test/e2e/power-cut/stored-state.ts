// The state root of a stopped node, computed again from nothing but what lies on its disk.
import path from 'node:path'
import { decodeHeader } from '@busan/chain-spec'
import { type FlatTables, readFlatTables } from '@busan/execution'
import {
  asBytes,
  asList,
  bytesToHash,
  bytesToHex,
  decodeRlp,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  equalBytes,
  type Hash,
  hexToBytes,
  keccak256,
  present,
  type RlpItem,
} from '@busan/primitives'
import { type KeyValueStore, keys, openLevelStore, readHead, readHeaderRlp } from '@busan/storage'
import { silentLogger } from '@busan/telemetry'

/** A head and what its state comes to. */
export interface StoredState {
  readonly number: bigint
  /** What the head's header says. */
  readonly claimed: Hash
  /** Hashed from the leaves up: accounts, their slots, their code. */
  readonly recomputed: Hash
  readonly accounts: number
  /** Hashed from the tables of accounts and slots. */
  readonly fromTables: FlatTables
}

/** Called with the value of a leaf. @returns what its value becomes when everything below is computed again */
type Leaf = (value: Uint8Array) => Uint8Array

/** @param dataPath of a node that does not run. @throws when a part of the state is not there */
export async function recomputeState(dataPath: string): Promise<StoredState> {
  const store = await openLevelStore(path.join(dataPath, 'database'), { logger: silentLogger })
  try {
    const head = present(readHead(store), 'head')
    const rlp = present(readHeaderRlp(store, head.number, head.hash), 'header of the head')
    const { stateRoot: claimed } = decodeHeader(rlp)
    let accounts = 0
    const recomputed = rootAgain(store, hexToBytes(claimed), (value) => {
      accounts++
      return accountAgain(store, value)
    })
    const fromTables = await readFlatTables(store)
    return {
      number: head.number,
      claimed,
      recomputed: bytesToHash(recomputed),
      accounts,
      fromTables,
    }
  } finally {
    await store.close()
  }
}

function accountAgain(store: KeyValueStore, value: Uint8Array): Uint8Array {
  const [nonce, balance, storageRoot, codeHash] = asList(decodeRlp(value), 'account')
  const root = rootAgain(store, asBytes(storageRoot, 'storage root', 32), (slot) => slot)
  return encodeRlp([
    present(nonce, 'nonce'),
    present(balance, 'balance'),
    root,
    codeAgain(store, asBytes(codeHash, 'code hash', 32)),
  ])
}

function codeAgain(store: KeyValueStore, hash: Uint8Array): Uint8Array {
  if (equalBytes(hash, hexToBytes(EMPTY_CODE_HASH))) return hash
  return keccak256(present(store.get(keys.code(hash)), `code ${bytesToHex(hash)}`))
}

function rootAgain(store: KeyValueStore, root: Uint8Array, leaf: Leaf): Uint8Array {
  if (equalBytes(root, hexToBytes(EMPTY_TRIE_ROOT))) return root
  return hashAgain(store, root, leaf)
}

/** The hash of the node stored under `hash`, its descendants hashed first. */
function hashAgain(store: KeyValueStore, hash: Uint8Array, leaf: Leaf): Uint8Array {
  const rlp = present(store.get(keys.stateNode(hash)), `trie node ${bytesToHex(hash)}`)
  return keccak256(encodeRlp(nodeAgain(store, asList(decodeRlp(rlp), 'trie node'), leaf)))
}

function nodeAgain(store: KeyValueStore, items: readonly RlpItem[], leaf: Leaf): RlpItem[] {
  if (items.length === 17) return items.map((item) => childAgain(store, item, leaf))
  const [packed, below] = [asBytes(items[0], 'path'), present(items[1], 'trie node')]
  const isLeaf = ((packed[0] as number) & 0x20) !== 0
  return [packed, isLeaf ? leaf(asBytes(below, 'value')) : childAgain(store, below, leaf)]
}

/** A child is nothing, a hash, or a short node in its place. */
function childAgain(store: KeyValueStore, item: RlpItem, leaf: Leaf): RlpItem {
  if (!(item instanceof Uint8Array)) return nodeAgain(store, item, leaf)
  return item.length === 0 ? item : hashAgain(store, item, leaf)
}
