import type { Block } from '@busan/chain-spec'
import type { Hash } from '@busan/primitives'
import { blockRules, usefulVote } from '@busan/qbft'
import { type Driver, type Height, inBackground } from './driver.ts'
import type { BuildableBlock, RefusedTransactions } from './ports.ts'
import { roundDurationMs } from './round-duration.ts'

/** A block of ours, not signed yet. */
export interface Proposal {
  readonly block: Block
  readonly refused?: RefusedTransactions
}

/** Has our block built; its answer comes back as `block-built`. */
export function buildBlock(height: Height, round: number): void {
  inBackground(height.driver, 'building a block', requestBlock(height, round))
}

async function requestBlock(height: Height, round: number): Promise<void> {
  const { driver, parent, ahead } = height
  const early = round === 0 ? await ahead?.proposal : undefined
  const validatorState = driver.ports.chain.validatorState()
  const proposal =
    early ?? (await makeProposal(driver, { ...parent, transactions: [], validatorState }, round))
  if (proposal === undefined) return
  const { block, refused = [] } = proposal
  height.give({ type: 'block-built', round, block })
  if (refused.length > 0) driver.ports.onRefused?.(refused)
}

/** Has the child of `parent` built. @returns undefined: the chain has gone on to another block meanwhile */
export async function makeProposal(
  driver: Driver,
  parent: BuildableBlock,
  round: number,
): Promise<Proposal | undefined> {
  const { chain, clock } = driver.ports
  const nowMs = clock.nowMs()
  const self = driver.signer.address
  const votes = (await chain.decidedVotes?.()) ?? driver.votes.pending
  const vote = usefulVote(parent.validatorState, votes, self, parent.header.number + 1n)
  const proposal = await chain.buildProposal({
    round,
    coinbase: self,
    nowMs,
    vanity: driver.vanity,
    candidates: candidatesAfter(driver, parent),
    budgetMs: driver.budget.ms(chain.spec.qbftAfter(parent.header)),
    ...(vote === undefined ? {} : { vote }),
  })
  return proposal.block.header.parentHash === parent.hash ? proposal : undefined
}

/** What the child of `parent` can hold; the pool may not know yet which transactions that has taken. */
export function candidatesAfter(
  { ports: { chain, pool, clock } }: Driver,
  { header, transactions }: Pick<BuildableBlock, 'header' | 'transactions'>,
): ReturnType<typeof pool.executable> {
  const timestamp = BigInt(Math.round(clock.nowMs() / 1000))
  const candidates = pool.executable(chain.spec.nextBaseFee(header, timestamp) ?? 0n)
  if (transactions.length === 0) return candidates
  const taken = new Set<Hash>(transactions.map(({ hash }) => hash))
  return {
    skipSender: (sender) => candidates.skipSender(sender),
    *[Symbol.iterator]() {
      for (const candidate of candidates) if (!taken.has(candidate.hash)) yield candidate
    },
  }
}

/**
 * Has a proposed block judged; the answer comes back as `block-checked`. A block slightly ahead of our clock is
 * not refused but looked at again when its time has come: clocks differ, and a refusal is for good.
 */
export function checkBlock(height: Height, block: Block): void {
  const { clock, logger } = height.driver.ports
  // The rule: at most one second ahead of the clock's whole seconds.
  const aheadMs = (Number(block.header.timestamp) - 1) * 1000 - clock.nowMs()
  if (aheadMs <= 0) {
    inBackground(height.driver, 'checking a proposal', judgeBlock(height, block))
    return
  }
  const round = blockRules.round(block)
  logger.warn("a proposal is ahead of our clock: its proposer's clock or ours is off", {
    height: height.number,
    round,
    coinbase: block.header.coinbase,
    aheadMs: aheadMs + 1000,
  })
  if (aheadMs > roundDurationMs(height.qbft, round)) return
  height.recheckTimer?.cancel()
  height.recheckTimer = clock.schedule(aheadMs, () => checkBlock(height, block))
}

async function judgeBlock(height: Height, block: Block): Promise<void> {
  const { chain, logger } = height.driver.ports
  const digest = blockRules.digest(block)
  const verdict = await chain.checkProposal(block)
  if (!verdict.ok && !height.isOver) {
    const { coinbase } = block.header
    const { reason, message } = verdict
    const round = blockRules.round(block)
    logger.warn('refused a proposal', { height: height.number, round, coinbase, reason, message })
  }
  height.give({ type: 'block-checked', digest, valid: verdict.ok })
}
