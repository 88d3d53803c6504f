import { setImmediate } from 'node:timers/promises'
import type { ChainSpec, SystemContracts } from '@busan/chain-spec'
import {
  type Address,
  accept,
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  EMPTY_TRIE_ROOT,
  type Hash,
  hexToBytes,
  keccak256,
  Lru,
  padLeft,
  refuse,
  toChecksumAddress,
  type Verdict,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import { decodeAccount, NO_ACCOUNT, type StoredAccount } from './state/account.ts'
import type { StateSource } from './state/state-source.ts'
import { createTrie } from './state/trie.ts'
import type { Transaction } from './types.ts'
import type { BlockContext } from './vm/block-context.ts'
import type { MachinePool } from './vm/machine-pool.ts'

/** What of a transaction a permission can depend on. */
export type PermissionSubject = Pick<
  Transaction,
  'hash' | 'sender' | 'to' | 'valueWei' | 'gasLimit' | 'maxFeePerGasWei' | 'data'
> & { readonly authorizationList: readonly unknown[] }

/** Who may send what, as the registry of one state says. */
export interface PermissionRules {
  /** Equal versions give equal answers. */
  readonly version: string
  /** The message says who was refused what, in words for people. */
  judge(transaction: PermissionSubject): Promise<Verdict<null, 'not-permitted'>>
}

/** The rules after a block; undefined where the chain has no registry. Throws CodedError `missing-state`. */
export type PermissionsAt = (stateRoot: Hash) => PermissionRules | undefined

/** Gas that one question may burn; a registry that needs more denies. */
const QUESTION_GAS = 500_000n

/** Answers kept, some 100 bytes each: more than a pool holds. */
const ANSWERS_KEPT = 65_536

/** Questions between two turns of the event loop: consensus timers run in between. */
const QUESTIONS_PER_TURN = 64

/** EEA's question, which Besu asked: (sender, target, value, gasPrice, gasLimit, payload); target 0 deploys. */
const SELECTOR = keccak256(
  new TextEncoder().encode('transactionAllowed(address,address,uint256,uint256,uint256,bytes)'),
).subarray(0, 4)

const WORD_SIZE_BYTES = 32

/** The payload stands after six words. */
const PAYLOAD_OFFSET = 192n

/** What the registry is asked on. */
export interface PermissionsOptions {
  readonly spec: ChainSpec
  readonly source: StateSource
  readonly machines: MachinePool
}

/**
 * Asks the chain's registry. It runs alone in the world: no other account, no time and no height are to be seen, so
 * that its answer follows from its own storage and the transaction, and can be kept for as long as neither changes.
 * A registry that is missing, fails or answers anything but true denies; recovery calls never ask it.
 */
export function createPermissions(options: PermissionsOptions): PermissionsAt {
  const { spec, source } = options
  const { permissionRegistry: registry, recovery } = spec.systemContracts
  if (registry === undefined) return () => undefined
  const key = keccak256(hexToBytes(registry))
  const answers = new Lru<Hash, boolean>(ANSWERS_KEPT)
  let answersVersion = ''
  let questions = 0

  const allows = async (
    version: string,
    account: StoredAccount,
    transaction: PermissionSubject,
  ): Promise<boolean> => {
    if (version !== answersVersion) {
      answers.clear()
      answersVersion = version
    }
    const known = answers.get(transaction.hash)
    if (known !== undefined) return known
    if (++questions % QUESTIONS_PER_TURN === 0) await setImmediate()
    const answer = await ask(options, { registry, account }, transaction)
    // Another state may have been asked about meanwhile.
    if (version === answersVersion) answers.set(transaction.hash, answer)
    return answer
  }
  return (stateRoot) => {
    const account = bareAccount(createTrie(source.node, hexToBytes(stateRoot)).get(key))
    const version = `${bytesToHex(account.codeHash)}${bytesToHex(account.storageRoot).slice(2)}`
    return {
      version,
      judge: async (transaction) =>
        isRecovery(recovery, transaction) || (await allows(version, account, transaction))
          ? accept(null)
          : refuse('not-permitted', denial(registry, transaction)),
    }
  }
}

/** Code and storage alone: money sent to the registry must not change its mind. */
function bareAccount(rlp: Uint8Array | undefined): StoredAccount {
  if (rlp === undefined) return NO_ACCOUNT
  const { codeHash, storageRoot } = decodeAccount(rlp)
  return { ...NO_ACCOUNT, codeHash, storageRoot }
}

/** A plain call of a listed function: it moves no money, and no delegation comes along (EIP-7702). */
function isRecovery(
  recovery: SystemContracts['recovery'],
  { to, valueWei, data, authorizationList }: PermissionSubject,
): boolean {
  if (to === null || valueWei !== 0n || authorizationList.length > 0 || data.length < 4)
    return false
  return recovery.get(to)?.has(bytesToHex(data.subarray(0, 4))) === true
}

async function ask(
  { spec, machines }: PermissionsOptions,
  { registry, account }: { readonly registry: Address; readonly account: StoredAccount },
  transaction: PermissionSubject,
): Promise<boolean> {
  const { timestamp } = spec.genesisHeader(ZERO_HASH)
  const context = contextOfNothing(timestamp)
  return machines.run(spec.commonAt(0n, timestamp), async (machine) => {
    machine.reset({ stateRoot: EMPTY_TRIE_ROOT, context, lenientBlockHash: true })
    machine.state.setAccountAt(registry, account)
    const question = {
      from: ZERO_ADDRESS,
      to: registry,
      valueWei: 0n,
      data: encodeQuestion(transaction),
      gas: QUESTION_GAS,
      gasPriceWei: 0n,
      isStatic: true,
    }
    const { exceptionError, returnValue } = await machine.engine.send(question, context)
    return (
      exceptionError === undefined &&
      returnValue.length === WORD_SIZE_BYTES &&
      bytesToBigint(returnValue) === 1n
    )
  })
}

/** The block that the registry sees: none. */
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

function encodeQuestion(transaction: PermissionSubject): Uint8Array {
  const { sender, to, valueWei, maxFeePerGasWei, gasLimit, data } = transaction
  const padding = (WORD_SIZE_BYTES - (data.length % WORD_SIZE_BYTES)) % WORD_SIZE_BYTES
  return concatBytes(
    SELECTOR,
    padLeft(hexToBytes(sender), WORD_SIZE_BYTES),
    padLeft(hexToBytes(to ?? ZERO_ADDRESS), WORD_SIZE_BYTES),
    ...[valueWei, maxFeePerGasWei, gasLimit, PAYLOAD_OFFSET, BigInt(data.length)].map(word),
    data,
    new Uint8Array(padding),
  )
}

function word(value: bigint): Uint8Array {
  return padLeft(bigintToBytes(value), WORD_SIZE_BYTES)
}

function denial(registry: Address, { sender, to }: PermissionSubject): string {
  const act = to === null ? 'deploy contracts' : `send this transaction to ${toChecksumAddress(to)}`
  return (
    `sender not authorized: address ${toChecksumAddress(sender)} is not allowed to ${act}; ` +
    `ask the administrator of the permission registry ${toChecksumAddress(registry)}`
  )
}
