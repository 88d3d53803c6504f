// The rules of proposals and certificates once more, from the specification and not from the machine: a checker
// that asked the machine would share its mistakes.
import type { Block } from '@busan/chain-spec'
import type { Hash } from '@busan/primitives'
import {
  blockRules,
  type PreparePayload,
  type ProposalMessage,
  proposer,
  quorum,
  type RoundChangePayload,
  type Signed,
} from '@busan/qbft'
import type { HeightFacts } from '../adversary/knowledge.ts'

/** What is wrong with a proposal; undefined when nothing is. */
export function proposalFault(
  { proposal, roundChanges, prepares }: ProposalMessage<Block>,
  { height, validators, parentCoinbase }: HeightFacts,
): string | undefined {
  const { round, block } = proposal.payload
  if (proposal.author !== proposer(validators, parentCoinbase, round))
    return 'author is not the proposer'
  if (blockRules.height(block) !== height) return `block ${blockRules.height(block)}`
  if (blockRules.round(block) !== round) return `header of round ${blockRules.round(block)}`
  if (round === 0) {
    if (roundChanges.length + prepares.length > 0) return 'round 0 with a justification'
    return block.header.coinbase === proposal.author ? undefined : 'coinbase is not the author'
  }
  const outsiders = distinctMembers(roundChanges, validators)
  if (outsiders !== roundChanges.length) return 'round changes of strangers, or double'
  if (outsiders < quorum(validators.length)) return `only ${outsiders} round changes`
  const isForRound = (one: Signed<RoundChangePayload>) =>
    one.payload.height === height && one.payload.round === round
  if (!roundChanges.every(isForRound)) return 'round changes for another round'
  const locked = highestLock(roundChanges)
  if (locked === undefined) {
    if (prepares.length > 0) return 'prepares without a lock'
    return block.header.coinbase === proposal.author ? undefined : 'coinbase is not the author'
  }
  if (locked.round >= round) return `a lock of round ${locked.round}`
  if (blockRules.digest(blockRules.withRound(block, locked.round)) !== locked.digest) {
    return `not the block that was locked in round ${locked.round}`
  }
  return certificateFault(prepares, { height, ...locked, validators })
}

/** What is wrong with the prepares of a certificate; undefined when nothing is. */
export function certificateFault(
  prepares: readonly Signed<PreparePayload>[],
  claim: {
    readonly height: bigint
    readonly round: number
    readonly digest: Hash
    readonly validators: HeightFacts['validators']
  },
): string | undefined {
  const members = distinctMembers(prepares, claim.validators)
  if (members < quorum(claim.validators.length)) return `only ${members} prepares`
  const isMatching = ({ payload }: Signed<PreparePayload>) =>
    payload.height === claim.height &&
    payload.round === claim.round &&
    payload.digest === claim.digest
  return prepares.every(isMatching) ? undefined : 'prepares for something else'
}

/** The lock of the highest round that a set of round changes names. */
export function highestLock(
  roundChanges: readonly Signed<RoundChangePayload>[],
): { readonly round: number; readonly digest: Hash } | undefined {
  return roundChanges
    .flatMap(({ payload }) => payload.prepared ?? [])
    .reduce<{ round: number; digest: Hash } | undefined>(
      (high, lock) => (high === undefined || lock.round > high.round ? lock : high),
      undefined,
    )
}

function distinctMembers(
  signed: readonly Signed<unknown>[],
  validators: HeightFacts['validators'],
): number {
  return new Set(signed.map(({ author }) => author).filter((one) => validators.includes(one))).size
}
