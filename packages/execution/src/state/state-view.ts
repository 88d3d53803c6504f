import { assert, bytesToHex, equalBytes, type Hex, hexToBytes, keccak256 } from '@busan/primitives'
import { type BatchOperation, keys } from '@busan/storage'
import type { SyncState } from '../interpreter/ports.ts'
import {
  decodeAccount,
  EMPTY_CODE_HASH_BYTES,
  EMPTY_ROOT_BYTES,
  encodeAccount,
  NO_ACCOUNT,
  type StoredAccount,
} from './account.ts'
import { type AccountStorage, openStorage } from './account-storage.ts'
import { type ChangedAccount, type ChangedSlot, flatWrites } from './flat-change.ts'
import type { FlatState, SlotPlace } from './flat-state.ts'
import type { StateSource } from './state-source.ts'
import { resultOf } from './steps.ts'
import { createTrie, PUTS_PER_STEP, type Trie } from './trie.ts'
import type { NodeSink } from './trie-node.ts'
import type { TrieEntry } from './trie-walk.ts'

const NO_CODE = new Uint8Array(0)

/** What an execution leaves behind. */
export interface StateChange {
  /** 32 bytes. */
  readonly stateRoot: Uint8Array
  /** New trie nodes and code, by hash; of a block also what it leaves in the tables of accounts and slots. */
  readonly writes: readonly BatchOperation[]
}

/**
 * The state behind one root, with everything written since kept in memory: nothing reaches the database unless
 * the caller stores {@link StateView.change}. Undo is a log of functions, so a checkpoint costs nothing and the
 * tries are touched once, at the end.
 */
export class StateView implements SyncState {
  protected readonly source: StateSource
  #root: Uint8Array = EMPTY_ROOT_BYTES
  #trie: Trie
  /** The tables as of the root; undefined: they do not reach it. */
  #flat: FlatState | undefined
  /** The tables are complete up to the root, so that what is written here keeps them so. */
  #keepsFlat = true
  /** Everything read or written, by address; null: no such account. */
  readonly #accounts = new Map<Hex, StoredAccount | null>()
  /** As they were read. */
  readonly #stored = new Map<Hex, StoredAccount | null>()
  readonly #hashes = new Map<Hex, Uint8Array>()
  readonly #storages = new Map<Hex, AccountStorage>()
  /** Storages that were emptied here: their older slots are gone. */
  readonly #emptied = new WeakSet<AccountStorage>()
  /** Where slots are in their table, by the address of accounts that were in theirs. */
  readonly #slotPlaces = new Map<Hex, SlotPlace>()
  /** Accounts that the trie has taken in. */
  readonly #takenAccounts = new Set<Hex>()
  /** What slots that the transaction has written held before it. */
  readonly #originals = new Map<Hex, Map<bigint, bigint>>()
  readonly #writtenAccounts = new Set<Hex>()
  readonly #writtenCode = new Map<Hex, Uint8Array>()
  #writes: BatchOperation[] = []
  #undo: (() => void)[] = []
  #checkpoints: number[] = []

  /** A view of the empty state; {@link StateView.open} chooses another. */
  constructor(source: StateSource) {
    this.source = source
    this.#trie = createTrie(source.node)
  }

  /** Drops everything in memory and starts from `stateRoot`. @throws CodedError `missing-state` */
  open(stateRoot: Uint8Array): void {
    if (!equalBytes(stateRoot, EMPTY_ROOT_BYTES)) this.source.nodeRlp(stateRoot)
    this.#root = stateRoot
    this.#trie = createTrie(this.source.node, stateRoot)
    this.#flat = this.source.flatAt(stateRoot)
    this.#keepsFlat = this.#flat !== undefined
    this.forgetOriginals()
    this.#accounts.clear()
    this.#stored.clear()
    this.#hashes.clear()
    this.#storages.clear()
    this.#slotPlaces.clear()
    this.#takenAccounts.clear()
    this.#writtenAccounts.clear()
    this.#writtenCode.clear()
    this.#writes = []
    this.#undo = []
    this.#checkpoints = []
  }

