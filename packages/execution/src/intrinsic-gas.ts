import type { ChainSpec } from '@busan/chain-spec'
import type { Transaction } from './types.ts'

/** What intrinsic gas depends on. */
export interface GasBearing {
  /** null: contract creation. */
  readonly to: Transaction['to']
  readonly data: Uint8Array
  readonly accessList: readonly { readonly storageKeys: readonly unknown[] }[]
  readonly authorizationList: readonly unknown[]
}

/** Gas that a transaction costs before it runs, and the least it costs however little it runs. */
export interface IntrinsicGas {
  readonly intrinsic: bigint
  /** EIP-7623; 0 before Prague. */
  readonly floor: bigint
}

/** Gas of a transaction that does nothing (yellow paper, appendix G). No transaction needs less. */
export const TRANSACTION_GAS = 21_000n

/** EIP-3860: longest init code, in bytes. */
export const INIT_CODE_SIZE_BYTES_MAX = 49_152

/** EIP-7825: most gas that one transaction may ask for, from Osaka. */
export const TRANSACTION_GAS_MAX = 16_777_216n

/** EIP-2: creating a contract. */
const CREATION_GAS = 32_000n
/** EIP-3860: each 32-byte word of init code. */
const INIT_CODE_WORD_GAS = 2n
const ZERO_BYTE_GAS = 4n
/** EIP-2028; 68 before Istanbul. */
const NON_ZERO_BYTE_GAS = 16n
const NON_ZERO_BYTE_GAS_FRONTIER = 68n
/** EIP-2930. */
const ACCESS_LIST_ADDRESS_GAS = 2_400n
const ACCESS_LIST_SLOT_GAS = 1_900n
/** EIP-7702: each authorization, as if its account had to be created. */
const AUTHORIZATION_GAS = 25_000n
/** EIP-7623: a zero byte is one token, another byte four. */
const FLOOR_TOKEN_GAS = 10n
const NON_ZERO_BYTE_TOKENS = 4n

/** Intrinsic gas under the rules of a fork (EIP-2, 2028, 2930, 3860, 7623, 7702). */
export function intrinsicGas(
  message: GasBearing,
  rules: ReturnType<ChainSpec['commonAt']>,
): IntrinsicGas {
  const nonZero = BigInt(message.data.reduce((count, byte) => (byte === 0 ? count : count + 1), 0))
  const zero = BigInt(message.data.length) - nonZero
  const byteGas = rules.gteHardfork('istanbul') ? NON_ZERO_BYTE_GAS : NON_ZERO_BYTE_GAS_FRONTIER
  const slots = message.accessList.reduce((count, entry) => count + entry.storageKeys.length, 0)
  const intrinsic =
    TRANSACTION_GAS +
    zero * ZERO_BYTE_GAS +
    nonZero * byteGas +
    (message.to === null ? creationGas(message.data.length, rules) : 0n) +
    BigInt(message.accessList.length) * ACCESS_LIST_ADDRESS_GAS +
    BigInt(slots) * ACCESS_LIST_SLOT_GAS +
    BigInt(message.authorizationList.length) * AUTHORIZATION_GAS
  const tokens = zero + nonZero * NON_ZERO_BYTE_TOKENS
  const floor = rules.isActivatedEIP(7623) ? TRANSACTION_GAS + tokens * FLOOR_TOKEN_GAS : 0n
  return { intrinsic, floor }
}

function creationGas(sizeBytes: number, rules: ReturnType<ChainSpec['commonAt']>): bigint {
  if (!rules.gteHardfork('homestead')) return 0n
  const words = BigInt(Math.ceil(sizeBytes / 32))
  return CREATION_GAS + (rules.isActivatedEIP(3860) ? words * INIT_CODE_WORD_GAS : 0n)
}
