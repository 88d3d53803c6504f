import type { BlobRules } from './chain-spec.ts'
import type { Header } from './header.ts'

/** Gas of one blob (EIP-4844). */
export const GAS_PER_BLOB = 131_072n

const MIN_BASE_FEE_PER_BLOB_GAS_WEI = 1n
const BLOB_BASE_COST = 8_192n

/**
 * The excessBlobGas that the child of `parent` must have (EIP-4844, with EIP-7918's reserve price).
 * @param rules of the child's fork
 */
export function nextExcessBlobGas(
  parent: Pick<Header, 'excessBlobGas' | 'blobGasUsed' | 'baseFeePerGas'>,
  rules: BlobRules,
): bigint {
  const excess = parent.excessBlobGas ?? 0n
  const used = parent.blobGasUsed ?? 0n
  const target = BigInt(rules.target) * GAS_PER_BLOB
  if (excess + used < target) return 0n
  if (rules.hasReservePrice) {
    const executionCost = BLOB_BASE_COST * (parent.baseFeePerGas ?? 0n)
    if (executionCost > GAS_PER_BLOB * blobBaseFee(excess, rules)) {
      return excess + (used * BigInt(rules.max - rules.target)) / BigInt(rules.max)
    }
  }
  return excess + used - target
}

/** Wei for one unit of blob gas (EIP-4844 get_base_fee_per_blob_gas). */
export function blobBaseFee(excessBlobGas: bigint, rules: BlobRules): bigint {
  const denominator = BigInt(rules.baseFeeUpdateFraction)
  let sum = 0n
  let term = MIN_BASE_FEE_PER_BLOB_GAS_WEI * denominator
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * excessBlobGas) / (denominator * i)
  }
  return sum / denominator
}
