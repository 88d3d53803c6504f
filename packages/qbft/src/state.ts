import { type Address, CodedError, type Hash } from '@busan/primitives'
import { proposer } from './proposer.ts'
import { faulty, quorum } from './quorum.ts'
import { memoryOf, type Restored, type SentInRound } from './restore.ts'
import type {
  CommitPayload,
  PreparedCertificate,
  PreparePayload,
  ProposalMessage,
  RoundChangeMessage,
  RoundChangePayload,
  Signed,
  Validator,
} from './types.ts'

/** Prepares or commits by round, then by author; the first of each author stands. */
export type VotesByRound<P> = ReadonlyMap<number, ReadonlyMap<Validator, Signed<P>>>

/** A proposal of the current round. At most two are held: the leader's first, and one that contradicts it. */
export interface Candidate<B> {
  readonly message: ProposalMessage<B>
  readonly digest: Hash
  /** `waiting`: another one is being checked. `refused`: the driver has found the block invalid. */
  readonly status: 'waiting' | 'checking' | 'accepted' | 'refused'
}

/** All that one validator knows and has done at one height. A value: every step makes another one. */
export interface HeightState<B> {
  readonly self: Validator
  /** Ascending. */
  readonly validators: readonly Validator[]
  readonly height: bigint
  readonly parentCoinbase: Address
  readonly quorum: number
  readonly faulty: number
  readonly round: number
  /** The block time has come, or another validator's message said so: the round timer runs. */
  readonly isStarted: boolean
  /** A quorum is known to have reached this round, so that its timer may end it. Round 0 needs no proof. */
  readonly isSynchronised: boolean
  readonly candidates: readonly Candidate<B>[]
  /** `build-block` was asked for; the block will be proposed with these round changes. */
  readonly build: { readonly roundChanges: readonly Signed<RoundChangePayload>[] } | undefined
  /** Of the current round and a few ahead. */
  readonly prepares: VotesByRound<PreparePayload>
  readonly commits: VotesByRound<CommitPayload>
  /** The one with the highest target of each author, from the current round upwards. */
  readonly roundChanges: ReadonlyMap<Validator, RoundChangeMessage<B>>
  /** The latest certificate. Set at the moment of becoming prepared, kept through every round, never cleared. */
  readonly prepared: PreparedCertificate<B> | undefined
  /** What we have asked to be sent in the current round. */
  readonly sent: SentInRound
  readonly decided: { readonly block: B; readonly round: number; readonly digest: Hash } | undefined
  /** Who has been reported for what. */
  readonly reported: ReadonlySet<string>
}

/** What a height starts from. */
export interface HeightOptions<B> {
  /** One of `validators`. */
  readonly self: Validator
  /** That the parent block leads to, ascending. */
  readonly validators: readonly Validator[]
  readonly height: bigint
  /** Coinbase of block `height - 1`. */
  readonly parentCoinbase: Address
  /** What the journal holds of this height. */
  readonly restored?: Restored<B>
}

/**
 * The state before anything has happened at a height, or, with `restored`, a state that contradicts nothing
 * that was sent before the restart. A driver that restores feeds `restored.messages` back as `message` inputs,
 * in order, and then `block-timeout` when it is due: that starts the timer of whatever round it is.
 * @throws CodedError `invalid-validators`: `self` is not in the list, or the list is not ascending
 * @throws CodedError `invalid-restored-state`: the journal contradicts itself, see {@link Restored}
 */
export function initHeight<B>(options: HeightOptions<B>): HeightState<B> {
  const { self, validators, height, parentCoinbase, restored } = options
  if (!validators.includes(self)) {
    throw new CodedError('invalid-validators', `${self} is not a validator at height ${height}`)
  }
  if (validators.some((validator, i) => i > 0 && validator <= (validators[i - 1] as Validator))) {
    throw new CodedError('invalid-validators', `not ascending: ${validators}`)
  }
  const memory = memoryOf(self, height, restored)
  return {
    self,
    validators,
    height,
    parentCoinbase,
    quorum: quorum(validators.length),
    faulty: faulty(validators.length),
    round: memory.round,
    isStarted: false,
    isSynchronised: memory.round === 0,
    candidates: [],
    build: undefined,
    prepares: new Map(),
    commits: new Map(),
    roundChanges: new Map(),
    prepared: memory.prepared,
    sent: memory.sent,
    decided: undefined,
    reported: new Set(),
  }
}

/** The leader of a round of this height; by default of the current one. */
export function leader<B>(state: HeightState<B>, round: number = state.round): Validator {
  return proposer(state.validators, state.parentCoinbase, round)
}

/** The proposal of the current round that was found valid. */
export function acceptedProposal<B>(state: HeightState<B>): Candidate<B> | undefined {
  return state.candidates.find((candidate) => candidate.status === 'accepted')
}

/** Votes of a round for a digest, ascending by author. */
export function votesFor<P extends { readonly digest: Hash }>(
  votes: VotesByRound<P>,
  round: number,
  digest: Hash,
): readonly Signed<P>[] {
  const matching = [...(votes.get(round)?.values() ?? [])].filter(
    (vote) => vote.payload.digest === digest,
  )
  return matching.sort((a, b) => (a.author < b.author ? -1 : 1))
}

/**
 * The digest that we have voted for in the current round: as asked to be sent, or as it came back, which
 * also covers a vote that a lost journal does not know.
 */
export function ownVote<B>(state: HeightState<B>, type: 'prepare' | 'commit'): Hash | undefined {
  const votes = type === 'prepare' ? state.prepares : state.commits
  return state.sent[type] ?? votes.get(state.round)?.get(state.self)?.payload.digest
}

/** The round changes whose target is the current round. */
export function roundChangesForRound<B>(state: HeightState<B>): readonly RoundChangeMessage<B>[] {
  return [...state.roundChanges.values()].filter(
    ({ roundChange }) => roundChange.payload.round === state.round,
  )
}
