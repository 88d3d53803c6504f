import type { Address } from '@busan/primitives'
import { quorum, type Validator } from '@busan/qbft'

/**
 * Who tells the network of a sealed block: its coinbase and as many after it as may be away while blocks are
 * decided, so that one of them is there. Every validator holds the block, each with other seals on it, and gossip
 * would carry every one of these as a block of its own. A block that none of them tells is fetched by `sync`.
 * @param validators of the block's height, ascending
 */
export function announcers(
  validators: readonly Validator[],
  coinbase: Address,
): readonly Validator[] {
  const count = validators.length - quorum(validators.length) + 1
  const first = Math.max(0, validators.indexOf(coinbase))
  return [...validators.slice(first), ...validators.slice(0, first)].slice(0, count)
}
