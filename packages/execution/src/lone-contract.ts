import { setImmediate } from 'node:timers/promises'
import type { ChainSpec } from '@busan/chain-spec'
import {
  type Address,
  bytesToHex,
  EMPTY_TRIE_ROOT,
  type Hash,
  hexToBytes,
  keccak256,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import { decodeAccount, NO_ACCOUNT, type StoredAccount } from './state/account.ts'
import type { StateSource } from './state/state-source.ts'
import { createTrie } from './state/trie.ts'
import type { BlockContext } from './vm/block-context.ts'
import type { MachinePool } from './vm/machine-pool.ts'

/**
 * A contract that the protocol asks, as one state has it. It runs alone in the world: no other account, no money, no
 * time and no height are to be seen, so that its answer follows from its code, its storage and the question.
 */
export interface LoneContract {
  /** Equal versions give equal answers. */
  readonly version: string
  /** What it returns; undefined when it fails or burns more than {@link QUESTION_GAS}; empty when it is not there. */
  ask(data: Uint8Array): Promise<Uint8Array | undefined>
}

/** Throws CodedError `missing-state`. */
export type LoneContractAt = (address: Address, stateRoot: Hash) => LoneContract

/** Gas that one question may burn. */
const QUESTION_GAS = 1_000_000n

/** Questions between two turns of the event loop: consensus timers run in between. */
const QUESTIONS_PER_TURN = 64

/** @param parts.machines of their own: whoever asks may hold a machine already */
export function createLoneContracts(parts: {
  readonly spec: ChainSpec
  readonly source: StateSource
  readonly machines: MachinePool
}): LoneContractAt {
  const { spec, source, machines } = parts
  // The registries of a genesis were made for its fork, and must not change their minds with a later one.
  const { timestamp } = spec.genesisHeader(ZERO_HASH)
  const rules = spec.commonAt(0n, timestamp)
  const context = contextOfNothing(timestamp)
  let questions = 0
  return (address, stateRoot) => {
    const rlp = createTrie(source.node, hexToBytes(stateRoot)).get(keccak256(hexToBytes(address)))
    const account = bareAccount(rlp)
    return {
      version: `${bytesToHex(account.codeHash)}${bytesToHex(account.storageRoot).slice(2)}`,
      ask: async (data) => {
        if (++questions % QUESTIONS_PER_TURN === 0) await setImmediate()
        return machines.run(rules, async (machine) => {
          machine.reset({ stateRoot: EMPTY_TRIE_ROOT, context, lenientBlockHash: true })
          machine.state.setAccountAt(address, account)
          const message = {
            from: ZERO_ADDRESS,
            to: address,
            valueWei: 0n,
            data,
            gas: QUESTION_GAS,
            gasPriceWei: 0n,
            isStatic: true,
          }
          const { exceptionError, returnValue } = await machine.engine.send(message, context)
          return exceptionError === undefined ? returnValue : undefined
        })
      },
    }
  }
}

/** Code and storage alone: money sent to a registry must not change its mind. */
function bareAccount(rlp: Uint8Array | undefined): StoredAccount {
  if (rlp === undefined) return NO_ACCOUNT
  const { codeHash, storageRoot } = decodeAccount(rlp)
  return { ...NO_ACCOUNT, codeHash, storageRoot }
}

/** The block that the contract sees: none. */
function contextOfNothing(timestamp: bigint): BlockContext {
  return {
    number: 0n,
    timestamp,
    gasLimit: QUESTION_GAS,
    beneficiary: ZERO_ADDRESS,
    baseFeePerGasWei: 0n,
    difficulty: 0n,
    prevRandao: ZERO_HASH,
    parentHash: ZERO_HASH,
    blobBaseFeePerGasWei: 0n,
    blockRewardWei: 0n,
  }
}
