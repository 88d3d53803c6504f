import type { Block } from '@busan/chain-spec'
import { describe, type HeightPhase, type HeightState, type Input } from '@busan/qbft'
import type { Height } from './driver.ts'
import type { RoundFailure } from './metrics.ts'

/** Says whose fault it was, as far as it can be seen from here, that a round was left without a block. */
export function reportRoundChange(
  height: Height,
  before: HeightState<Block>,
  input: Input<Block>,
): void {
  const { state, driver } = height
  if (state.round === before.round) return
  driver.metrics.round.set(state.round)
  const { phase, proposer, missing } = describe(before)
  const reason = input.type === 'round-timeout' ? FAILURES[phase] : 'followed-others'
  const culprits = phase === 'refused-proposal' ? [proposer] : missing
  if (hasRunOut(phase, proposer === driver.signer.address)) driver.budget.ranOut()
  driver.metrics.roundChanges.add(1, { reason })
  driver.ports.logger.warn('round failed', {
    height: height.number,
    round: before.round,
    nextRound: state.round,
    reason,
    proposer,
    culprits,
  })
}

/** There was a block, or one in the making, that was too large for the round. */
function hasRunOut(phase: HeightPhase, isOurs: boolean): boolean {
  if (phase === 'checking-proposal') return true
  return isOurs && (phase === 'waiting-for-proposal' || phase === 'preparing')
}

/** What a round's time ran out on. */
const FAILURES: Record<HeightPhase, RoundFailure> = {
  'waiting-for-block-time': 'followed-others',
  'waiting-for-validators': 'followed-others',
  'waiting-for-proposal': 'proposer-silent',
  'checking-proposal': 'check-too-slow',
  'refused-proposal': 'proposal-invalid',
  preparing: 'too-few-prepares',
  committing: 'too-few-commits',
  decided: 'followed-others',
}
