import type { Block } from '@busan/chain-spec'
import type { Timer } from '@busan/primitives'
import {
  decodeExtraData,
  type Message,
  proposer,
  type Signed,
  signedPart,
  type Validator,
} from '@busan/qbft'
import type { Attendance } from './attendance.ts'
import type { Activity } from './diagnosis.ts'
import type { Driver, Height } from './driver.ts'
import type { FutureMessage, FutureMessages } from './future-messages.ts'
import type { Intake } from './intake.ts'
import type { ValidatorMetrics } from './metrics.ts'
import type { ParentBlock, ValidatorPorts } from './ports.ts'
import { beginHeight, endHeight, receive } from './run-height.ts'
import type { MessageSigner } from './sign-message.ts'
import type { Claimable } from './signing-guard.ts'
import { isBlank, lastSigned, type SigningRecord } from './signing-record.ts'

/** The life of a validator from start to stop: which height it is at, and whether it takes part. */
export interface Session {
  readonly ports: ValidatorPorts
  readonly metrics: ValidatorMetrics
  readonly attendance: Attendance
  readonly future: FutureMessages
  readonly intake: Intake
  /** Absent: no key, observe only. */
  readonly driver: Driver | undefined
  readonly trustBlankJournal: boolean
  activity: Activity
  /** Present while voting. */
  height: Height | undefined
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
  countMissedProposals(session)
  rememberHead(session)
  enterNextHeight(session)
}

/** A block can name any round; beyond this many the count says nothing more. */
const ROUNDS_COUNTED_MAX = 256

/** Queues the decision whether to take part in the height after the head. */
export function enterNextHeight(session: Session): void {
  const { driver } = session
  if (driver === undefined) return
  driver.lanes.postLocal(async () => {
    if (session.activity === 'stopped') return
    const { number } = session.parent.header
    if (session.height?.number === number + 1n && !session.height.isOver) return
    await settleJournal(session, driver.signer)
    // The head can have moved on while the journal was written: its own turn follows.
    if (session.parent.header.number === number) takePart(session, driver)
  })
}

/** Ends the height without a block: the chain has moved on elsewhere, or the validator stops. */
export function leaveHeight(session: Session): void {
  if (session.height !== undefined) endHeight(session.height)
  session.height = undefined
  session.wakeTimer?.cancel()
}

/** Gives up the height while blocks are fetched; looks again after a request timeout. */
export function waitForSync(session: Session): void {
  leaveHeight(session)
  session.activity = 'syncing'
  const { requestTimeoutMs } = session.ports.chain.spec.qbftAfter(session.parent.header)
  session.wakeTimer = session.ports.clock.schedule(requestTimeoutMs, () => enterNextHeight(session))
}

/** A verified message for the child of the head. @returns false when its author has too much waiting */
export function deliver(session: Session, entry: FutureMessage): boolean {
  const { height, future, ports, driver, validators } = session
  if (height?.number === entry.height) return receive(height, entry.message, entry.author)
  if (driver === undefined || !validators.includes(driver.signer.address)) return true
  // Its height begins in a moment, or when we have caught up.
  const { futureMessagesLimit } = ports.chain.spec.qbftAfter(session.parent.header)
  return future.add(entry, Math.floor(futureMessagesLimit / validators.length))
}

/**
 * Looks for our own signature in what others send. One that we have not made comes from a second process with
 * our key: two that sign apart can break the protocol, so this one falls silent.
 * @returns true when the message itself is ours
 */
export function inspectOwn(session: Session, message: Message<Block>): boolean {
  const { driver } = session
  if (driver === undefined) return false
  const { signer } = driver
  const own = signaturesIn(message).filter(({ author }) => author === signer.address)
  // What is older than a journal that we do not trust may be our own: then we are silent anyway.
  const isSilent = silenceReason(session, signer.record()) !== undefined
  const alien = isSilent ? undefined : own.find(({ payload }) => !signer.hasSigned(payload))
  if (alien !== undefined) {
    const { type, height, round } = alien.payload
    const what = `a ${type} for height ${height} round ${round}`
    signer.halt(`another process signs with our key: ${what} was not signed here`)
  }
  return signedPart(message).author === signer.address
}

function signaturesIn(message: Message<Block>): readonly Signed<Claimable>[] {
  switch (message.type) {
    case 'proposal':
      return [message.proposal, ...message.roundChanges, ...message.prepares]
    case 'round-change':
      return [message.roundChange, ...message.prepares]
    default:
      return [signedPart(message)]
  }
}

/** What the journal holds of decided heights is settled, and what a blank one stands for becomes known. */
async function settleJournal(
  { activity, ports, parent }: Session,
  signer: MessageSigner,
): Promise<void> {
  const { number } = parent.header
  await signer.endHeight(number)
  // A block decided while we did not vote, seen as it happened: nothing of ours can be open below it.
  const wasWatching = activity === 'safe-start' || activity === 'observing'
  if (wasWatching && !ports.sync.isBehind()) await signer.markStart(number)
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
  session.height = beginHeight(driver)
  if (session.height === undefined) return
  for (const { message, author } of session.future.take(height)) {
    receive(session.height, message, author)
  }
}

const ACTIVITY_LOG: Record<Activity, string> = {
  voting: 'taking part in consensus',
  observing: 'observing: our address is not in the validator set',
  syncing: 'waiting for synchronization before taking part in consensus',
  'safe-start': 'the signing journal is blank or ahead: silent until a block is decided without us',
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

/** Why the journal does not allow a vote on the head's child; undefined when it does. */
export function silenceReason(session: Session, record: SigningRecord): string | undefined {
  const { number } = session.parent.header
  const signedTo = lastSigned(record)
  if (signedTo > number + 1n || record.endedHeight > number) {
    return `its journal says that it has signed up to block ${signedTo}, which this chain does not have`
  }
  // At the first block there is nothing to have been lost, and a lone validator waits for nobody.
  const isUnknown = isBlank(record) && number > 0n && session.validators.length > 1
  if (!isUnknown || session.trustBlankJournal) return undefined
  return 'its signing journal is blank, so what its key signed before is unknown'
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

/** The chain itself tells whose rounds ended without a block: those before the one it was committed in. */
function countMissedProposals({ ports, parent, validators, metrics }: Session): void {
  const { header } = ports.chain.head()
  if (header.number !== parent.header.number + 1n || ports.sync.isBehind()) return
  const extraData = decodeExtraData(header.extraData)
  if (!extraData.ok) return
  for (let round = 0; round < Math.min(extraData.value.round, ROUNDS_COUNTED_MAX); round++) {
    metrics.proposalMissed(proposer(validators, parent.header.coinbase, round))
  }
}
