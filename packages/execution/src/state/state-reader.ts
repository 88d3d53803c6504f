import { setImmediate } from 'node:timers/promises'
import {
  type Address,
  asScalar,
  bigintToBytes,
  bytesToHash,
  decodeRlp,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  padLeft,
} from '@busan/primitives'
import type { AccountProof, StateReader } from '../types.ts'
import { decodeAccount, EMPTY_ROOT_BYTES, type StoredAccount } from './account.ts'
import { accountRange } from './account-range.ts'
import { merkleProof } from './merkle-proof.ts'
import type { StateSource } from './state-source.ts'
import { createTrie, type Trie } from './trie.ts'

/** Slots that are proven between two turns of the event loop. */
const SLOTS_PER_TURN = 8

/** Accounts and slots behind a root: from their tables, or from the tries. */
function valuesAt(source: StateSource, stateRoot: Hash) {
  const flat = source.flatAt(hexToBytes(stateRoot))
  const trie = createTrie(source.node, hexToBytes(stateRoot))
  const storages = new Map<Address, Trie>()
  const accountOf = (address: Address): StoredAccount | undefined => {
    const hashedAddress = keccak256(hexToBytes(address))
    const found = flat?.account(hashedAddress)
    if (found !== undefined) return found.account ?? undefined
    const rlp = trie.get(hashedAddress)
    return rlp === undefined ? undefined : decodeAccount(rlp)
  }
  const storageOf = (address: Address): Trie => {
    const storage =
      storages.get(address) ?? createTrie(source.node, accountOf(address)?.storageRoot)
    storages.set(address, storage)
    return storage
  }
  const flatSlotOf = (address: Address, hashedSlot: Uint8Array): bigint | undefined => {
    const hashedAddress = keccak256(hexToBytes(address))
    const found = flat?.account(hashedAddress)
    if (found === undefined) return undefined
    const { account, clearedAt } = found
    return account === null ? 0n : flat?.slot({ hashedAddress, clearedAt }, hashedSlot)
  }
  const slotOf = (address: Address, slot: Hash): bigint => {
    const hashedSlot = keccak256(hexToBytes(slot))
    const found = flatSlotOf(address, hashedSlot)
    if (found !== undefined) return found
    const rlp = storageOf(address).get(hashedSlot)
    return rlp === undefined ? 0n : asScalar(decodeRlp(rlp), 'storage value')
  }
  return { accountOf, slotOf }
}

/** Reads the state behind `stateRoot`; each reader keeps the nodes it has walked, so make one per request. */
export function createStateReader(source: StateSource, stateRoot: Hash): StateReader {
  const { accountOf, slotOf } = valuesAt(source, stateRoot)
  return {
    account: async (address) => {
      const stored = accountOf(address)
      if (stored === undefined) return undefined
      return {
        nonce: stored.nonce,
        balanceWei: stored.balance,
        codeHash: bytesToHash(stored.codeHash),
        storageRoot: bytesToHash(stored.storageRoot),
      }
    },
    code: async (address) => {
      const stored = accountOf(address)
      return stored === undefined ? new Uint8Array(0) : source.code(stored.codeHash)
    },
    storage: async (address, slot) => padLeft(bigintToBytes(slotOf(address, slot)), 32),
    accountRange: (options) => accountRange(source, stateRoot, options),
    proof: async (address, slots) => {
      const account = accountOf(address)
      const storageRoot = account?.storageRoot ?? EMPTY_ROOT_BYTES
      const prove = (root: Uint8Array, key: Hex) =>
        merkleProof(source.nodeRlp, root, hexToBytes(key))
      const accountProof = await prove(hexToBytes(stateRoot), address)
      const storageProof: AccountProof['storageProof'][number][] = []
      for (const [index, slot] of slots.entries()) {
        if (index % SLOTS_PER_TURN === SLOTS_PER_TURN - 1) await setImmediate()
        const value = slotOf(address, slot)
        storageProof.push({ slot, value, proof: await prove(storageRoot, slot) })
      }
      return { ...describe(address, account), accountProof, storageProof }
    },
  }
}

/** An absent account is described as an empty one; its proof shows that it is absent. */
function describe(
  address: Address,
  account: StoredAccount | undefined,
): Omit<AccountProof, 'accountProof' | 'storageProof'> {
  return {
    address,
    balanceWei: account?.balance ?? 0n,
    nonce: account?.nonce ?? 0n,
    codeHash: account === undefined ? EMPTY_CODE_HASH : bytesToHash(account.codeHash),
    storageHash: account === undefined ? EMPTY_TRIE_ROOT : bytesToHash(account.storageRoot),
  }
}
