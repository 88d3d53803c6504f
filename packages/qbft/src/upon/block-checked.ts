import type { Hash } from '@busan/primitives'
import { type Candidate, type HeightState, ownVote } from '../state.ts'
import { accuse, andThen, move, stay, type Transition } from '../transition.ts'
import { countVotes } from '../voting.ts'
import { checkNext } from './proposal.ts'

/** The driver's judgement of a proposed block: a valid one is accepted and prepared, an invalid one reported. */
export function uponBlockChecked<B>(
  state: HeightState<B>,
  { digest, valid }: { readonly digest: Hash; readonly valid: boolean },
): Transition<B> {
  const judged = state.candidates.find(
    (candidate) => candidate.status === 'checking' && candidate.digest === digest,
  )
  if (judged === undefined) return stay(state, 'not-awaited')
  const candidates = state.candidates.map(
    (candidate): Candidate<B> =>
      candidate === judged ? { ...candidate, status: valid ? 'accepted' : 'refused' } : candidate,
  )
  const next = { ...state, candidates }
  if (valid) return andThen(prepare(next, digest), countVotes)
  const { author } = judged.message.proposal
  return andThen(accuse(next, author, 'invalid-block'), checkNext)
}

function prepare<B>(state: HeightState<B>, digest: Hash): Transition<B> {
  const { height, round } = state
  if (ownVote(state, 'prepare') !== undefined) return move(state)
  return move(
    { ...state, sent: { ...state.sent, prepare: digest } },
    {
      type: 'broadcast',
      message: { type: 'prepare', payload: { type: 'prepare', height, round, digest } },
    },
  )
}
