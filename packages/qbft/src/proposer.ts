import { type Address, present } from '@busan/primitives'
import type { Validator } from './types.ts'

/**
 * The leader of a round: round robin that goes on from the parent's proposer (Besu's BftProposerSelector
 * with changeEachBlock). A parent coinbase that is not in the set, dropped since or the genesis one, is
 * followed by the next higher address, without a further step.
 * @param validators of the height, ascending, at least one
 * @param parentCoinbase coinbase of block height - 1
 * @param round from 0
 */
export function proposer(
  validators: readonly Validator[],
  parentCoinbase: Address,
  round: number,
): Validator {
  const position = validators.indexOf(parentCoinbase)
  const start = position === -1 ? firstAbove(validators, parentCoinbase) : position + 1
  return present(validators[(start + round) % validators.length], 'proposer')
}

function firstAbove(validators: readonly Validator[], address: Address): number {
  const index = validators.findIndex((validator) => validator > address)
  return index === -1 ? 0 : index
}
