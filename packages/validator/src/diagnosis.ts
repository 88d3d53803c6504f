import type { Address } from '@busan/primitives'
import type { Validator } from '@busan/qbft'

/** Whether this node votes, and if not, why. */
export type Activity =
  | 'voting'
  /** No key, or its address is not in the set. */
  | 'observing'
  /** Blocks that others have are being fetched. */
  | 'syncing'
  /** The journal is not complete, or ahead of the chain: silent until blocks are decided without us. */
  | 'safe-start'
  /** Another process signs with our key, or the journal cannot be written. */
  | 'signing-stopped'
  | 'stopped'

/** A validator as this node sees it. */
export interface ValidatorSight {
  readonly address: Validator
  /** Milliseconds since its latest message; undefined when it was never heard. Ourselves: 0. */
  readonly silentMs?: number
  /** Took part in the last block, or was heard lately. */
  readonly isOnline: boolean
  /** The furthest that its messages showed it. */
  readonly height?: bigint
  readonly round?: number
  /** Milliseconds that its clock is ahead of ours; negative when behind. */
  readonly clockOffsetMs?: number
}

/** What the sentence is made from. */
export interface Circumstances {
  readonly activity: Activity
  /** Why nothing is signed, for good or until a block is decided. */
  readonly stopReason?: string
  readonly self?: Address
  readonly height: bigint
  readonly round: number
  readonly proposer: Validator
  readonly quorum: number
  readonly preparedCount: number
  readonly committedCount: number
  readonly secondsInRound: number
  /** A block is overdue. */
  readonly isStalled: boolean
  /** Nothing is due before a transaction comes. */
  readonly isIdle: boolean
  readonly validators: readonly ValidatorSight[]
}

/** Beyond this a clock refuses blocks, or has its own refused: the protocol tolerates one second. */
export const CLOCK_TOLERANCE_MS = 1500

/** Says in words whether the chain advances and, when it does not, who is missing. */
export function diagnose(circumstances: Circumstances): string {
  const { activity } = circumstances
  const state = describeChain(circumstances)
  switch (activity) {
    case 'signing-stopped':
      return `this validator has stopped signing: ${circumstances.stopReason}; ${state}`
    case 'safe-start':
      return `this validator stays silent while blocks are decided without it: ${circumstances.stopReason}; ${state}`
    case 'syncing':
      return `this validator does not vote while it fetches blocks; ${state}`
    case 'stopped':
      return `the validator is stopped; ${state}`
    default:
      return state
  }
}

/** Validators that a quorum cannot count on: silent, or with a clock that is off. */
export function missingValidators(
  validators: readonly ValidatorSight[],
): readonly ValidatorSight[] {
  return validators.filter((sight) => !sight.isOnline || isClockOff(sight))
}

function describeChain(circumstances: Circumstances): string {
  const { isStalled, isIdle, validators, quorum } = circumstances
  const missing = missingValidators(validators)
  if (!isStalled) {
    const silent = missing.length === 0 ? '' : `; missing ${listMissing(missing)}`
    return (isIdle ? 'idle: no transactions to put into a block' : 'advancing') + silent
  }
  const clock = ownClockSuspicion(circumstances)
  const have = validators.length - missing.length
  if (have < quorum) {
    return `cannot commit: have ${have} of ${quorum} needed; missing ${listMissing(missing)}${clock}`
  }
  return describeRound(circumstances, missing) + clock
}

function describeRound(circumstances: Circumstances, missing: readonly ValidatorSight[]): string {
  const { height, round, secondsInRound, quorum, preparedCount, committedCount } = circumstances
  const where = `block ${height} is overdue, round ${round} for ${Math.round(secondsInRound)} s`
  const proposer = missing.find(({ address }) => address === circumstances.proposer)
  const whom = missing.length === 0 ? '' : `; missing ${listMissing(missing)}`
  if (proposer !== undefined) return `${where}: its proposer is among the missing${whom}`
  if (preparedCount < quorum) return `${where}: ${preparedCount} of ${quorum} prepares${whom}`
  return `${where}: ${committedCount} of ${quorum} commits${whom}`
}

function listMissing(missing: readonly ValidatorSight[]): string {
  return missing.map((sight) => `${sight.address} (${missingReason(sight)})`).join(', ')
}

function missingReason(sight: ValidatorSight): string {
  if (isClockOff(sight)) return `clock ${signedSeconds(sight.clockOffsetMs ?? 0)} s`
  if (sight.silentMs === undefined) return 'not heard yet'
  return `silent ${Math.round(sight.silentMs / 1000)} s`
}

function isClockOff({ clockOffsetMs = 0 }: ValidatorSight): boolean {
  return Math.abs(clockOffsetMs) > CLOCK_TOLERANCE_MS
}

/** When most of the others' clocks are off the same way, ours is the one to look at. */
function ownClockSuspicion({ validators, self }: Circumstances): string {
  const others = validators.filter(({ address }) => address !== self)
  for (const sign of [1, -1]) {
    const off = others.filter(({ clockOffsetMs = 0 }) => clockOffsetMs * sign > CLOCK_TOLERANCE_MS)
    if (off.length < 2 || 2 * off.length <= others.length) continue
    const offsets = off.map(({ clockOffsetMs = 0 }) => clockOffsetMs).sort((a, b) => a - b)
    const median = offsets[Math.floor(offsets.length / 2)] ?? 0
    return `; our own clock seems to be ${signedSeconds(-median)} s off`
  }
  return ''
}

function signedSeconds(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  return seconds > 0 ? `+${seconds}` : `${seconds}`
}
