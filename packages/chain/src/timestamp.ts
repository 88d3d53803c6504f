import type { ChainSpec, Header } from '@busan/chain-spec'

/**
 * Earliest timestamp of the child of `parent`, in seconds: the block period in whole seconds after it. With a
 * period below one second several blocks share a timestamp, and it never goes back.
 */
export function minimumTimestamp(
  spec: Pick<ChainSpec, 'qbftAfter'>,
  parent: Pick<Header, 'number' | 'timestamp'>,
): bigint {
  const { blockPeriodMs } = spec.qbftAfter(parent)
  return parent.timestamp + BigInt(Math.floor(blockPeriodMs / 1000))
}

/**
 * The timestamp of a proposal: the clock, rounded in round 0 because its timer may fire some milliseconds early,
 * cut off in later rounds, and never too early for the rules.
 */
export function proposalTimestamp(
  spec: Pick<ChainSpec, 'qbftAfter'>,
  parent: Pick<Header, 'number' | 'timestamp'>,
  { round, nowMs }: { readonly round: number; readonly nowMs: number },
): bigint {
  const seconds = round === 0 ? Math.round(nowMs / 1000) : Math.floor(nowMs / 1000)
  const minimum = minimumTimestamp(spec, parent)
  const clock = BigInt(seconds)
  return clock > minimum ? clock : minimum
}
