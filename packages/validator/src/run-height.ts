import type { Block } from '@busan/chain-spec'
import { errorMessage } from '@busan/primitives'
import {
  blockRules,
  type Effect,
  type Input,
  initHeight,
  type Message,
  type Validator,
} from '@busan/qbft'
import type { Ahead } from './ahead.ts'
import { whenBlockDue } from './block-due.ts'
import type { Driver, Height } from './driver.ts'
import { measurePhases } from './phase-clock.ts'
import { buildBlock, checkBlock } from './proposal.ts'
import { roundDurationMs } from './round-duration.ts'
import { reportRoundChange } from './round-report.ts'
import { finishSealing, sealWhenComplete, startSealing } from './sealing.ts'
import { broadcast, replyToStraggler, resendOwn, retryUnsent } from './send.ts'
import { restoredAt } from './signing-record.ts'

/**
 * Takes up the child of the head: from the journal's memory when it has one of this height.
 * @param ahead what was done for it already
 * @returns undefined, and signing is over, when the journal cannot be continued
 */
export function beginHeight(driver: Driver, ahead?: Ahead): Height | undefined {
  const { chain, clock, logger } = driver.ports
  const parent = chain.head()
  const { validators } = chain.validatorState()
  const number = parent.header.number + 1n
  const restored = restoredAt(driver.signer.record(), number)
  try {
    const state = initHeight<Block>({
      self: driver.signer.address,
      validators,
      height: number,
      parentCoinbase: parent.header.coinbase,
      ...(restored === undefined ? {} : { restored }),
    })
    const height: Height = {
      driver,
      number,
      parent,
      validators,
      ahead,
      qbft: chain.spec.qbftAfter(parent.header),
      give: (input) => driver.lanes.postLocal(() => take(height, input)),
      state,
      isOver: false,
      dueMs: clock.nowMs(),
      roundStartedMs: clock.nowMs(),
      phaseStartedMs: clock.nowMs(),
      lastReplyMs: 0,
      unsent: [],
      sealing: undefined,
      blockTimer: undefined,
      roundTimer: undefined,
      recheckTimer: undefined,
      retransmissionTimer: undefined,
    }
    driver.metrics.round.set(state.round)
    start(height, restored?.messages)
    return height
  } catch (error) {
    logger.error('cannot go on from the signing journal', { height: number, error })
    driver.signer.halt(errorMessage(error))
    return undefined
  }
}

/** Nothing acts on the height any more; called by the head event itself, before anything else can. */
export function endHeight(height: Height): void {
  height.isOver = true
  height.blockTimer?.cancel()
  height.roundTimer?.cancel()
  height.recheckTimer?.cancel()
  height.retransmissionTimer?.cancel()
  height.sealing?.graceTimer.cancel()
}

/** Queues a verified message of another validator. @returns false when its author has too much waiting */
export function receive(height: Height, message: Message<Block>, author: Validator): boolean {
  return height.driver.lanes.postForeign(author, () => take(height, { type: 'message', message }))
}

function start(height: Height, ownMessages: readonly Message<Block>[] = []): void {
  scheduleRetransmission(height)
  if (ownMessages.length > 0) {
    const { logger } = height.driver.ports
    logger.info('resuming a height from the signing journal', {
      height: height.number,
      round: height.state.round,
      messages: ownMessages.length,
    })
    for (const message of ownMessages) height.give({ type: 'message', message })
    height.give({ type: 'block-timeout' })
    return
  }
  startWaiting(height)
}

function startWaiting(height: Height): void {
  const { driver, parent, ahead } = height
  // The pool has been told of the parent, or is about to be.
  height.blockTimer = whenBlockDue(
    driver,
    { ...parent, transactions: [] },
    ahead?.sinceMs ?? driver.ports.clock.nowMs(),
    () => height.give({ type: 'block-timeout' }),
  )
}

/** The one place where the machine moves. */
async function take(height: Height, input: Input<Block>): Promise<void> {
  if (height.isOver || giveUpWhenBehind(height, input)) return
  const before = height.state
  const { state, effects, ignored } = height.driver.step(before, input, blockRules)
  height.state = state
  if (ignored !== undefined && input.type === 'message') {
    height.driver.metrics.messagesDropped.add(1, { reason: ignored })
    const isOldRoundChange = input.message.type === 'round-change' && ignored === 'stale-round'
    if (isOldRoundChange) replyToStraggler(height)
  }
  reportRoundChange(height, before, input)
  measurePhases(height, before)
  for (const effect of effects) {
    if (height.isOver) return
    await perform(height, effect)
  }
  sealWhenComplete(height)
}

async function perform(height: Height, effect: Effect<Block>): Promise<void> {
  const { clock, logger } = height.driver.ports
  switch (effect.type) {
    case 'build-block':
      return buildBlock(height, effect.round)
    case 'check-block':
      return checkBlock(height, effect.block)
    case 'broadcast':
      return broadcast(height, effect.message)
    case 'start-round-timer': {
      const { round } = effect
      height.roundTimer?.cancel()
      height.roundTimer = clock.schedule(roundDurationMs(height.qbft, round), () =>
        height.give({ type: 'round-timeout', round }),
      )
      return
    }
    case 'commit-block':
      return startSealing(height, effect.block)
    case 'report': {
      const { author, evidence } = effect
      logger.warn('a validator broke the protocol', { height: height.number, author, evidence })
    }
  }
}

/** Proposing or changing rounds makes no sense on an old block; a lone validator has nobody to be behind. */
function giveUpWhenBehind({ driver, validators }: Height, input: Input<Block>): boolean {
  const isOwnMove = input.type === 'block-timeout' || input.type === 'round-timeout'
  if (!isOwnMove || validators.length === 1 || !driver.ports.sync.isBehind()) return false
  driver.onBehind()
  return true
}

function scheduleRetransmission(height: Height): void {
  const { ports, lanes } = height.driver
  height.retransmissionTimer = ports.clock.schedule(height.qbft.requestTimeoutMs, () =>
    lanes.postLocal(() => retransmit(height)),
  )
}

async function retransmit(height: Height): Promise<void> {
  if (height.isOver) return
  scheduleRetransmission(height)
  tellSynchronization(height)
  resendOwn(height)
  await retryUnsent(height)
  // After a failed import of a decided block; while the grace lasts its own timer is sooner.
  finishSealing(height)
}

/** Someone still works on a later height than ours after all this time: its parent has not reached us. */
function tellSynchronization({ driver, number }: Height): void {
  const highest = driver.attendance.highest()
  if (highest > number) driver.ports.sync.noteHeight(highest)
}
