// The tables of accounts and slots as a whole: made from a trie, and hashed to a root again.
import {
  asScalar,
  bigintToBytes,
  bytesToHash,
  decodeRlp,
  encodeRlp,
  equalBytes,
  type Hash,
  hexToBytes,
} from '@busan/primitives'
import { type BatchOperation, type KeyValueStore, keys } from '@busan/storage'
import { decodeAccount, EMPTY_ROOT_BYTES, encodeAccount } from './account.ts'
import {
  decodeAccountEntry,
  decodeFlatSlot,
  putAccount,
  putSlot,
  putTablesRoot,
} from './flat-state.ts'
import { createStateSource } from './state-source.ts'
import { resultOf } from './steps.ts'
import { rangeOfTable } from './table-range.ts'
import { createTrie } from './trie.ts'

const HASH_BYTES = 32

/** Entries that are written at once; small enough to be held, large enough for the disk. */
const ENTRIES_PER_BATCH = 10_000

/** What the tables hold: stamps of what is no more are not counted. */
export interface FlatTables {
  /** Hashed from their values alone. */
  readonly stateRoot: Hash
  readonly accounts: number
  readonly slots: number
}

/** The tables hold the state behind this root, and may be written on from there. */
export function hasFlatState(store: Pick<KeyValueStore, 'get'>, stateRoot: Hash): boolean {
  const root = store.get(keys.tablesRoot())
  return root !== undefined && equalBytes(root, hexToBytes(stateRoot))
}

/**
 * Makes the tables anew from the trie of the head. A crash in between leaves tables that nothing reads: the root that
 * opens them is written last.
 */
export async function makeFlatTables(
  store: KeyValueStore,
  head: { readonly stateRoot: Hash; readonly number: bigint },
): Promise<void> {
  const number = Number(head.number)
  // Roots first: what they open is about to change.
  for (const prefix of [
    keys.stateNumber,
    keys.account,
    (part: Uint8Array) => keys.slot(part, part),
  ])
    await clear(store, prefix)
  const source = createStateSource(store)
  const stateRoot = hexToBytes(head.stateRoot)
  let batch: BatchOperation[] = []
  const write = async (operation: BatchOperation): Promise<void> => {
    if (batch.push(operation) < ENTRIES_PER_BATCH) return
    await store.batch(batch, { sync: false })
    batch = []
  }
  const first = new Uint8Array(HASH_BYTES)
  for (const { key, value } of createTrie(source.node, stateRoot).entries(first)) {
    const account = decodeAccount(value)
    await write(putAccount(number, key, { account, clearedAt: 0 }))
    for (const slot of createTrie(source.node, account.storageRoot).entries(first)) {
      await write(putSlot(number, key, slot.key, asScalar(decodeRlp(slot.value), 'slot value')))
    }
  }
  await store.batch([...batch, ...putTablesRoot(stateRoot, number)])
}

/** Hashes the state of the head again from the tables alone; holds all accounts, and one account's slots at a time. */
export async function readFlatTables(store: KeyValueStore): Promise<FlatTables> {
  const trie = emptyTrie()
  let [accounts, slots] = [0, 0]
  for await (const [key, entry] of rangeOfTable(store, keys.account)) {
    const hashedAddress = key.slice(-HASH_BYTES)
    const { account, clearedAt } = decodeAccountEntry(entry)
    if (account === null) continue
    accounts++
    const storage = emptyTrie()
    // Without storage there are only stamps.
    const isEmpty = equalBytes(account.storageRoot, EMPTY_ROOT_BYTES)
    const places = isEmpty ? [] : rangeOfTable(store, (slot) => keys.slot(hashedAddress, slot))
    for await (const [slotKey, slotEntry] of places) {
      const { number, value } = decodeFlatSlot(slotEntry)
      if (number < clearedAt || value === 0n) continue
      slots++
      storage.put(slotKey.slice(-HASH_BYTES), encodeRlp(bigintToBytes(value)))
    }
    const storageRoot = rootOf(storage)
    trie.put(hashedAddress, encodeAccount({ ...account, storageRoot }))
  }
  return { stateRoot: bytesToHash(rootOf(trie)), accounts, slots }
}

function emptyTrie() {
  return createTrie(() => {
    throw new TypeError('a trie that was never stored has nothing to load')
  })
}

function rootOf(trie: ReturnType<typeof emptyTrie>): Uint8Array {
  return resultOf(trie.root(() => {}))
}

async function clear(store: KeyValueStore, keyOf: (hash: Uint8Array) => Uint8Array): Promise<void> {
  let batch: BatchOperation[] = []
  for await (const [key] of rangeOfTable(store, keyOf)) {
    if (batch.push({ type: 'del', key }) < ENTRIES_PER_BATCH) continue
    await store.batch(batch, { sync: false })
    batch = []
  }
  await store.batch(batch)
}