  /**
   * Brings the tries up to date. What an open checkpoint takes back afterwards counts as written again, so that
   * the next call takes it out of the tries too.
   * @param blockNumber of the block that this is the state after, see {@link StateChange.writes}
   */
  change(blockNumber?: number): StateChange {
    return resultOf(this.changeInSteps(blockNumber))
  }

  /** As {@link StateView.change}; nothing may be written between its steps. */
  *changeInSteps(blockNumber?: number): Generator<void, StateChange> {
    const sink: NodeSink = (hash, rlp, node) => {
      this.source.remember(hash, node)
      this.#writes.push({ type: 'put', key: keys.stateNode(hash), value: rlp })
    }
    for (const [key, storage] of this.#storages) {
      const account = this.#load(key)
      if (account === null) continue
      const storageRoot = yield* storage.root(sink)
      if (equalBytes(storageRoot, account.storageRoot)) continue
      this.#accounts.set(key, { ...account, storageRoot })
      this.#writtenAccounts.add(key)
    }
    let puts = 0
    for (const key of this.#writtenAccounts) {
      this.#writeAccount(key)
      if (++puts % PUTS_PER_STEP === 0) yield
    }
    this.#writtenAccounts.clear()
    const stateRoot = yield* this.#trie.root(sink)
    const isKept = this.#keepsFlat && !(equalBytes(stateRoot, this.#root) && blockNumber !== 0)
    if (blockNumber === undefined || !isKept) return { stateRoot, writes: this.#writes }
    const [accounts, slots] = [this.#changedAccounts(blockNumber), this.#changedSlots()]
    const flat = yield* flatWrites({ stateRoot, number: blockNumber, accounts, slots })
    return { stateRoot, writes: [...this.#writes, ...flat] }
  }

  *#changedAccounts(number: number): Iterable<ChangedAccount> {
    for (const key of this.#takenAccounts) {
      const [storage, before] = [this.#storages.get(key), this.#stored.get(key) ?? null]
      // Where no slot was, older ones are stamps, or from before it was last emptied.
      const hadSlots = before !== null && !equalBytes(before.storageRoot, EMPTY_ROOT_BYTES)
      const isEmptied = hadSlots && storage !== undefined && this.#emptied.has(storage)
      yield {
        hashedAddress: this.#hashOf(key),
        before,
        account: this.#load(key),
        clearedAt: isEmptied ? number : (this.#slotPlaces.get(key)?.clearedAt ?? 0),
      }
    }
  }

  *#changedSlots(): Iterable<ChangedSlot> {
    for (const [key, storage] of this.#storages) {
      if (this.#load(key) === null) continue
      for (const slot of storage.taken()) yield [this.#hashOf(key), ...slot]
    }
  }

  accountAt(address: Hex): StoredAccount | null {
    return this.#load(address)
  }

  setAccountAt(address: Hex, account: StoredAccount): void {
    this.#set(address, account)
  }

  codeAt(address: Hex): Uint8Array {
    const stored = this.#load(address)
    if (stored === null) return NO_CODE
    const written = this.#writtenCode.size > 0 && this.#writtenCode.get(bytesToHex(stored.codeHash))
    return written || this.source.code(stored.codeHash)
  }

  slotAt(address: Hex, slot: bigint): bigint {
    return this.#storage(address).get(slot)
  }

  originalSlotAt(address: Hex, slot: bigint): bigint {
    return this.#originals.get(address)?.get(slot) ?? this.slotAt(address, slot)
  }

  /** The next transaction finds the slots as they are now. */
  forgetOriginals(): void {
    this.#originals.clear()
  }

  setSlotAt(address: Hex, slot: bigint, value: bigint): void {
    const storage = this.#storage(address)
    const before = storage.set(slot, value)
    const originals = this.#originals.get(address) ?? new Map<bigint, bigint>()
    this.#originals.set(address, originals)
    if (!originals.has(slot)) originals.set(slot, before)
    this.#remember(() => storage.set(slot, before))
  }

  setCodeAt(address: Hex, code: Uint8Array): void {
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH_BYTES : keccak256(code)
    if (code.length > 0) this.#writtenCode.set(bytesToHex(codeHash), code)
    this.#set(address, { ...(this.#load(address) ?? NO_ACCOUNT), codeHash })
  }

  removeAccountAt(address: Hex): void {
    if (this.#load(address) === null) return
    // Before the account goes: an undo puts back the storage that it has now.
    this.clearStorageAt(address)
    this.#set(address, null)
  }

  clearStorageAt(address: Hex): void {
    if (this.#load(address) === null && !this.#storages.has(address)) return
    const before = this.#storage(address)
    const empty = openStorage(this.source.node, EMPTY_ROOT_BYTES)
    this.#emptied.add(empty)
    this.#storages.set(address, empty)
    this.#remember(() => this.#storages.set(address, before))
  }

  openCheckpoint(): void {
    this.#checkpoints.push(this.#undo.length)
  }

  keepCheckpoint(): void {
    assert(this.#checkpoints.pop() !== undefined, 'commit without a state checkpoint')
    if (this.#checkpoints.length === 0) this.#undo = []
  }

  undoCheckpoint(): void {
    const mark = this.#checkpoints.pop()
    assert(mark !== undefined, 'revert without a state checkpoint')
    while (this.#undo.length > mark) this.#undo.pop()?.()
  }

  /** Slots of an account by their hashes from `from` on, ascending, with their RLP; all writes are among them. */
  slotEntries(address: Hex, from: Uint8Array): Iterable<TrieEntry> {
    this.change()
    return this.#storage(address).entries(from)
  }

  #load(key: Hex): StoredAccount | null {
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const stored = this.#read(key)
    this.#accounts.set(key, stored)
    this.#stored.set(key, stored)
    return stored
  }

  #read(key: Hex): StoredAccount | null {
    const hashedAddress = this.#hashOf(key)
    const flat = this.#flat?.account(hashedAddress)
    if (flat !== undefined) {
      this.#slotPlaces.set(key, { hashedAddress, clearedAt: flat.clearedAt })
      return flat.account
    }
    const rlp = this.#trie.get(hashedAddress)
    return rlp === undefined ? null : decodeAccount(rlp)
  }

  #set(key: Hex, account: StoredAccount | null): void {
    const before = this.#load(key)
    this.#accounts.set(key, account)
    this.#writtenAccounts.add(key)
    if (this.#checkpoints.length === 0) return
    this.#undo.push(() => {
      this.#accounts.set(key, before)
      this.#writtenAccounts.add(key)
    })
  }

  /** Where the trie has an account: asked for when it is read, and again when it is written. */
  #hashOf(key: Hex): Uint8Array {
    const known = this.#hashes.get(key)
    if (known !== undefined) return known
    const hash = keccak256(hexToBytes(key))
    this.#hashes.set(key, hash)
    return hash
  }

  #storage(key: Hex): AccountStorage {
    const known = this.#storages.get(key)
    if (known !== undefined) return known
    const storageRoot = this.#load(key)?.storageRoot ?? EMPTY_ROOT_BYTES
    const [flat, place] = [this.#flat, this.#slotPlaces.get(key)]
    const flatSlots = flat && place && ((slot: Uint8Array) => flat.slot(place, slot))
    const storage = openStorage(this.source.node, storageRoot, flatSlots)
    this.#storages.set(key, storage)
    return storage
  }

  #remember(undo: () => void): void {
    if (this.#checkpoints.length > 0) this.#undo.push(undo)
  }

  #writeAccount(key: Hex): void {
    const account = this.#accounts.get(key)
    const hashedAddress = this.#hashOf(key)
    this.#takenAccounts.add(key)
    if (!account) {
      this.#trie.delete(hashedAddress)
      return
    }
    this.#trie.put(hashedAddress, encodeAccount(account))
    const code = this.#writtenCode.get(bytesToHex(account.codeHash))
    if (code !== undefined) {
      this.#writes.push({ type: 'put', key: keys.code(account.codeHash), value: code })
    }
  }
}
