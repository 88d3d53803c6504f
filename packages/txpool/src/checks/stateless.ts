// What a transaction alone must satisfy. Order and texts follow geth, because wallets match on
// them.
import type { FeePolicy } from '@busan/chain-spec'
import { toChecksumAddress } from '@busan/primitives'
import { floorDataGas, intrinsicGas } from '../costs.ts'
import type { PoolLimits } from '../limits.ts'
import { type Rejection, reject } from '../rejection.ts'
import type { PoolTransaction } from '../types.ts'

/** What the stateless checks compare with. */
export interface StatelessRules {
  readonly chainId: bigint
  readonly feePolicy: FeePolicy
  /** False: type 3 is refused. */
  readonly allowsBlobs: boolean
  readonly limits: PoolLimits
  /** Of the head block. */
  readonly blockGasLimit: bigint
}

type StatelessCheck = (transaction: PoolTransaction, rules: StatelessRules) => Rejection | undefined

const MAX_UINT64 = 2n ** 64n - 1n
const MAX_UINT256 = 2n ** 256n - 1n
/** EIP-7825. */
const TRANSACTION_GAS_CAP = 16_777_216n
/** EIP-3860. */
const MAX_INIT_CODE_BYTES = 49_152

const checks: readonly StatelessCheck[] = [
  checkReplayProtection,
  checkType,
  checkSize,
  checkInitCodeSize,
  checkGasCap,
  checkBlockGasLimit,
  checkFeeRange,
  checkTipBelowFeeCap,
  checkChainId,
  checkNonceRange,
  checkIntrinsicGas,
  checkFloorDataGas,
  checkFixedBaseFee,
  checkMinimumTip,
]

/** The first failed check, if any. */
export function checkStateless(
  transaction: PoolTransaction,
  rules: StatelessRules,
): Rejection | undefined {
  for (const check of checks) {
    const rejection = check(transaction, rules)
    if (rejection !== undefined) return rejection
  }
  return undefined
}

/** EIP-155. */
function checkReplayProtection(transaction: PoolTransaction): Rejection | undefined {
  if (transaction.chainId !== undefined) return undefined
  return reject(
    'not-replay-protected',
    'only replay-protected (EIP-155) transactions allowed over RPC',
  )
}

/** EIP-4844: a QBFT network has no blob market. The second half is the wording that viem recognises. */
function checkType(transaction: PoolTransaction, rules: StatelessRules): Rejection | undefined {
  if (transaction.type !== 3 || rules.allowsBlobs) return undefined
  return reject(
    'blob-transaction',
    'transaction type not supported: transaction type not valid on this chain',
  )
}

function checkSize(transaction: PoolTransaction, rules: StatelessRules): Rejection | undefined {
  const sizeBytes = transaction.raw.length
  const limit = rules.limits.transactionSizeBytes
  if (sizeBytes <= limit) return undefined
  return reject('oversized-data', `oversized data: transaction size ${sizeBytes}, limit ${limit}`)
}

/** EIP-3860. */
function checkInitCodeSize(transaction: PoolTransaction): Rejection | undefined {
  const sizeBytes = transaction.data.length
  if (transaction.to !== null || sizeBytes <= MAX_INIT_CODE_BYTES) return undefined
  return reject(
    'init-code-too-large',
    `max initcode size exceeded: code size ${sizeBytes} limit ${MAX_INIT_CODE_BYTES}`,
  )
}

/** EIP-7825. */
function checkGasCap(transaction: PoolTransaction): Rejection | undefined {
  if (transaction.gasLimit <= TRANSACTION_GAS_CAP) return undefined
  return reject(
    'gas-limit-exceeds-cap',
    `transaction gas limit too high (cap: ${TRANSACTION_GAS_CAP}, tx: ${transaction.gasLimit})`,
  )
}

function checkBlockGasLimit(
  transaction: PoolTransaction,
  rules: StatelessRules,
): Rejection | undefined {
  if (transaction.gasLimit <= rules.blockGasLimit) return undefined
  return reject('gas-limit-exceeds-block', 'exceeds block gas limit')
}

/** EIP-1559: both fees are 256-bit. */
function checkFeeRange(transaction: PoolTransaction): Rejection | undefined {
  if (transaction.maxFeePerGasWei > MAX_UINT256) {
    return reject('fee-cap-exceeded', 'max fee per gas higher than 2^256-1')
  }
  if (transaction.maxPriorityFeePerGasWei > MAX_UINT256) {
    return reject('fee-cap-exceeded', 'max priority fee per gas higher than 2^256-1')
  }
  return undefined
}

/** EIP-1559. */
function checkTipBelowFeeCap(transaction: PoolTransaction): Rejection | undefined {
  if (transaction.maxPriorityFeePerGasWei <= transaction.maxFeePerGasWei) return undefined
  return reject('tip-above-fee-cap', 'max priority fee per gas higher than max fee per gas')
}

/** EIP-155 and EIP-2718 types. */
function checkChainId(transaction: PoolTransaction, rules: StatelessRules): Rejection | undefined {
  if (transaction.chainId === rules.chainId) return undefined
  return reject(
    'wrong-chain-id',
    `invalid chain id for signer: have ${transaction.chainId} want ${rules.chainId}`,
  )
}

/** EIP-2681. */
function checkNonceRange(transaction: PoolTransaction): Rejection | undefined {
  if (transaction.nonce < MAX_UINT64) return undefined
  return reject('nonce-max', 'nonce has max value')
}

function checkIntrinsicGas(transaction: PoolTransaction): Rejection | undefined {
  const minimum = intrinsicGas(transaction)
  if (transaction.gasLimit >= minimum) return undefined
  return reject(
    'intrinsic-gas-too-low',
    `intrinsic gas too low: gas ${transaction.gasLimit}, minimum needed ${minimum}`,
  )
}

/** EIP-7623. */
function checkFloorDataGas(transaction: PoolTransaction): Rejection | undefined {
  const minimum = floorDataGas(transaction)
  if (transaction.gasLimit >= minimum) return undefined
  return reject(
    'floor-gas-too-low',
    'insufficient gas for floor data gas cost: ' +
      `gas ${transaction.gasLimit}, minimum needed ${minimum}`,
  )
}

/** A base fee that never moves will never come down to a lower fee cap. */
function checkFixedBaseFee(
  transaction: PoolTransaction,
  { feePolicy }: StatelessRules,
): Rejection | undefined {
  if (feePolicy.kind !== 'fixedBaseFee') return undefined
  const { maxFeePerGasWei, sender } = transaction
  if (maxFeePerGasWei >= feePolicy.baseFeePerGasWei) return undefined
  return reject(
    'fee-cap-too-low',
    `max fee per gas less than block base fee: address ${toChecksumAddress(sender)}, ` +
      `maxFeePerGas: ${maxFeePerGasWei}, baseFee: ${feePolicy.baseFeePerGasWei}`,
  )
}

/** Local policy. A fee cap below the base fee is admitted and waits. */
function checkMinimumTip(
  transaction: PoolTransaction,
  rules: StatelessRules,
): Rejection | undefined {
  const tip = transaction.maxPriorityFeePerGasWei
  const minimum = rules.limits.minimumTipWei
  if (rules.feePolicy.kind === 'freeGas' || tip >= minimum) return undefined
  return reject(
    'underpriced',
    `transaction gas price below minimum: gas tip cap ${tip}, minimum needed ${minimum}`,
  )
}
