import { enterRound } from '../rounds.ts'
import type { HeightState } from '../state.ts'
import { move, stay, type Transition } from '../transition.ts'

/**
 * The round's time is over: ask for the next one. (spec: UponRoundTimeout)
 *
 * Deviation: a round above 0 is not left before a quorum is known to have reached it. Whoever is ahead waits
 * there and whoever is behind catches up, so that capped timers cannot keep validators apart for ever, and a
 * chain that lacks a quorum goes on in the round in which it stopped.
 */
export function uponRoundTimeout<B>(state: HeightState<B>, round: number): Transition<B> {
  if (round !== state.round || !state.isStarted) return stay(state, 'stale-round')
  if (!state.isSynchronised) return move(state, { type: 'start-round-timer', round })
  return enterRound(state, round + 1)
}
