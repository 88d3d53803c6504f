import { accept, refuse, type Verdict } from '@busan/primitives'
import type { ChainSpec } from './chain-spec.ts'
import type { Header } from './header.ts'

/** Smallest gas limit of a block (yellow paper 4.4.4). */
export const GAS_LIMIT_MIN = 5_000n

/** Largest gas limit of a block: clients keep it in a signed 64-bit number. */
export const GAS_LIMIT_MAX = 2n ** 63n - 1n

const BOUND_DIVISOR = 1_024n
const ELASTICITY_MULTIPLIER = 2n

/** Why a gas limit is refused. */
export type GasLimitReason = 'gas-limit-range' | 'gas-limit-delta'

/** Judges a block's gas limit against its parent's, as {@link parentGasLimit} gives that. */
export function checkGasLimit(
  gasLimit: bigint,
  parentLimit: bigint,
): Verdict<bigint, GasLimitReason> {
  if (gasLimit < GAS_LIMIT_MIN || gasLimit > GAS_LIMIT_MAX) {
    const range = `${GAS_LIMIT_MIN} to ${GAS_LIMIT_MAX}`
    return refuse('gas-limit-range', `gas limit ${gasLimit} is outside ${range}`)
  }
  const bound = parentLimit / BOUND_DIVISOR
  const change = gasLimit > parentLimit ? gasLimit - parentLimit : parentLimit - gasLimit
  if (change >= bound) {
    const limits = `must be less than ${bound} away from the parent's ${parentLimit}`
    return refuse('gas-limit-delta', `gas limit ${gasLimit} ${limits}`)
  }
  return accept(gasLimit)
}

/** The gas limit nearest to `targetGasLimit` that the child of a block may have. */
export function nextGasLimit(parentLimit: bigint, targetGasLimit: bigint): bigint {
  const step = parentLimit / BOUND_DIVISOR
  const reach = step > 0n ? step - 1n : 0n
  const target = clamp(targetGasLimit, GAS_LIMIT_MIN, GAS_LIMIT_MAX)
  return clamp(target, parentLimit - reach, parentLimit + reach)
}

/**
 * The parent's gas limit as the child's rules see it: doubled where the child is the first London block,
 * so that the gas target stays what the limit was (EIP-1559).
 * @param timestamp the child's, in seconds
 */
export function parentGasLimit(
  spec: Pick<ChainSpec, 'forkAt'>,
  parent: Pick<Header, 'number' | 'timestamp' | 'gasLimit'>,
  timestamp: bigint,
): bigint {
  const isFirst =
    spec.forkAt(parent.number + 1n, timestamp).hasBaseFee &&
    !spec.forkAt(parent.number, parent.timestamp).hasBaseFee
  return isFirst ? parent.gasLimit * ELASTICITY_MULTIPLIER : parent.gasLimit
}

function clamp(value: bigint, min: bigint, max: bigint): bigint {
  if (value < min) return min
  return value > max ? max : value
}
