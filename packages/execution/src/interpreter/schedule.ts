import type { EVM } from '@ethereumjs/evm'

/** How SSTORE is priced: before EIP-1283, by it (Constantinople only), or by EIP-2200 with or without EIP-2929. */
export type StorePricing = 'flat' | 'eip1283' | 'eip2200'

/** What a fork charges and allows, as plain numbers: worked out once, read at every opcode. */
export interface Schedule {
  /** Gas of each opcode before its dynamic part; {@link INVALID_GAS} for one that the fork does not have. */
  readonly base: Int32Array
  readonly expByteGas: number
  readonly keccakWordGas: number
  readonly copyWordGas: number
  readonly logTopicGas: number
  readonly logByteGas: number
  readonly callValueGas: number
  readonly newAccountGas: number
  readonly initCodeWordGas: number
  readonly initCodeSizeMax: number
  readonly selfdestructRefund: number
  /** Of a deposited contract. */
  readonly codeByteGas: number
  /** EIP-170; Infinity before it. */
  readonly codeSizeMax: number
  /** EIP-2: a creation that cannot pay for its code fails. */
  readonly paysForCode: boolean
  /** EIP-3541. */
  readonly reservesFirstByte: boolean
  readonly coldAccountGas: number
  readonly coldSlotGas: number
  readonly warmReadGas: number
  readonly storePricing: StorePricing
  /** By the names that the parameters have in ethereumjs. */
  readonly store: Readonly<Record<StoreParameter, number>>
  /** EIP-150: a call gets at most all but one 64th, and new accounts cost at SELFDESTRUCT. */
  readonly keepsOne64th: boolean
  /** EIP-161. */
  readonly clearsEmptyAccounts: boolean
  /** EIP-2929. */
  readonly hasAccessCosts: boolean
  /** EIP-3860. */
  readonly limitsInitCode: boolean
  /** EIP-4399: opcode 0x44 is PREVRANDAO. */
  readonly hasPrevRandao: boolean
  /** EIP-6780. */
  readonly keepsOldContracts: boolean
  /** EIP-7702. */
  readonly hasDelegations: boolean
}

/** Marks an opcode that the fork does not define. */
export const INVALID_GAS = -1

const STORE_PARAMETERS = [
  'sstoreSetGas',
  'sstoreResetGas',
  'sstoreRefundGas',
  'netSstoreNoopGas',
  'netSstoreInitGas',
  'netSstoreCleanGas',
  'netSstoreDirtyGas',
  'netSstoreClearRefundGas',
  'netSstoreResetRefundGas',
  'netSstoreResetClearRefundGas',
  'sstoreSentryEIP2200Gas',
  'sstoreNoopEIP2200Gas',
  'sstoreDirtyEIP2200Gas',
  'sstoreInitEIP2200Gas',
  'sstoreInitRefundEIP2200Gas',
  'sstoreCleanEIP2200Gas',
  'sstoreCleanRefundEIP2200Gas',
  'sstoreClearRefundEIP2200Gas',
] as const
type StoreParameter = (typeof STORE_PARAMETERS)[number]

/** Reads the schedule of the fork that an EVM was made for. */
export function scheduleOf({ common, opcodes }: EVM): Schedule {
  const param = (name: string): number => {
    try {
      return Number(common.param(name))
    } catch {
      // The parameter came with a later fork, and so did whatever asks for it.
      return 0
    }
  }
  const base = new Int32Array(256).fill(INVALID_GAS)
  for (const [code, { fee, isInvalid }] of opcodes) if (!isInvalid) base[code] = fee
  const store = Object.fromEntries(STORE_PARAMETERS.map((name) => [name, param(name)]))
  return {
    base,
    expByteGas: param('expByteGas'),
    keccakWordGas: param('keccak256WordGas'),
    copyWordGas: param('copyGas'),
    logTopicGas: param('logTopicGas'),
    logByteGas: param('logDataGas'),
    callValueGas: param('callValueTransferGas'),
    newAccountGas: param('callNewAccountGas'),
    initCodeWordGas: param('initCodeWordGas'),
    initCodeSizeMax: param('maxInitCodeSize'),
    selfdestructRefund: param('selfdestructRefundGas'),
    codeByteGas: param('createDataGas'),
    codeSizeMax: common.gteHardfork('spuriousDragon')
      ? param('maxCodeSize')
      : Number.POSITIVE_INFINITY,
    paysForCode: common.gteHardfork('homestead'),
    reservesFirstByte: common.isActivatedEIP(3541),
    coldAccountGas: param('coldaccountaccessGas'),
    coldSlotGas: param('coldsloadGas'),
    warmReadGas: param('warmstoragereadGas'),
    storePricing: storePricing(common),
    store: store as Record<StoreParameter, number>,
    keepsOne64th: common.gteHardfork('tangerineWhistle'),
    clearsEmptyAccounts: common.gteHardfork('spuriousDragon'),
    hasAccessCosts: common.isActivatedEIP(2929),
    limitsInitCode: common.isActivatedEIP(3860),
    hasPrevRandao: common.isActivatedEIP(4399),
    keepsOldContracts: common.isActivatedEIP(6780),
    hasDelegations: common.isActivatedEIP(7702),
  }
}

function storePricing(common: EVM['common']): StorePricing {
  if (common.gteHardfork('istanbul')) return 'eip2200'
  return common.hardfork() === 'constantinople' ? 'eip1283' : 'flat'
}
