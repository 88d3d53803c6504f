// Collecting prepares and commits, and what follows from a quorum of them.
import type { Hash } from '@busan/primitives'
import {
  acceptedProposal,
  type Candidate,
  type HeightState,
  ownVote,
  type VotesByRound,
  votesFor,
} from './state.ts'
import { sealsOf } from './status.ts'
import { accuse, andThen, move, stay, type Transition } from './transition.ts'
import type { Signed, Validator } from './types.ts'

/** How many rounds ahead prepares and commits are kept; a node further behind catches up by round changes. */
export const FUTURE_ROUNDS_MAX = 8

interface VotePayload {
  readonly round: number
  readonly digest: Hash
}

/**
 * Stores a vote, the first of its author in its round.
 * @param field where votes of this kind live
 * @param votes the present content of that field
 */
export function castVote<B, P extends VotePayload>(
  state: HeightState<B>,
  vote: Signed<P>,
  votes: VotesByRound<P>,
  field: 'prepares' | 'commits',
): Transition<B> {
  const { round, digest } = vote.payload
  if (round < state.round) return stay(state, 'stale-round')
  if (round > state.round + FUTURE_ROUNDS_MAX) return stay(state, 'too-far-ahead')
  const inRound = votes.get(round) ?? new Map<Validator, Signed<P>>()
  const earlier = inRound.get(vote.author)
  if (earlier?.payload.digest === digest) return stay(state, 'duplicate')
  if (earlier !== undefined) return accuse(state, vote.author, 'equivocation')
  const stored = new Map(votes).set(round, new Map(inRound).set(vote.author, vote))
  return move({ ...state, [field]: stored })
}

/** Acts on what the votes for the accepted proposal allow. (spec: UponPrepare, UponCommit) */
export function countVotes<B>(state: HeightState<B>): Transition<B> {
  const accepted = acceptedProposal(state)
  if (accepted === undefined) return move(state)
  return andThen(commitWhenPrepared(state, accepted), (next) => decideWhenCommitted(next, accepted))
}

/** The lock and the commit that it allows are one transition: no commit without its certificate. */
function commitWhenPrepared<B>(
  state: HeightState<B>,
  { digest, message }: Candidate<B>,
): Transition<B> {
  const { round, height } = state
  const { block } = message.proposal.payload
  const held = state.prepared?.round === round ? state.prepared : undefined
  const prepares = votesFor(state.prepares, round, digest)
  if (held === undefined && prepares.length < state.quorum) return move(state)
  const prepared = held ?? { round, digest, block, prepares }
  const isOurs = prepared.digest === digest && ownVote(state, 'prepare') === digest
  if (!isOurs || ownVote(state, 'commit') !== undefined) return move({ ...state, prepared })
  return move(
    { ...state, prepared, sent: { ...state.sent, commit: digest } },
    {
      type: 'broadcast',
      message: {
        type: 'commit',
        payload: { type: 'commit', height, round, digest },
        sealHash: digest,
      },
    },
  )
}

function decideWhenCommitted<B>(
  state: HeightState<B>,
  { digest, message }: Candidate<B>,
): Transition<B> {
  const { round } = state
  if (votesFor(state.commits, round, digest).length < state.quorum) return move(state)
  const { block } = message.proposal.payload
  const decided = { ...state, decided: { block, round, digest } }
  return move(decided, { type: 'commit-block', block, round, seals: sealsOf(decided) })
}
