import { GWEI } from '@busan/primitives'

/** Base fee of the first London block when the genesis file names none (EIP-1559), in wei. */
export const INITIAL_BASE_FEE_WEI = GWEI

const ELASTICITY_MULTIPLIER = 2n
const MAX_CHANGE_DENOMINATOR = 8n

/** The base fee after a block that has one, in wei (EIP-1559). */
export function adjustBaseFee(parent: {
  readonly gasUsed: bigint
  readonly gasLimit: bigint
  readonly baseFeePerGas: bigint
}): bigint {
  const { gasUsed, baseFeePerGas } = parent
  const target = parent.gasLimit / ELASTICITY_MULTIPLIER
  if (gasUsed === target) return baseFeePerGas
  const distance = gasUsed > target ? gasUsed - target : target - gasUsed
  const change = (baseFeePerGas * distance) / target / MAX_CHANGE_DENOMINATOR
  if (gasUsed < target) return baseFeePerGas - change
  return baseFeePerGas + (change > 0n ? change : 1n)
}
