import type { Block, Header } from '@busan/chain-spec'
import { accept, type Verdict } from '@busan/primitives'
import type { ChainContext } from './chain-context.ts'
import { executeBlock } from './execute-block.ts'
import { persistBlock } from './persist-block.ts'
import type { ImportReason, ImportVerdict } from './types.ts'
import { type HeaderContext, validateClock } from './validate/header.ts'
import { locateBlock } from './validate/position.ts'
import { validateVote } from './validate/vote.ts'
import { listedValidators } from './validator-set.ts'

/**
 * The only way in, for our own, gossiped and synced blocks alike. One call at a time.
 * @throws CodedError `persist-failed` when the disk refuses, and whatever else breaks the machine
 */
export async function importBlock(context: ChainContext, block: Block): Promise<ImportVerdict> {
  const { consensus } = context
  const head = context.head.current()
  const position = locateBlock({ ...context, head }, block)
  if (!position.ok) {
    return position.reason === 'conflicting-block' ? reportFork(context, block, position) : position
  }
  if (position.value.kind === 'known') return accept('known')

  const { hash, parent } = position.value
  const { validators } = head.validatorState
  const header = await judgeHeader(context, { parent, validators }, block.header)
  if (!header.ok) return header

  const seals = consensus.validateSeals(block.header, validators)
  if (!seals.ok) return seals

  // Behind the seals: what is kept to be tried again has a quorum behind it.
  const clock = validateClock(block.header, context.clock.nowMs())
  if (!clock.ok) return clock

  const executed = await executeBlock(context, { hash, parent, block })
  if (!executed.ok) return executed

  const state = await persistBlock(context, hash, executed.value)
  context.executed.clear()
  context.head.announce(state, executed.value.result.receipts)
  context.pruner.consider()
  return accept('imported')
}

/** Everything that import checks except the seals, of a block that is still to be agreed on. */
export async function checkProposal(
  context: ChainContext,
  block: Block,
): Promise<Verdict<'valid', ImportReason>> {
  const head = context.head.current()
  const position = locateBlock({ ...context, head }, block)
  if (!position.ok) return position
  if (position.value.kind === 'known') return accept('valid')

  const { hash, parent } = position.value
  const { validators } = head.validatorState
  const header = await judgeHeader(context, { parent, validators }, block.header)
  if (!header.ok) return header
  const clock = validateClock(block.header, context.clock.nowMs())
  if (!clock.ok) return clock

  const executed = await executeBlock(context, { hash, parent, block })
  return executed.ok ? accept('valid') : executed
}

async function judgeHeader(
  { spec, executor, consensus }: ChainContext,
  made: Pick<HeaderContext, 'parent' | 'validators'>,
  header: Header,
): Promise<Verdict<'valid', 'invalid-header'>> {
  const judged = consensus.validateHeader({ spec, ...made }, header)
  return judged.ok ? validateVote({ spec, executor, ...made }, header) : judged
}

/**
 * Another block at a height we have. If a quorum sealed it too, more than a third of the validators broke the
 * protocol and people must act; without seals anyone can make such a block, and it means nothing.
 */
function reportFork(
  { reader, logger, consensus }: ChainContext,
  block: Block,
  conflict: { readonly ok: false; readonly reason: ImportReason; readonly message: string },
): ImportVerdict {
  const { number } = block.header
  const ours = reader.headerByNumber(number)
  if (number === 0n || ours === undefined) return conflict
  const seals = consensus.validateSeals(block.header, listedValidators(ours))
  if (!seals.ok) return seals
  if (seals.value === 'unsealed') return conflict
  logger.error('fork: a second block is sealed at a height we have', {
    height: number,
    detail: conflict.message,
  })
  return conflict
}
