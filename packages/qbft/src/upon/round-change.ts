import { isRoundChangeProven } from '../justification.ts'
import { enterRound, leadRound, synchronise, validatorsInRound } from '../rounds.ts'
import type { HeightState } from '../state.ts'
import { accuse, andThen, move, stay, type Transition } from '../transition.ts'
import type { BlockRules, RoundChangeMessage } from '../types.ts'

/**
 * A validator asks for a round: kept when it is its first for that round and its highest. It can let us catch
 * up, show that a quorum has arrived, and give the leader its quorum. (spec: UponRoundChange)
 */
export function uponRoundChange<B>(
  state: HeightState<B>,
  message: RoundChangeMessage<B>,
  rules: BlockRules<B>,
): Transition<B> {
  const { author, payload } = message.roundChange
  if (payload.round < state.round) return stay(state, 'stale-round')
  const earlier = state.roundChanges.get(author)?.roundChange.payload
  if (earlier !== undefined && earlier.round > payload.round) return stay(state, 'stale-round')
  if (earlier?.round === payload.round) {
    const isSame = earlier.prepared?.digest === payload.prepared?.digest
    return isSame ? stay(state, 'duplicate') : accuse(state, author, 'equivocation')
  }
  if (!isRoundChangeProven(state, message, rules)) return stay(state, 'unproven-round-change')
  const roundChanges = new Map(state.roundChanges).set(author, message)
  const caughtUp = catchUp({ ...state, roundChanges })
  return andThen(andThen(caughtUp, awaitQuorum), (next) => leadRound(next, rules))
}

/**
 * Enters the highest round that f + 1 validators have asked for, of whom one at least is honest: the smallest
 * round of f + 1 round changes ahead of us. A quorum for a later round contains that many.
 */
function catchUp<B>(state: HeightState<B>): Transition<B> {
  const ahead = [...state.roundChanges.values()]
    .map(({ roundChange }) => roundChange.payload.round)
    .filter((round) => round > state.round)
    .sort((a, b) => b - a)
  const target = ahead[state.faulty]
  return target === undefined ? move(state) : enterRound(state, target)
}

function awaitQuorum<B>(state: HeightState<B>): Transition<B> {
  return validatorsInRound(state).size >= state.quorum ? synchronise(state) : move(state)
}
