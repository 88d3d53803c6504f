import { bigintToBytes, bytesToBigint, bytesToHex } from '@busan/primitives'
import type { EVMInterface } from '@ethereumjs/evm'
import { Account, type Address } from '@ethereumjs/util'
import { StateView } from './state-view.ts'

/** What an EVM of ethereumjs asks of a state (`StateManagerInterface`). */
export type EvmState = EVMInterface['stateManager']

/** A state under the names and in the shapes that ethereumjs asks for: every answer is there at once. */
export class EthereumjsState extends StateView implements EvmState {
  readonly originalStorageCache: EvmState['originalStorageCache'] = {
    get: async (address, slot) =>
      bigintToBytes(this.originalSlotAt(bytesToHex(address.bytes), bytesToBigint(slot))),
    clear: () => this.forgetOriginals(),
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const stored = this.accountAt(bytesToHex(address.bytes))
    if (stored === null) return undefined
    return new Account(stored.nonce, stored.balance, stored.storageRoot, stored.codeHash)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    if (account === undefined) return this.deleteAccount(address)
    const { nonce, balance, storageRoot, codeHash } = account
    this.setAccountAt(bytesToHex(address.bytes), { nonce, balance, storageRoot, codeHash })
  }

  async deleteAccount(address: Address): Promise<void> {
    this.removeAccountAt(bytesToHex(address.bytes))
  }

  async modifyAccountFields(
    address: Address,
    fields: Parameters<EvmState['modifyAccountFields']>[1],
  ): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account()
    await this.putAccount(address, Object.assign(account, fields))
  }

  async getCode(address: Address): Promise<Uint8Array> {
    return this.codeAt(bytesToHex(address.bytes))
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    this.setCodeAt(bytesToHex(address.bytes), code)
  }

  async getStorage(address: Address, slot: Uint8Array): Promise<Uint8Array> {
    return bigintToBytes(this.slotAt(bytesToHex(address.bytes), bytesToBigint(slot)))
  }

  async putStorage(address: Address, slot: Uint8Array, value: Uint8Array): Promise<void> {
    this.setSlotAt(bytesToHex(address.bytes), bytesToBigint(slot), bytesToBigint(value))
  }

  async clearStorage(address: Address): Promise<void> {
    this.clearStorageAt(bytesToHex(address.bytes))
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

  async getStateRoot(): Promise<Uint8Array> {
    return this.change().stateRoot
  }

  async setStateRoot(stateRoot: Uint8Array): Promise<void> {
    this.open(stateRoot)
  }

  async hasStateRoot(stateRoot: Uint8Array): Promise<boolean> {
    return this.source.hasRoot(stateRoot)
  }

  /** What is held in memory are the writes themselves: only the original values of a transaction can go. */
  clearCaches(): void {
    this.originalStorageCache.clear()
  }

  shallowCopy(): EvmState {
    const copy = new EthereumjsState(this.source)
    copy.open(this.change().stateRoot)
    return copy
  }
}
