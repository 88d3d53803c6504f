import { bytesToHex, type Hex } from '@busan/primitives'
import type { EVM } from '@ethereumjs/evm'
import type { Account, Address } from '@ethereumjs/util'
import { isDead, type StoredAccount } from '../state/account.ts'
import type { SyncState } from './ports.ts'
import { bytesToWord, wordToBytes } from './words.ts'

/** Stays touched when its touching is undone: the chain of 2016 did so, and the rule stands (EIP-161 and geth#3341). */
const RIPEMD160_ADDRESS = '0x0000000000000000000000000000000000000003'

/** One thing to take back. */
type Entry =
  | { readonly kind: 'address' | 'touched'; readonly address: Hex }
  | { readonly kind: 'slot'; readonly address: Hex; readonly slot: bigint }
  | { readonly kind: 'other'; readonly undo: () => void }

/**
 * Which addresses and slots a transaction has touched and warmed (EIP-161, EIP-2929), in step with the state's
 * checkpoints. Takes the place of ethereumjs' journal: the same methods, by word and address text, with one undo log.
 */
export class AccessJournal {
  /** By address and slot without prefix, in the shape that ethereumjs reports; undefined: nobody asked for it. */
  accessList?: Map<string, Set<string>>
  readonly #state: SyncState
  readonly #clearsEmptyAccounts: boolean
  readonly #precompiles: ReadonlySet<Hex>
  readonly #warm = new Map<Hex, Set<bigint>>()
  readonly #alwaysWarm = new Map<Hex, Set<bigint>>()
  readonly #touched = new Set<Hex>()
  #entries: Entry[] = []
  #marks: number[] = []

  /** @param precompiles their addresses without prefix: always warm */
  constructor(state: SyncState, common: EVM['common'], precompiles: Iterable<string>) {
    this.#state = state
    this.#precompiles = new Set([...precompiles].map(withPrefix))
    this.#clearsEmptyAccounts = common.gteHardfork('spuriousDragon')
  }

  isWarm(address: Hex): boolean {
    return (
      this.#warm.has(address) || this.#alwaysWarm.has(address) || this.#precompiles.has(address)
    )
  }

  isWarmSlot(address: Hex, slot: bigint): boolean {
    return (
      this.#warm.get(address)?.has(slot) === true ||
      this.#alwaysWarm.get(address)?.has(slot) === true
    )
  }

  warm(address: Hex): Set<bigint> {
    const known = this.#warm.get(address)
    if (known !== undefined) return known
    const slots = new Set<bigint>()
    this.#warm.set(address, slots)
    this.#entries.push({ kind: 'address', address })
    this.#report(address)
    return slots
  }

  warmSlot(address: Hex, slot: bigint): void {
    const slots = this.warm(address)
    if (!slots.has(slot)) {
      slots.add(slot)
      this.#entries.push({ kind: 'slot', address, slot })
    }
    this.#report(address)?.add(bytesToHex(wordToBytes(slot)).slice(2))
  }

  startReportingAccessList(): void {
    this.accessList = new Map()
  }

  async putAccount(address: Address, account: Account | undefined): Promise<void> {
    const key = bytesToHex(address.bytes)
    if (account === undefined) return this.removeAccount(key)
    const { nonce, balance, storageRoot, codeHash } = account
    this.setAccount(key, { nonce, balance, storageRoot, codeHash })
  }

  async deleteAccount(address: Address): Promise<void> {
    this.removeAccount(bytesToHex(address.bytes))
  }

  /** Writes and touches an account. */
  setAccount(address: Hex, account: StoredAccount): void {
    this.touch(address)
    this.#state.setAccountAt(address, account)
  }

  /** Removes an account with its storage, and touches it. */
  removeAccount(address: Hex): void {
    this.touch(address)
    this.#state.removeAccountAt(address)
  }

  /** An account that is touched and empty is removed when the transaction ends (EIP-161). */
  touch(address: Hex): void {
    if (this.#touched.has(address)) return
    this.#touched.add(address)
    this.#entries.push({ kind: 'touched', address })
  }

  /** Called when the message that runs is taken back. */
  remember(undo: () => void): void {
    this.#entries.push({ kind: 'other', undo })
  }

  /** As {@link SyncState.openCheckpoint}, of state and accesses. */
  openCheckpoint(): void {
    this.#marks.push(this.#entries.length)
    this.#state.openCheckpoint()
  }

  keepCheckpoint(): void {
    this.#marks.pop()
    this.#state.keepCheckpoint()
  }

  undoCheckpoint(): void {
    const mark = this.#marks.pop() ?? 0
    while (this.#entries.length > mark) this.#undo(this.#entries.pop() as Entry)
    this.#state.undoCheckpoint()
  }

  async checkpoint(): Promise<void> {
    this.openCheckpoint()
  }

  async commit(): Promise<void> {
    this.keepCheckpoint()
  }

  async revert(): Promise<void> {
    this.undoCheckpoint()
  }

  /** Forgets everything: the next transaction begins. */
  cleanJournal(): void {
    this.#warm.clear()
    this.#alwaysWarm.clear()
    this.#touched.clear()
    this.#entries = []
    this.#marks = []
  }

  /** As {@link AccessJournal.finish}, for ethereumjs. */
  async cleanup(): Promise<void> {
    this.finish()
  }

  /** Removes touched accounts that are empty (EIP-161), and forgets everything. */
  finish(): void {
    if (this.#clearsEmptyAccounts) {
      for (const address of this.#touched) {
        const account = this.#state.accountAt(address)
        if (account !== null && isDead(account)) this.#state.removeAccountAt(address)
      }
    }
    this.cleanJournal()
    delete this.accessList
  }

  addAlwaysWarmAddress(address: string, addToAccessList = false): void {
    const key = withPrefix(address)
    if (!this.#alwaysWarm.has(key)) this.#alwaysWarm.set(key, new Set())
    if (addToAccessList) this.#report(key)
  }

  addAlwaysWarmSlot(address: string, slot: string, addToAccessList = false): void {
    this.addAlwaysWarmAddress(address, addToAccessList)
    this.#alwaysWarm.get(withPrefix(address))?.add(BigInt(withPrefix(slot)))
    if (addToAccessList) this.#report(withPrefix(address))?.add(withPrefix(slot).slice(2))
  }

  isWarmedAddress(address: Uint8Array): boolean {
    return this.isWarm(bytesToHex(address))
  }

  addWarmedAddress(address: Uint8Array): void {
    this.warm(bytesToHex(address))
  }

  isWarmedStorage(address: Uint8Array, slot: Uint8Array): boolean {
    return this.isWarmSlot(bytesToHex(address), bytesToWord(slot))
  }

  addWarmedStorage(address: Uint8Array, slot: Uint8Array): void {
    this.warmSlot(bytesToHex(address), bytesToWord(slot))
  }

  #undo(entry: Entry): void {
    switch (entry.kind) {
      case 'address':
        this.#warm.delete(entry.address)
        break
      case 'slot':
        this.#warm.get(entry.address)?.delete(entry.slot)
        break
      case 'other':
        entry.undo()
        break
      case 'touched':
        if (entry.address !== RIPEMD160_ADDRESS) this.#touched.delete(entry.address)
    }
  }

  #report(address: Hex): Set<string> | undefined {
    if (this.accessList === undefined) return undefined
    const key = address.slice(2)
    const slots = this.accessList.get(key) ?? new Set()
    this.accessList.set(key, slots)
    return slots
  }
}

function withPrefix(text: string): Hex {
  return text.startsWith('0x') ? (text as Hex) : `0x${text}`
}
