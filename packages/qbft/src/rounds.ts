// Entering rounds and leading them.
import type { Effect } from './effect.ts'
import { NOTHING_SENT } from './restore.ts'
import { type HeightState, leader, roundChangesForRound, type VotesByRound } from './state.ts'
import { move, type Transition } from './transition.ts'
import type { BlockRules, RoundChangeMessage } from './types.ts'

/**
 * Leaves the current round for a later one, in the one way there is: the certificate stays, and our round
 * change goes out, so that everyone can tell which round we have reached.
 * @param isSynchronised a quorum is known to have reached `round`
 */
export function enterRound<B>(
  state: HeightState<B>,
  round: number,
  isSynchronised = false,
): Transition<B> {
  const entered: HeightState<B> = {
    ...state,
    round,
    isStarted: true,
    isSynchronised,
    candidates: [],
    build: undefined,
    prepares: fromRound(state.prepares, round),
    commits: fromRound(state.commits, round),
    roundChanges: new Map(
      [...state.roundChanges].filter(([, one]) => one.roundChange.payload.round >= round),
    ),
    sent: { ...NOTHING_SENT, roundChange: true },
  }
  return move(entered, { type: 'start-round-timer', round }, ownRoundChange(entered))
}

/** Starts the timer of the round we are in, when that has not happened yet. */
export function begin<B>(state: HeightState<B>): Transition<B> {
  if (state.isStarted) return move(state)
  const timer: Effect<B> = { type: 'start-round-timer', round: state.round }
  const started = { ...state, isStarted: true }
  // A restart can fall between entering a round and sending its round change.
  if (state.round === 0 || state.sent.roundChange) return move(started, timer)
  const sent = { ...state.sent, roundChange: true }
  return move({ ...started, sent }, timer, ownRoundChange(started))
}

/** Gives the round its full time from the moment at which a quorum is known to have reached it. */
export function synchronise<B>(state: HeightState<B>): Transition<B> {
  if (state.isSynchronised) return move(state)
  const synchronised = { ...state, isSynchronised: true, isStarted: true }
  return move(synchronised, { type: 'start-round-timer', round: state.round })
}

/** Validators that have reached the current round as far as we know, ourselves included. */
export function validatorsInRound<B>(state: HeightState<B>): ReadonlySet<string> {
  const reached = new Set<string>([state.self])
  for (const [author, { roundChange }] of state.roundChanges) {
    if (roundChange.payload.round >= state.round) reached.add(author)
  }
  return reached
}

/**
 * Leads a round above 0 once a quorum has asked for it: proposes the block of the highest prepared round
 * again, or has a block built when nobody is prepared. (spec: UponRoundChange, the leader's part)
 */
export function leadRound<B>(state: HeightState<B>, rules: BlockRules<B>): Transition<B> {
  const isDone = state.sent.proposal || state.build !== undefined
  if (state.round === 0 || isDone || leader(state) !== state.self) return move(state)
  const messages = roundChangesForRound(state)
  if (messages.length < state.quorum) return move(state)
  const roundChanges = messages.map((message) => message.roundChange)
  const locked = mostRecentlyPrepared(messages)
  if (locked === undefined) {
    const build = { roundChanges }
    return move({ ...state, build }, { type: 'build-block', round: state.round })
  }
  const { height, round } = state
  const block = rules.withRound(locked.block, round)
  const payload = { type: 'proposal', height, round, block } as const
  return move(
    { ...state, sent: { ...state.sent, proposal: true } },
    {
      type: 'broadcast',
      message: { type: 'proposal', payload, roundChanges, prepares: locked.prepares },
    },
  )
}

function mostRecentlyPrepared<B>(
  messages: readonly RoundChangeMessage<B>[],
): (RoundChangeMessage<B> & { readonly block: B }) | undefined {
  let best: (RoundChangeMessage<B> & { readonly block: B }) | undefined
  let bestRound = -1
  for (const message of messages) {
    const { prepared } = message.roundChange.payload
    if (prepared === undefined || message.block === undefined) continue
    if (prepared.round <= bestRound) continue
    best = { ...message, block: message.block }
    bestRound = prepared.round
  }
  return best
}

function ownRoundChange<B>({ height, round, prepared }: HeightState<B>): Effect<B> {
  const payload = { type: 'round-change', height, round } as const
  if (prepared === undefined) {
    return { type: 'broadcast', message: { type: 'round-change', payload, prepares: [] } }
  }
  const { block, prepares } = prepared
  const lock = { round: prepared.round, digest: prepared.digest }
  return {
    type: 'broadcast',
    message: { type: 'round-change', payload: { ...payload, prepared: lock }, block, prepares },
  }
}

function fromRound<P>(votes: VotesByRound<P>, round: number): VotesByRound<P> {
  return new Map([...votes].filter(([of]) => of >= round))
}
