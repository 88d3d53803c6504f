import type { Timer } from '@busan/primitives'
import type { Validator } from '@busan/qbft'
import { type Ahead, workAhead } from './ahead.ts'
import type { Attendance } from './attendance.ts'
import type { CompactProposals } from './compact-proposals.ts'
import type { Activity } from './diagnosis.ts'
import type { Driver, Height } from './driver.ts'
import type { FutureMessage, FutureMessages } from './future-messages.ts'
import type { Intake } from './intake.ts'
import { settleJournal, silenceReason } from './journal-trust.ts'
import type { ValidatorMetrics } from './metrics.ts'
import type { BuildableBlock, ParentBlock, ValidatorPorts } from './ports.ts'
import { readHead } from './read-head.ts'
import { beginHeight, endHeight, receive } from './run-height.ts'
import type { MessageSigner } from './sign-message.ts'
import type { Votes } from './votes.ts'

/** The life of a validator from start to stop: which height it is at, and whether it takes part. */
export interface Session {
  readonly ports: ValidatorPorts
  readonly metrics: ValidatorMetrics
  readonly attendance: Attendance
  readonly future: FutureMessages
  readonly intake: Intake
  readonly compact: CompactProposals
  readonly votes: Votes
  /** Absent: no key, observe only. */
  readonly driver: Driver | undefined
  readonly trustBlankJournal: boolean
  activity: Activity
  /** When the validator was started, in milliseconds since the epoch. */
  startedMs: number
  /** The latest block that carries our signature without our having made it, see `inspectBlock`. */
  foreignSealAt: bigint | undefined
  /** Present while voting. */
  height: Height | undefined
  /** For the height after the one that is ending, while that height's block is being written. */
  ahead: Ahead | undefined
  /** The head that `validators` belong to, and when it came, in milliseconds since the epoch. */
  parent: ParentBlock
  validators: readonly Validator[]
  headSeenMs: number
  /** While syncing: the next look at whether that is over. */
  wakeTimer: Timer | undefined
}

/** Reacts to a block on the chain: at once ends the height, then in its turn begins the next. */
export function headArrived(session: Session): void {
  leaveHeight(session)
  readHead(session)
  rememberHead(session)
  enterNextHeight(session)
}

/** Reacts to a block that has passed and is being written: what can be done for the next one begins. */
export function tipArrived(session: Session, tip: BuildableBlock): void {
  const { driver, activity } = session
  session.ahead?.cancel()
  session.ahead = driver === undefined || activity !== 'voting' ? undefined : workAhead(driver, tip)
}

/** Queues the decision whether to take part in the height after the head. */
export function enterNextHeight(session: Session): void {
  const { driver } = session
  if (driver === undefined) return
  driver.lanes.postLocal(async () => {
    if (isStopped(session)) return
    const { number } = session.parent.header
    if (session.height?.number === number + 1n && !session.height.isOver) return
    await settleJournal(session, driver.signer)
    // While the journal was written the head can have moved on, whose own turn follows, or all can have ended.
    if (session.parent.header.number === number && !isStopped(session)) takePart(session, driver)
  })
}

function isStopped({ activity }: Session): boolean {
  return activity === 'stopped'
}

/** Ends the height without a block: the chain has moved on elsewhere, or the validator stops. */
export function leaveHeight(session: Session): void {
  if (session.height !== undefined) endHeight(session.height)
  session.height = undefined
  session.wakeTimer?.cancel()
}

/** What was done ahead for the child of this block. */
function takeAhead(session: Session, parent: ParentBlock): Ahead | undefined {
  const { ahead } = session
  if (ahead?.parentHash !== parent.hash) return undefined
  ahead.cancel()
  session.ahead = undefined
  return ahead
}

/** Gives up the height while blocks are fetched; looks again after a request timeout. */
export function waitForSync(session: Session): void {
  leaveHeight(session)
  session.activity = 'syncing'
  const { requestTimeoutMs } = session.ports.chain.spec.qbftAfter(session.parent.header)
  session.wakeTimer = session.ports.clock.schedule(requestTimeoutMs, () => enterNextHeight(session))
}

/** Kept of each author for the height that is about to begin, even where nothing else is kept. */
const NEXT_HEIGHT_SHARE_MIN = 8

/** A verified message for the child of the head. @returns false when its author has too much waiting */
export function deliver(session: Session, entry: FutureMessage): boolean {
  const { height, future, ports, driver, validators } = session
  if (height?.number === entry.height) return receive(height, entry.message, entry.author)
  if (driver === undefined || !validators.includes(driver.signer.address)) return true
  // Its height begins in a moment, or when we have caught up.
  const { futureMessagesLimit } = ports.chain.spec.qbftAfter(session.parent.header)
  const share = Math.floor(futureMessagesLimit / validators.length)
  return future.add(entry, Math.max(share, NEXT_HEIGHT_SHARE_MIN))
}

function takePart(session: Session, driver: Driver): void {
  const activity = chooseActivity(session, driver.signer)
  const height = session.parent.header.number + 1n
  if (activity !== session.activity) {
    const log = activity === 'safe-start' ? 'warn' : 'info'
    session.ports.logger[log](ACTIVITY_LOG[activity], { height })
  }
  session.activity = activity
  if (activity === 'syncing') waitForSync(session)
  if (activity !== 'voting') return
  session.height = beginHeight(driver, takeAhead(session, session.parent))
  if (session.height === undefined) return
  for (const { message, author } of session.future.take(height)) {
    receive(session.height, message, author)
  }
}

const ACTIVITY_LOG: Record<Activity, string> = {
  voting: 'taking part in consensus',
  observing: 'observing: our address is not in the validator set',
  syncing: 'waiting for synchronization before taking part in consensus',
  'safe-start':
    'the signing journal is not complete, or ahead: silent until blocks are decided without us',
  'signing-stopped': 'observing: signing has stopped',
  stopped: 'stopped',
}

function chooseActivity(session: Session, signer: MessageSigner): Activity {
  const { validators, ports } = session
  if (signer.haltReason() !== undefined) return 'signing-stopped'
  if (!validators.includes(signer.address)) return 'observing'
  // A lone validator has nobody to be behind.
  if (validators.length > 1 && ports.sync.isBehind()) return 'syncing'
  return silenceReason(session, signer.record()) === undefined ? 'voting' : 'safe-start'
}

function rememberHead(session: Session): void {
  const { ports, metrics, attendance, future, intake } = session
  session.parent = ports.chain.head()
  session.validators = ports.chain.validatorState().validators
  session.headSeenMs = ports.clock.nowMs()
  metrics.height.set(Number(session.parent.header.number + 1n))
  attendance.keepOnly(session.validators)
  future.keepAuthors(session.validators)
  intake.headChanged()
}
