import { describe, type HeightPhase, proposer, quorum, type Validator } from '@busan/qbft'
import { blockPeriods, blockTimes } from './block-timer.ts'
import { type Activity, diagnose, missingValidators, type ValidatorSight } from './diagnosis.ts'
import { silenceReason } from './journal-trust.ts'
import type { LiveReadings } from './metrics.ts'
import type { Session } from './session.ts'
import { type OpenVote, openVotes, setSizeWarning } from './votes.ts'

/** What `qbft_status` prints. */
export interface ValidatorStatus {
  readonly activity: Activity
  /** Our address; absent on a node without a validator key. */
  readonly self?: Validator
  /** The height under decision: head + 1. */
  readonly height: bigint
  /** The round that this validator is in; for an observer the highest that a part of the set cannot feign. */
  readonly round: number
  readonly secondsInRound: number
  /** What this validator waits for; absent unless it votes. */
  readonly phase?: HeightPhase
  readonly proposer: Validator
  readonly quorum: number
  readonly preparedCount: number
  readonly committedCount: number
  readonly validators: readonly ValidatorSight[]
  /** Validators that a quorum cannot count on. */
  readonly missing: readonly Validator[]
  /** Votes on the chain that have no majority yet. */
  readonly openVotes: readonly OpenVote[]
  /** What is wrong with the sets that this node's own votes lead to. */
  readonly warnings: readonly string[]
  /** All of it in one sentence. */
  readonly diagnosis: string
}

/** A block that is later than this many request timeouts is overdue, and so is a silent validator's word. */
const OVERDUE_TIMEOUTS = 2.5

/** Reads the session; cheap enough for every request. */
export function statusOf(session: Session): ValidatorStatus {
  const { parent, validators, driver } = session
  const round = roundOf(session)
  const timing = timingOf(session)
  const sights = validators.map((address) => sightOf(session, address, timing.isStalled))
  const self = driver?.signer.address
  const haltReason = driver?.signer.haltReason()
  const stopReason = haltReason ?? (driver && silenceReason(session, driver.signer.record()))
  const common = {
    activity: haltReason === undefined ? session.activity : ('signing-stopped' as const),
    height: parent.header.number + 1n,
    proposer: proposer(validators, parent.header.coinbase, round.round),
    quorum: quorum(validators.length),
    validators: sights,
    ...round,
    ...(self === undefined ? {} : { self }),
  }
  const reason = stopReason === undefined ? {} : { stopReason }
  const state = session.ports.chain.validatorState()
  return {
    ...common,
    missing: missingValidators(sights).map(({ address }) => address),
    openVotes: openVotes(state),
    warnings: [...session.votes.pending].flatMap(
      ([subject, add]) => setSizeWarning(subject, add, state) ?? [],
    ),
    diagnosis: diagnose({ ...common, ...timing, ...reason }),
  }
}

/** The status in numbers, for the metrics. */
export function liveReadings(session: Session): LiveReadings {
  return {
    secondsInRound: () => roundOf(session).secondsInRound,
    validatorCount: () => session.validators.length,
    onlineCount: () => statusOf(session).validators.filter(({ isOnline }) => isOnline).length,
    clockOffsetSeconds: () => {
      const offsets = statusOf(session).validators.map(({ clockOffsetMs = 0 }) => clockOffsetMs)
      return offsets.reduce((far, next) => (Math.abs(next) > Math.abs(far) ? next : far), 0) / 1000
    },
    openVoteCount: () => openVotes(session.ports.chain.validatorState()).length,
  }
}

type RoundStatus = Pick<
  ValidatorStatus,
  'round' | 'secondsInRound' | 'phase' | 'preparedCount' | 'committedCount'
>

function roundOf(session: Session): RoundStatus {
  const { height, ports } = session
  const nowMs = ports.clock.nowMs()
  if (height === undefined) return observedRound(session, nowMs)
  const { round, phase, prepared, committed } = describe(height.state)
  return {
    round,
    secondsInRound: (nowMs - height.roundStartedMs) / 1000,
    phase,
    preparedCount: prepared.length,
    committedCount: committed.length,
  }
}

/** Without a machine of our own: what the others' messages at this height add up to. */
function observedRound(
  { attendance, validators, parent, headSeenMs }: Session,
  nowMs: number,
): RoundStatus {
  const height = parent.header.number + 1n
  const sightings = validators
    .map((validator) => attendance.of(validator))
    .filter((sighting) => sighting?.height === height)
  const rounds = sightings.map((sighting) => sighting?.round ?? 0).sort((a, b) => b - a)
  const round = rounds[Math.floor((validators.length - 1) / 3)] ?? 0
  const inRound = sightings.filter((sighting) => sighting?.round === round)
  const committed = inRound.filter((sighting) => sighting?.stage === 'commit').length
  const prepared = inRound.filter((sighting) => sighting?.stage === 'prepare').length
  return {
    round,
    secondsInRound: (nowMs - headSeenMs) / 1000,
    preparedCount: prepared + committed,
    committedCount: committed,
  }
}

function timingOf(session: Session): { readonly isStalled: boolean; readonly isIdle: boolean } {
  const { ports, parent, headSeenMs } = session
  const qbft = ports.chain.spec.qbftAfter(parent.header)
  const nowMs = ports.clock.nowMs()
  const periods = blockPeriods(ports.chain, parent.header)
  const { dueMs, emptyDueMs } = blockTimes(parent.header, periods, headSeenMs)
  const isIdle = nowMs > dueMs && nowMs < emptyDueMs
  const expectedMs = Math.max(headSeenMs, emptyDueMs)
  return { isStalled: nowMs - expectedMs > OVERDUE_TIMEOUTS * qbft.requestTimeoutMs, isIdle }
}

function sightOf(session: Session, address: Validator, isStalled: boolean): ValidatorSight {
  const { attendance, ports, parent, driver, activity } = session
  if (address === driver?.signer.address) {
    return { address, silentMs: 0, isOnline: activity === 'voting' }
  }
  const sighting = attendance.of(address)
  const clockOffsetMs = ports.clockOffsetMs?.(address) ?? sighting?.aheadMs
  const offset = clockOffsetMs === undefined ? {} : { clockOffsetMs }
  if (sighting === undefined) return { address, isOnline: false, ...offset }
  const silentMs = ports.clock.nowMs() - sighting.lastSeenMs
  const { requestTimeoutMs } = ports.chain.spec.qbftAfter(parent.header)
  // Messages flow without end while a block is overdue; on a chain that advances one a height will do.
  const wasInLastBlock = !isStalled && sighting.height >= parent.header.number
  const isOnline = wasInLastBlock || silentMs < OVERDUE_TIMEOUTS * requestTimeoutMs
  return {
    address,
    silentMs,
    isOnline,
    height: sighting.height,
    round: sighting.round,
    ...offset,
  }
}
