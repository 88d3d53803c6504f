import type { Hash } from '@busan/primitives'
import { isProposalJustified } from '../justification.ts'
import { begin, enterRound, synchronise } from '../rounds.ts'
import { acceptedProposal, type HeightState, leader, ownVote } from '../state.ts'
import { accuse, andThen, type IgnoredReason, move, stay, type Transition } from '../transition.ts'
import type { BlockRules, ProposalMessage } from '../types.ts'

/** Candidates held in one round: the leader's first proposal, and one that contradicts it. */
const CANDIDATES_MAX = 2

/**
 * A proposal of the current round, or of a later one, whose justification is then our reason to enter it. The
 * driver is asked whether the block is valid; votes that come meanwhile are kept. (spec: UponProposal)
 */
export function uponProposal<B>(
  state: HeightState<B>,
  message: ProposalMessage<B>,
  rules: BlockRules<B>,
): Transition<B> {
  const { payload, author } = message.proposal
  const { round, block } = payload
  if (round < state.round) return stay(state, 'stale-round')
  if (author !== leader(state, round)) return stay(state, 'not-the-proposer')
  const digest = rules.digest(block)
  const held = round === state.round ? state.candidates : []
  if (held.some((candidate) => candidate.digest === digest)) return stay(state, 'duplicate')
  const objection = objectionTo(state, message, rules)
  if (held.length > 0) {
    const accused = accuse(state, author, 'equivocation')
    if (objection !== undefined || held.length >= CANDIDATES_MAX) return accused
    return andThen(accused, (next) => hold(next, message, digest))
  }
  if (objection !== undefined) return stay(state, objection)
  return andThen(reachRound(state, round), (reached) => hold(reached, message, digest))
}

function objectionTo<B>(
  state: HeightState<B>,
  message: ProposalMessage<B>,
  rules: BlockRules<B>,
): IgnoredReason | undefined {
  if (!isProposalJustified(state, message, rules)) return 'unjustified-proposal'
  const { round, block } = message.proposal.payload
  const voted = round === state.round ? ownVote(state, 'prepare') : undefined
  return voted === undefined || voted === rules.digest(block) ? undefined : 'contradicts-own-vote'
}

function hold<B>(state: HeightState<B>, message: ProposalMessage<B>, digest: Hash): Transition<B> {
  const candidate = { message, digest, status: 'waiting' } as const
  return checkNext({ ...state, candidates: [...state.candidates, candidate] })
}

/** A justified proposal proves that its round has begun, and above 0 that a quorum has reached it. */
function reachRound<B>(state: HeightState<B>, round: number): Transition<B> {
  if (round > state.round) return enterRound(state, round, true)
  return andThen(begin(state), synchronise)
}

/** Has the first waiting candidate checked, unless one is being checked or was accepted. */
export function checkNext<B>(state: HeightState<B>): Transition<B> {
  const isBusy = state.candidates.some((candidate) => candidate.status === 'checking')
  const next = state.candidates.find((candidate) => candidate.status === 'waiting')
  if (isBusy || acceptedProposal(state) !== undefined || next === undefined) return move(state)
  const candidates = state.candidates.map((candidate) =>
    candidate === next ? ({ ...candidate, status: 'checking' } as const) : candidate,
  )
  const { block } = next.message.proposal.payload
  return move({ ...state, candidates }, { type: 'check-block', block })
}
