// When a proposal or a round change proves what it claims (formal spec: isProposalJustification and below).
import type { Hash } from '@busan/primitives'
import type { HeightState } from './state.ts'
import type {
  BlockRules,
  PreparePayload,
  ProposalMessage,
  RoundChangeMessage,
  RoundChangePayload,
  Signed,
} from './types.ts'

type Prepared = NonNullable<RoundChangePayload['prepared']>

/** What the judgements need of a state. */
export type Context<B> = Pick<HeightState<B>, 'height' | 'validators' | 'quorum'>

/**
 * True when the rules let this block be proposed in this round. Round 0: the author's own block. Later: a
 * quorum of round changes, and then the block of the highest prepared round among them with only its round
 * replaced, or the author's own block when none of them is prepared. Does not ask whether the block is valid.
 */
export function isProposalJustified<B>(
  context: Context<B>,
  { proposal, roundChanges, prepares }: ProposalMessage<B>,
  rules: BlockRules<B>,
): boolean {
  const { block, round } = proposal.payload
  if (rules.height(block) !== context.height || rules.round(block) !== round) return false
  const isOwnBlock = rules.coinbase(block) === proposal.author && prepares.length === 0
  if (round === 0) return isOwnBlock && roundChanges.length === 0
  if (!isRoundChangeQuorum(context, roundChanges, round)) return false
  const prepared = highestPrepared(roundChanges)
  if (prepared === undefined) return isOwnBlock
  const asPrepared = rules.digest(rules.withRound(block, prepared.round))
  return asPrepared === prepared.digest && isPreparedQuorum(context, prepares, prepared)
}

/** True when a round change proves that its author was prepared as it says, or says that it was not. */
export function isRoundChangeProven<B>(
  context: Context<B>,
  { roundChange, block, prepares }: RoundChangeMessage<B>,
  rules: BlockRules<B>,
): boolean {
  const { prepared } = roundChange.payload
  if (!isRoundChangeSane(context, roundChange)) return false
  if (prepared === undefined || block === undefined)
    return prepared === undefined && block === undefined
  return (
    rules.height(block) === context.height &&
    rules.round(block) === prepared.round &&
    rules.digest(block) === prepared.digest &&
    isPreparedQuorum(context, prepares, prepared)
  )
}

/** The lock of the highest round among round changes. */
export function highestPrepared(
  roundChanges: readonly Signed<RoundChangePayload>[],
): Prepared | undefined {
  let highest: Prepared | undefined
  for (const { payload } of roundChanges) {
    if (payload.prepared !== undefined && payload.prepared.round > (highest?.round ?? -1)) {
      highest = payload.prepared
    }
  }
  return highest
}

function isRoundChangeQuorum<B>(
  context: Context<B>,
  roundChanges: readonly Signed<RoundChangePayload>[],
  round: number,
): boolean {
  return (
    isQuorumOfValidators(context, roundChanges) &&
    roundChanges.every((one) => isRoundChangeSane(context, one) && one.payload.round === round) &&
    !hasConflictingLocks(roundChanges)
  )
}

function isRoundChangeSane<B>(
  context: Context<B>,
  { payload }: Signed<RoundChangePayload>,
): boolean {
  const { height, round, prepared } = payload
  return height === context.height && round >= 1 && (prepared?.round ?? 0) < round
}

/** Two locks of one round on different blocks: one of their authors lies. */
function hasConflictingLocks(roundChanges: readonly Signed<RoundChangePayload>[]): boolean {
  const digests = new Map<number, Hash>()
  for (const { prepared } of roundChanges.map((one) => one.payload)) {
    if (prepared === undefined) continue
    if ((digests.get(prepared.round) ?? prepared.digest) !== prepared.digest) return true
    digests.set(prepared.round, prepared.digest)
  }
  return false
}

function isPreparedQuorum<B>(
  context: Context<B>,
  prepares: readonly Signed<PreparePayload>[],
  { round, digest }: Prepared,
): boolean {
  return (
    isQuorumOfValidators(context, prepares) &&
    prepares.every(
      ({ payload }) =>
        payload.height === context.height && payload.round === round && payload.digest === digest,
    )
  )
}

function isQuorumOfValidators<B>(context: Context<B>, signed: readonly Signed<unknown>[]): boolean {
  const authors = new Set(signed.map((one) => one.author))
  return (
    authors.size === signed.length &&
    authors.size >= context.quorum &&
    [...authors].every((author) => context.validators.includes(author))
  )
}
