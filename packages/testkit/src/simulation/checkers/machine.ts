// What can be seen of a machine from outside at each step: its lock, its rounds, its memory.
import type { Block } from '@busan/chain-spec'
import { FUTURE_ROUNDS_MAX, faulty, type HeightState, type Input, quorum } from '@busan/qbft'
import type { Committees } from './committees.ts'
import type { Ears } from './ears.ts'
import type { Fail } from './fail.ts'
import { proposalFault } from './justification.ts'
import type { Voice } from './voice.ts'

/** One step of one machine. */
export interface ObservedStep {
  readonly before: HeightState<Block>
  readonly input: Input<Block>
  readonly after: HeightState<Block>
}

interface Deps {
  readonly ears: Ears
  readonly voice: Voice
  readonly committees: Committees
  readonly fail: Fail
}

/**
 * I4, I7, that rounds are entered on good grounds and when f + 1 are ahead, and the bounds of memory. The ears have
 * heard the input already.
 */
export function checkStep(deps: Deps, { before, input, after }: ObservedStep): void {
  const { fail, voice, committees } = deps
  const facts = committees.at(after.height)
  if (`${facts?.validators}` !== `${after.validators}`) {
    fail('S8', `decides height ${after.height} with ${after.validators}`)
  }
  if (after.round < before.round) fail('I7', `from round ${before.round} to ${after.round}`)
  const committed = voice.committed(after.height, after.round)
  if (committed !== undefined) {
    const { prepared } = after
    if (prepared?.round !== after.round || prepared.digest !== committed) {
      fail('I4', `committed in round ${after.round}, locked in ${prepared?.round}`)
    }
  }
  const ahead = [...after.roundChanges.values()].filter(
    ({ roundChange }) => roundChange.payload.round > after.round,
  )
  if (ahead.length > faulty(after.validators.length)) {
    fail('L1', `stays in round ${after.round} while ${ahead.length} ask for later ones`)
  }
  if (after.round > before.round) checkEntry(deps, { before, input, after })
  if (after !== before) checkMemory(after, fail)
}

/** A round is entered on our own timeout, because f + 1 ask for it, or because a justified proposal proves it. */
function checkEntry(
  { ears, committees, fail }: Deps,
  { before, input, after }: ObservedStep,
): void {
  const { height, round } = after
  const facts = committees.at(height)
  if (facts === undefined) return
  if (
    input.type === 'round-timeout' &&
    input.round === before.round &&
    round === before.round + 1
  ) {
    return
  }
  if (ears.askedFor(height, round) > faulty(facts.validators.length)) return
  if (input.type === 'message' && input.message.type === 'proposal') {
    const fault = proposalFault(input.message, facts)
    if (fault === undefined && input.message.proposal.payload.round === round) return
  }
  fail('round entry', `from ${before.round} to ${round} on nothing but a ${input.type}`)
}

/** A leader's proposal and one that contradicts it. */
const CANDIDATES_MAX = 2

function checkMemory(state: HeightState<Block>, fail: Fail): void {
  const count = state.validators.length
  for (const votes of [state.prepares, state.commits]) {
    if (votes.size > FUTURE_ROUNDS_MAX + 1) fail('memory', `votes of ${votes.size} rounds`)
    for (const byAuthor of votes.values()) {
      if (byAuthor.size > count) fail('memory', `${byAuthor.size} votes of ${count}`)
    }
  }
  if (state.roundChanges.size > count) fail('memory', `${state.roundChanges.size} round changes`)
  if (state.candidates.length > CANDIDATES_MAX)
    fail('memory', `${state.candidates.length} proposals`)
  if (state.reported.size > 2 * count) fail('memory', `${state.reported.size} reports`)
  if (state.prepared !== undefined && state.prepared.prepares.length < quorum(count)) {
    fail('I6', `locked on ${state.prepared.prepares.length} prepares`)
  }
}
