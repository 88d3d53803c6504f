import { begin } from '../rounds.ts'
import { type HeightState, leader } from '../state.ts'
import { andThen, move, stay, type Transition } from '../transition.ts'

/** The block time has come: the timer starts, and the leader of round 0 has a block built. (spec: UponBlockTimeout) */
export function uponBlockTimeout<B>(state: HeightState<B>): Transition<B> {
  if (state.isStarted) return stay(state, 'already-started')
  return andThen(begin(state), (started) => {
    const isLeader = started.round === 0 && leader(started) === started.self
    if (!isLeader || started.sent.proposal) return move(started)
    return move({ ...started, build: { roundChanges: [] } }, { type: 'build-block', round: 0 })
  })
}
