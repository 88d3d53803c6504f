import {
  bytesToHex,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hex,
  toAddress,
  toQuantity,
} from '@busan/primitives'
import { z } from 'zod'
import { STATE_ERRORS } from '../error-lists.ts'
import { invalidParams } from '../errors.ts'
import { defineMethod, type Method } from '../method.ts'
import { stateOf } from '../resolve-block.ts'
import * as hexResult from '../result/hex.ts'
import * as stateResult from '../result/state.ts'
import { blockReference, LATEST } from '../schema/block-tag.ts'
import { address, optional, storageSlot } from '../schema/hex.ts'

const atBlock = optional(blockReference)

/** Reads of accounts; `pending` reads the head's state, and the pool for nonces. */
export const stateMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_getBalance',
    summary: 'Balance of an account in wei.',
    params: z.tuple([address, atBlock]),
    names: ['account', 'block'],
    result: hexResult.quantity,
    errors: STATE_ERRORS,
    async handler([account, block = LATEST], { chain }) {
      const found = await stateOf(chain, block).account(account)
      return toQuantity(found?.balanceWei ?? 0n)
    },
  }),
  defineMethod({
    name: 'eth_getTransactionCount',
    summary: "Nonce of an account; with `pending` past the pool's contiguous transactions.",
    params: z.tuple([address, atBlock]),
    names: ['account', 'block'],
    result: hexResult.quantity,
    errors: STATE_ERRORS,
    async handler([account, block = LATEST], { chain, pool }) {
      const nonce = (await stateOf(chain, block).account(account))?.nonce ?? 0n
      return toQuantity(block.kind === 'pending' ? pool.nextNonce(account, nonce) : nonce)
    },
  }),
  defineMethod({
    name: 'eth_getAccount',
    summary: 'An account as the state holds it: nonce, balance, code hash, storage root.',
    params: z.tuple([address, atBlock]),
    names: ['account', 'block'],
    result: stateResult.account,
    errors: STATE_ERRORS,
    async handler([account, block = LATEST], { chain }) {
      const found = await stateOf(chain, block).account(account)
      return {
        nonce: toQuantity(found?.nonce ?? 0n),
        balance: toQuantity(found?.balanceWei ?? 0n),
        codeHash: found?.codeHash ?? EMPTY_CODE_HASH,
        storageRoot: found?.storageRoot ?? EMPTY_TRIE_ROOT,
      }
    },
  }),
  defineMethod({
    name: 'eth_getAccountInfo',
    summary: 'Nonce, balance and code of an account.',
    params: z.tuple([address, atBlock]),
    names: ['account', 'block'],
    result: z.strictObject({
      nonce: hexResult.quantity,
      balance: hexResult.quantity,
      code: hexResult.data,
    }),
    errors: STATE_ERRORS,
    async handler([account, block = LATEST], { chain }) {
      const state = stateOf(chain, block)
      const found = await state.account(account)
      return {
        nonce: toQuantity(found?.nonce ?? 0n),
        balance: toQuantity(found?.balanceWei ?? 0n),
        code: bytesToHex(await state.code(account)),
      }
    },
  }),
  defineMethod({
    name: 'eth_getCode',
    summary: 'Code of an account; `0x` when it has none.',
    params: z.tuple([address, atBlock]),
    names: ['account', 'block'],
    result: hexResult.data,
    errors: STATE_ERRORS,
    handler: async ([account, block = LATEST], { chain }) =>
      bytesToHex(await stateOf(chain, block).code(account)),
  }),
  defineMethod({
    name: 'eth_getStorageAt',
    summary: 'One storage slot as 32 bytes.',
    params: z.tuple([address, storageSlot, atBlock]),
    names: ['account', 'slot', 'block'],
    result: hexResult.hash,
    errors: STATE_ERRORS,
    handler: async ([account, { slot }, block = LATEST], { chain }) =>
      bytesToHex(await stateOf(chain, block).storage(account, slot)),
  }),
  defineMethod({
    name: 'eth_getStorageValues',
    summary: 'Storage slots of several accounts at one block, each as 32 bytes.',
    params: z.tuple([z.record(address, z.array(storageSlot)), atBlock]),
    names: ['slots', 'block'],
    result: stateResult.storageValues,
    errors: STATE_ERRORS,
    async handler([requests, block = LATEST], { chain, limits }) {
      const accounts = Object.entries(requests)
      const count = accounts.reduce((sum, [, slots]) => sum + slots.length, 0)
      if (count === 0) throw invalidParams('empty request')
      if (count > limits.storageSlots) {
        throw invalidParams(`too many slots (requested ${count}, max ${limits.storageSlots})`)
      }
      const state = stateOf(chain, block)
      const values: Record<string, Hex[]> = {}
      for (const [account, slots] of accounts) {
        const read = slots.map(({ slot }) => state.storage(toAddress(account), slot))
        values[account] = (await Promise.all(read)).map((value) => bytesToHex(value))
      }
      return values
    },
  }),
  defineMethod({
    name: 'eth_getProof',
    summary: 'Merkle proof of an account and of storage slots (EIP-1186).',
    params: z.tuple([address, z.array(storageSlot), atBlock]),
    names: ['account', 'slots', 'block'],
    result: stateResult.proof,
    errors: STATE_ERRORS,
    async handler([account, slots, block = LATEST], { chain, limits }) {
      if (slots.length > limits.proofSlots) {
        throw invalidParams(`too many keys (requested ${slots.length}, max ${limits.proofSlots})`)
      }
      const proof = await stateOf(chain, block).proof(
        account,
        slots.map(({ slot }) => slot),
      )
      return {
        address: account,
        accountProof: proof.accountProof,
        balance: toQuantity(proof.balanceWei),
        codeHash: proof.codeHash,
        nonce: toQuantity(proof.nonce),
        storageHash: proof.storageHash,
        storageProof: proof.storageProof.map((entry, index) => ({
          key: slots[index]?.shown,
          value: toQuantity(entry.value),
          proof: entry.proof,
        })),
      }
    },
  }),
]
