import type { HeightState } from '../state.ts'
import { andThen, stay, type Transition } from '../transition.ts'
import type { CommitMessage } from '../types.ts'
import { castVote, countVotes } from '../voting.ts'

/** A vote to finalise; after the decision its seal is kept for the block. (spec: UponCommit) */
export function uponCommit<B>(state: HeightState<B>, message: CommitMessage): Transition<B> {
  const { round, digest } = message.commit.payload
  const { decided } = state
  if (decided !== undefined && (round !== decided.round || digest !== decided.digest)) {
    return stay(state, 'decided')
  }
  const cast = castVote(state, message.commit, state.commits, 'commits')
  if (cast.ignored !== undefined || decided !== undefined) return cast
  return andThen(cast, countVotes)
}
