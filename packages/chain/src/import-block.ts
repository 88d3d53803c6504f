import type { Block, Header } from '@busan/chain-spec'
import { accept, type Hash, type Verdict } from '@busan/primitives'
import type { ChainContext, ExecutedBlock } from './chain-context.ts'
import { executeBlock } from './execute-block.ts'
import { persistBlock } from './persist-block.ts'
import type { ImportReason, ImportVerdict, Tip } from './types.ts'
import { type HeaderContext, validateClock } from './validate/header.ts'
import { locateBlock } from './validate/position.ts'
import { validateVote } from './validate/vote.ts'
import { listedValidators } from './validator-set.ts'

/** An import whose block has been judged; the answer comes when it is on disk. */
export interface Importing {
  readonly verdict: Promise<ImportVerdict>
}

/**
 * The only way in, for our own, gossiped and synced blocks alike. One call at a time, but the block before may still
 * be on its way to the disk.
 * @throws CodedError `persist-failed` when the disk refuses this block or the one before, and whatever else breaks the
 * machine; so does the verdict
 */
export async function importBlock(context: ChainContext, block: Block): Promise<Importing> {
  const { consensus, writer } = context
  const parent = context.head.tip()
  const parentWritten = writer.written()
  const judged = await judgeSealed(context, parent, block)
  if ('ok' in judged) return { verdict: Promise.resolve(judged) }

  // What it was judged on is the head now, or is lost.
  await parentWritten
  const { hash, executed } = judged
  const { header } = executed.block
  const { transactions } = executed.result
  const validatorState = consensus.nextValidators(parent.validatorState, header)
  const tip = { hash, header, transactions, validatorState }
  return { verdict: writer.write(() => writeTip(context, tip, executed)) }
}

/** A child of the tip that holds. */
interface Judged {
  readonly hash: Hash
  readonly executed: ExecutedBlock
}

async function judgeSealed(
  context: ChainContext,
  tip: Tip,
  block: Block,
): Promise<ImportVerdict | Judged> {
  const { consensus } = context
  const position = locateBlock({ ...context, tip }, block)
  if (!position.ok && position.reason !== 'conflicting-block') return position
  if (!position.ok || position.value.kind === 'known') {
    // The block at its height may be the one that is being written.
    await context.writer.written()
    return position.ok ? accept('known') : reportFork(context, block, position)
  }

  const { hash, parent } = position.value
  const { validators } = tip.validatorState
  const header = await judgeHeader(context, { parent, validators }, block.header)
  if (!header.ok) return header

  const seals = consensus.validateSeals(block.header, validators)
  if (!seals.ok) return seals

  // Behind the seals: what is kept to be tried again has a quorum behind it.
  const clock = validateClock(block.header, context.clock.nowMs())
  if (!clock.ok) return clock

  const executed = await executeBlock(context, { hash, parent, block })
  return executed.ok ? { hash, executed: executed.value } : executed
}

/** The next block may be judged and built as soon as this begins; all the world hears of it when it has ended. */
async function writeTip(
  context: ChainContext,
  tip: Tip,
  executed: ExecutedBlock,
): Promise<ImportVerdict> {
  const { head, executor } = context
  const endAnticipation = executor.anticipate(executed.result.stateWrites)
  context.executed.clear()
  head.advance(tip)
  try {
    const block = await persistBlock(context, tip, executed)
    head.announce({ block, validatorState: tip.validatorState }, executed.result.receipts)
  } catch (error) {
    head.fallBack()
    // It will be tried again.
    context.executed.set(tip.hash, executed)
    throw error
  } finally {
    endAnticipation()
  }
  context.pruner.consider()
  return accept('imported')
}

/** Everything that import checks except the seals, of a block that is still to be agreed on. */
export async function checkProposal(
  context: ChainContext,
  block: Block,
): Promise<Verdict<'valid', ImportReason>> {
  const tip = context.head.tip()
  const position = locateBlock({ ...context, tip }, block)
  if (!position.ok) return position
  if (position.value.kind === 'known') return accept('valid')

  const { hash, parent } = position.value
  const { validators } = tip.validatorState
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
