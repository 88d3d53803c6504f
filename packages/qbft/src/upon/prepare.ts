import type { HeightState } from '../state.ts'
import { andThen, type Transition } from '../transition.ts'
import type { PrepareMessage } from '../types.ts'
import { castVote, countVotes } from '../voting.ts'

/** A vote for the round's proposal. (spec: UponPrepare) */
export function uponPrepare<B>(state: HeightState<B>, message: PrepareMessage): Transition<B> {
  const cast = castVote(state, message.prepare, state.prepares, 'prepares')
  return cast.ignored === undefined ? andThen(cast, countVotes) : cast
}
