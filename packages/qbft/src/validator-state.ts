// Block-header mode: headers carry votes, the set follows from them (Besu's VoteTally, reference in the README).
import type { Header } from '@busan/chain-spec'
import { type Address, CodedError } from '@busan/primitives'
import { checkedExtraData } from './hashing.ts'
import type { Validator, ValidatorState, Vote } from './types.ts'

type Tally = ReadonlyMap<Address, readonly Validator[]>

/**
 * The state after a block that fixes the set: genesis, an epoch block, or a transition.
 * @param validators in any order
 * @throws CodedError `invalid-validators` for an empty list or a double entry
 */
export function initialValidatorState(validators: readonly Validator[]): ValidatorState {
  if (validators.length === 0) {
    throw new CodedError('invalid-validators', 'a chain needs at least 1 validator, got 0')
  }
  if (new Set(validators).size !== validators.length) {
    throw new CodedError('invalid-validators', `a validator is listed twice: ${validators}`)
  }
  return { validators: [...validators].sort(), addVotes: new Map(), dropVotes: new Map() }
}

/**
 * The state after `header`: who may make its child. An epoch block forgets all votes, its own included.
 * @param header checked, of the block after the one that led to `state`
 * @param epochLength blocks between vote resets, at least 1
 */
export function nextValidatorState(
  state: ValidatorState,
  header: Header,
  epochLength: number,
): ValidatorState {
  const { validators, vote } = checkedExtraData(header)
  if (header.number % BigInt(epochLength) === 0n) return initialValidatorState(validators)
  return vote === undefined ? state : applyVote(state, vote, header.coinbase)
}

/**
 * The vote that a proposer puts into its block: one of its standing proposals that still changes something.
 * Taking turns by height gives each of several proposals its chance. Dropping the last validator is never
 * voted for, since it would end the chain.
 * @param proposals subject -> true to add it, false to drop it
 * @param turn any counter, such as the block's height
 */
export function usefulVote(
  state: ValidatorState,
  proposals: ReadonlyMap<Address, boolean>,
  self: Validator,
  turn: bigint,
): Vote | undefined {
  const useful = [...proposals]
    .map(([recipient, add]): Vote => ({ recipient, add }))
    .filter((vote) => isUseful(state, vote, self))
    .sort((a, b) => (a.recipient < b.recipient ? -1 : 1))
  return useful.length === 0 ? undefined : useful[Number(turn % BigInt(useful.length))]
}

function isUseful(state: ValidatorState, { recipient, add }: Vote, self: Validator): boolean {
  const [same, opposite] = add
    ? [state.addVotes, state.dropVotes]
    : [state.dropVotes, state.addVotes]
  if (hasVoted(opposite, recipient, self)) return true
  if (hasVoted(same, recipient, self)) return false
  const isMember = state.validators.includes(recipient)
  return add ? !isMember : isMember && state.validators.length > 1
}

function hasVoted(tally: Tally, subject: Address, voter: Validator): boolean {
  return tally.get(subject)?.includes(voter) ?? false
}

function applyVote(state: ValidatorState, vote: Vote, voter: Validator): ValidatorState {
  const { recipient, add } = vote
  const [same, opposite] = add
    ? [state.addVotes, state.dropVotes]
    : [state.dropVotes, state.addVotes]
  const cast = withVote(same, recipient, voter)
  const withdrawn = withoutVote(opposite, recipient, voter)
  const majority = Math.floor(state.validators.length / 2) + 1
  if ((cast.get(recipient)?.length ?? 0) < majority) {
    return {
      validators: state.validators,
      addVotes: add ? cast : withdrawn,
      dropVotes: add ? withdrawn : cast,
    }
  }
  return applyMajority(state, vote)
}

/** The set changes: votes about the subject are spent, and whoever is dropped loses the votes it cast. */
function applyMajority(state: ValidatorState, { recipient, add }: Vote): ValidatorState {
  const others = state.validators.filter((validator) => validator !== recipient)
  const settle = (tally: Tally) => settled(tally, recipient, add ? undefined : recipient)
  return {
    validators: add ? [...others, recipient].sort() : others,
    addVotes: settle(state.addVotes),
    dropVotes: settle(state.dropVotes),
  }
}

function withVote(tally: Tally, subject: Address, voter: Validator): Tally {
  const voters = tally.get(subject) ?? []
  return voters.includes(voter) ? tally : new Map(tally).set(subject, [...voters, voter])
}

function withoutVote(tally: Tally, subject: Address, voter: Validator): Tally {
  if (!hasVoted(tally, subject, voter)) return tally
  const rest = (tally.get(subject) ?? []).filter((other) => other !== voter)
  return replaced(tally, subject, rest)
}

function settled(tally: Tally, subject: Address, removed: Validator | undefined): Tally {
  let next = replaced(tally, subject, [])
  if (removed !== undefined) {
    for (const other of tally.keys()) next = withoutVote(next, other, removed)
  }
  return next
}

function replaced(tally: Tally, subject: Address, voters: readonly Validator[]): Tally {
  const next = new Map(tally)
  if (voters.length === 0) next.delete(subject)
  else next.set(subject, voters)
  return next
}
