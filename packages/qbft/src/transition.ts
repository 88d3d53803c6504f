import type { Effect } from './effect.ts'
import type { HeightState } from './state.ts'
import type { Validator } from './types.ts'

/** Why an input changed nothing; a bounded set, fit for metric labels. */
export type IgnoredReason =
  /** The height is decided; only late commit seals are still of use. */
  | 'decided'
  | 'already-started'
  | 'wrong-height'
  | 'not-a-validator'
  /** A message or timer of a round that is behind us. */
  | 'stale-round'
  /** A vote for a round so far ahead that it is not kept. */
  | 'too-far-ahead'
  | 'duplicate'
  /** A second, different vote or proposal: the first one stands. */
  | 'equivocation'
  | 'not-the-proposer'
  /** A proposal whose round changes and prepares do not allow this block, or whose block is of another round. */
  | 'unjustified-proposal'
  /** A round change whose certificate does not prove what it claims. */
  | 'unproven-round-change'
  /** We have prepared another block in this round, before a restart perhaps. */
  | 'contradicts-own-vote'
  /** An answer of the driver to a question that does not stand any more. */
  | 'not-awaited'

/** One step's outcome. `ignored` says why nothing happened, when nothing did. */
export interface Transition<B> {
  readonly state: HeightState<B>
  readonly effects: readonly Effect<B>[]
  readonly ignored?: IgnoredReason
}

/** The state as it was, and why. */
export function stay<B>(state: HeightState<B>, ignored: IgnoredReason): Transition<B> {
  return { state, effects: [], ignored }
}

/** A state and what must be done to reach it, in order. */
export function move<B>(state: HeightState<B>, ...effects: readonly Effect<B>[]): Transition<B> {
  return { state, effects }
}

/** Goes on from a transition; the effects of both, in order. */
export function andThen<B>(
  first: Transition<B>,
  next: (state: HeightState<B>) => Transition<B>,
): Transition<B> {
  const second = next(first.state)
  return { state: second.state, effects: [...first.effects, ...second.effects] }
}

/** Refuses an input whose author has provably broken the protocol; each author is reported once per kind. */
export function accuse<B>(
  state: HeightState<B>,
  author: Validator,
  evidence: 'equivocation' | 'invalid-block',
): Transition<B> {
  const accusation = `${author} ${evidence}`
  if (state.reported.has(accusation)) return stay(state, 'equivocation')
  const reported = new Set(state.reported).add(accusation)
  return move({ ...state, reported }, { type: 'report', author, evidence })
}
