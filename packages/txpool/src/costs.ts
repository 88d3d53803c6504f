import { type FeePolicy, GAS_PER_BLOB } from '@busan/chain-spec'
import type { PoolTransaction } from './types.ts'

/** Gas charged before the first opcode runs (EIP-2028, EIP-2930, EIP-3860, EIP-7702). */
export function intrinsicGas(transaction: PoolTransaction): bigint {
  const { zeros, nonZeros } = countDataBytes(transaction.data)
  let gas = 21_000n + 4n * zeros + 16n * nonZeros
  if (transaction.to === null) {
    const initCodeWords = (BigInt(transaction.data.length) + 31n) / 32n
    gas += 32_000n + 2n * initCodeWords
  }
  for (const { storageKeys } of transaction.accessList) {
    gas += 2_400n + 1_900n * BigInt(storageKeys.length)
  }
  return gas + 25_000n * BigInt(transaction.authorizationList.length)
}

/** Least gas a transaction pays for its data, whatever it executes (EIP-7623). */
export function floorDataGas(transaction: PoolTransaction): bigint {
  const { zeros, nonZeros } = countDataBytes(transaction.data)
  return 21_000n + 10n * (zeros + 4n * nonZeros)
}

/**
 * The most a transaction can take from its sender's balance, in wei. Where gas is free: its value.
 */
export function maxCostWei(transaction: PoolTransaction, feePolicy: FeePolicy): bigint {
  if (feePolicy.kind === 'freeGas') return transaction.valueWei
  const blobGas = BigInt(transaction.blobVersionedHashes?.length ?? 0) * GAS_PER_BLOB
  const blobCostWei = blobGas * (transaction.maxFeePerBlobGasWei ?? 0n)
  return transaction.gasLimit * transaction.maxFeePerGasWei + transaction.valueWei + blobCostWei
}

/**
 * What a block's proposer earns per gas at this base fee; negative when the cap is below the base
 * fee.
 */
export function effectiveTipWei(transaction: PoolTransaction, baseFeePerGasWei: bigint): bigint {
  const headroom = transaction.maxFeePerGasWei - baseFeePerGasWei
  const tip = transaction.maxPriorityFeePerGasWei
  if (headroom < tip) return headroom
  return tip
}

function countDataBytes(data: Uint8Array): { zeros: bigint; nonZeros: bigint } {
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  return { zeros: BigInt(zeros), nonZeros: BigInt(data.length - zeros) }
}
