import type { ChainSpec, SystemContracts } from '@busan/chain-spec'
import {
  type Address,
  accept,
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  type Hash,
  hexToBytes,
  keccak256,
  Lru,
  padLeft,
  refuse,
  toChecksumAddress,
  type Verdict,
  ZERO_ADDRESS,
} from '@busan/primitives'
import type { LoneContract, LoneContractAt } from './lone-contract.ts'
import { judgeByRule, type PermissionRule, type RuleSubject } from './permission-rule.ts'
import type { Transaction } from './types.ts'

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
  /** The rule behind a denial, where the registry is the city's; else undefined. */
  rule(subject: RuleSubject): Promise<Verdict<null, PermissionRule> | undefined>
}

/** The rules after a block; undefined where the chain has no registry. Throws CodedError `missing-state`. */
export type PermissionsAt = (stateRoot: Hash) => PermissionRules | undefined

/** Answers kept, some 100 bytes each: more than a pool holds. */
const ANSWERS_KEPT = 65_536

/** EEA's question, which Besu asked: (sender, target, value, gasPrice, gasLimit, payload); target 0 deploys. */
const SELECTOR = keccak256(
  new TextEncoder().encode('transactionAllowed(address,address,uint256,uint256,uint256,bytes)'),
).subarray(0, 4)

const WORD_SIZE_BYTES = 32

/** The payload stands after six words. */
const PAYLOAD_OFFSET = 192n

/**
 * Asks the chain's registry, and keeps its answers for as long as it stays the same. A registry that is missing,
 * fails or answers anything but true denies; recovery calls never ask it.
 */
export function createPermissions(spec: ChainSpec, contractAt: LoneContractAt): PermissionsAt {
  const { permissionRegistry, recovery } = spec.systemContracts
  if (permissionRegistry === undefined) return () => undefined
  const answers = new Lru<Hash, boolean>(ANSWERS_KEPT)
  let answersVersion = ''

  const allows = async (
    { version, ask }: LoneContract,
    transaction: PermissionSubject,
  ): Promise<boolean> => {
    if (version !== answersVersion) {
      answers.clear()
      answersVersion = version
    }
    const known = answers.get(transaction.hash)
    if (known !== undefined) return known
    const answer = isTrue(await ask(encodeQuestion(transaction)))
    // Another state may have been asked about meanwhile.
    if (version === answersVersion) answers.set(transaction.hash, answer)
    return answer
  }
  return (stateRoot) => {
    const registry = contractAt(permissionRegistry, stateRoot)
    return {
      version: registry.version,
      judge: async (transaction) =>
        isRecovery(recovery, transaction) || (await allows(registry, transaction))
          ? accept(null)
          : refuse('not-permitted', denial(permissionRegistry, transaction)),
      rule: (subject) => judgeByRule(registry, subject),
    }
  }
}

function isTrue(answer: Uint8Array | undefined): boolean {
  return answer?.length === WORD_SIZE_BYTES && bytesToBigint(answer) === 1n
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
