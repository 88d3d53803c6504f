import type { Hash } from '@busan/primitives'
import { proposer } from '@busan/qbft'
import { whenBlockDue } from './block-due.ts'
import type { Driver } from './driver.ts'
import type { BuildableBlock } from './ports.ts'
import { makeProposal, type Proposal } from './proposal.ts'

/**
 * What is done for a height before it begins, while its parent is being written. All of it stays here until then: after
 * a power cut we could not stand by what we had signed on a block that is lost.
 */
export interface Ahead {
  readonly parentHash: Hash
  /** When the parent had passed, in milliseconds since the epoch. */
  readonly sinceMs: number
  /** Ours for round 0, where it is our turn and the block was due; it may come to nothing. */
  readonly proposal: Promise<Proposal | undefined> | undefined
  /** Begins nothing more. */
  cancel(): void
}

/** Has our next proposal built on `tip` as soon as it is due, if it is our turn. */
export function workAhead(driver: Driver, tip: BuildableBlock): Ahead {
  const { clock, logger } = driver.ports
  const sinceMs = clock.nowMs()
  let proposal: Ahead['proposal']
  const build = () => {
    proposal = makeProposal(driver, tip, 0).catch((error: unknown) => {
      logger.error('building a block ahead failed', { error })
      return undefined
    })
  }
  const { validators } = tip.validatorState
  const isOurTurn = proposer(validators, tip.header.coinbase, 0) === driver.signer.address
  const timer = isOurTurn ? whenBlockDue(driver, tip, sinceMs, build) : undefined
  return {
    parentHash: tip.hash,
    sinceMs,
    get proposal() {
      return proposal
    },
    cancel: () => timer?.cancel(),
  }
}
