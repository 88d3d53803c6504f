import type { ChainSpec, Header } from '@busan/chain-spec'
import type { Executor } from '@busan/execution'
import { accept, refuse, type Verdict } from '@busan/primitives'
import { decodeExtraData, type Validator } from '@busan/qbft'
import { decidedValidators } from '../decided-validators.ts'

/** What a vote is judged against. */
export interface VoteContext {
  readonly spec: ChainSpec
  readonly executor: Executor
  readonly parent: Header
  /** Who may make the child of `parent`. */
  readonly validators: readonly Validator[]
}

/**
 * Where a registry decides who validates, a header's vote carries its decision and no other: it adds whom the registry
 * of the parent's state has and the set has not, or drops the reverse.
 */
export async function validateVote(
  context: VoteContext,
  { extraData }: Header,
): Promise<Verdict<'valid', 'invalid-header'>> {
  const { validators, spec } = context
  if (spec.systemContracts.validatorRegistry === undefined) return accept('valid')
  const decoded = decodeExtraData(extraData)
  const vote = decoded.ok ? decoded.value.vote : undefined
  if (vote === undefined) return accept('valid')
  const decided = (await decidedValidators(context, context.parent)) ?? []
  const { recipient, add } = vote
  const isDecided = decided.length > 0 && decided.includes(recipient) === add
  if (isDecided && validators.includes(recipient) !== add) return accept('valid')
  const what = `${add ? 'add' : 'drop'} ${recipient}`
  return refuse(
    'invalid-header',
    `extraData: a vote to ${what}, which the validator registry has not decided`,
  )
}
