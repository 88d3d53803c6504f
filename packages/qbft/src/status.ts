// What a driver reads off a state: seals to add, messages to send again, and words for qbft_status.
import { acceptedProposal, type HeightState, leader, votesFor } from './state.ts'
import type { CommitSeal, Message, Validator } from './types.ts'

/** What a validator is waiting for. */
export type HeightPhase =
  | 'waiting-for-block-time'
  /** Too few validators are known to have reached this round. */
  | 'waiting-for-validators'
  | 'waiting-for-proposal'
  | 'checking-proposal'
  /** The leader's proposal was found invalid; the round timer will move on. */
  | 'refused-proposal'
  | 'preparing'
  | 'committing'
  | 'decided'

/** A height in the terms of an operator. Lists of validators are ascending. */
export interface HeightStatus {
  readonly height: bigint
  readonly round: number
  readonly proposer: Validator
  readonly phase: HeightPhase
  /** Votes that make a decision. */
  readonly quorum: number
  /** Who has voted for the accepted proposal; before that, who has voted at all in this round. */
  readonly prepared: readonly Validator[]
  readonly committed: readonly Validator[]
  /** The round that each validator has last asked for, when it is the current or a later one. */
  readonly roundChanges: readonly { readonly validator: Validator; readonly round: number }[]
  /** Whose word the phase is waiting for. */
  readonly missing: readonly Validator[]
  /** The round in which we are locked on a block, if any. */
  readonly lockedRound?: number
}

/** The commit seals of the decided block that have arrived, ascending by author; empty before the decision. */
export function sealsOf<B>(
  state: HeightState<B>,
): readonly { readonly author: Validator; readonly seal: CommitSeal }[] {
  if (state.decided === undefined) return []
  const { round, digest } = state.decided
  return votesFor(state.commits, round, digest).map(({ author, payload }) => ({
    author,
    seal: payload.seal,
  }))
}

/**
 * Our own messages that others may have missed: those of the current round, our round change first. A driver
 * sends them again from time to time, and feeds none of them back.
 */
export function latestOwnMessages<B>(state: HeightState<B>): readonly Message<B>[] {
  const { self, round } = state
  const proposal = state.candidates.find(({ message }) => message.proposal.author === self)
  const prepare = state.prepares.get(round)?.get(self)
  const commit = state.commits.get(round)?.get(self)
  const messages: readonly (Message<B> | undefined)[] = [
    state.roundChanges.get(self),
    proposal?.message,
    prepare && { type: 'prepare', prepare },
    commit && { type: 'commit', commit },
  ]
  return messages.filter((message) => message !== undefined)
}

/** Says in words where the height stands and who is missing. */
export function describe<B>(state: HeightState<B>): HeightStatus {
  const roundChanges = state.validators.flatMap((validator) => {
    const message = state.roundChanges.get(validator)
    return message === undefined ? [] : [{ validator, round: message.roundChange.payload.round }]
  })
  const phase = phaseOf(state)
  return {
    height: state.height,
    round: state.round,
    proposer: leader(state),
    phase,
    quorum: state.quorum,
    prepared: voters(state, 'prepares'),
    committed: voters(state, 'commits'),
    roundChanges,
    missing: missing(state, phase),
    ...(state.prepared === undefined ? {} : { lockedRound: state.prepared.round }),
  }
}

function phaseOf<B>(state: HeightState<B>): HeightPhase {
  if (state.decided !== undefined) return 'decided'
  if (!state.isStarted) return 'waiting-for-block-time'
  if (acceptedProposal(state) !== undefined) {
    return state.prepared?.round === state.round ? 'committing' : 'preparing'
  }
  if (!state.isSynchronised) return 'waiting-for-validators'
  if (state.candidates.length === 0) return 'waiting-for-proposal'
  const isChecking = state.candidates.some((candidate) => candidate.status === 'checking')
  return isChecking ? 'checking-proposal' : 'refused-proposal'
}

function voters<B>(state: HeightState<B>, kind: 'prepares' | 'commits'): readonly Validator[] {
  const digest = acceptedProposal(state)?.digest
  const votes = [...(state[kind].get(state.round)?.values() ?? [])]
  return votes
    .filter((vote) => digest === undefined || vote.payload.digest === digest)
    .map((vote) => vote.author)
    .sort()
}

function missing<B>(state: HeightState<B>, phase: HeightPhase): readonly Validator[] {
  const without = (present: readonly Validator[]) =>
    state.validators.filter((validator) => !present.includes(validator))
  switch (phase) {
    case 'waiting-for-validators':
      return without([state.self, ...state.roundChanges.keys()])
    case 'waiting-for-proposal':
      return [leader(state)]
    case 'preparing':
      return without(voters(state, 'prepares'))
    case 'committing':
    case 'decided':
      return without(voters(state, 'commits'))
    default:
      return []
  }
}
