import { type Address, type Hash, refuse, type Verdict } from '@busan/primitives'
import { step } from '@busan/qbft'
import { type Attendance, createAttendance } from './attendance.ts'
import { createBuildBudget } from './build-budget.ts'
import { type CompactProposals, createCompactProposals } from './compact-proposals.ts'
import type { Driver, Step } from './driver.ts'
import { createFutureMessages } from './future-messages.ts'
import { createIntake, type GossipVerdict } from './intake.ts'
import { createLanes } from './lanes.ts'
import { createValidatorMetrics, registerLiveMetrics, type ValidatorMetrics } from './metrics.ts'
import { inspectOwn } from './own-key.ts'
import type { ValidatorPorts } from './ports.ts'
import { readLatestBlocks } from './read-head.ts'
import {
  deliver,
  enterNextHeight,
  headArrived,
  leaveHeight,
  type Session,
  tipArrived,
  waitForSync,
} from './session.ts'
import { createMessageSigner } from './sign-message.ts'
import { liveReadings, statusOf, type ValidatorStatus } from './status.ts'
import { createVotes, setSizeWarning, type VoteRefusal, type Votes } from './votes.ts'

/** Ports and choices of one validator. */
export interface ValidatorOptions extends ValidatorPorts {
  /** At most 32 bytes for the extraData of our blocks; default: 32 zero bytes. */
  readonly vanity?: Uint8Array
  /**
   * The operator's word that this key has signed nothing at the present height, so that a blank journal need
   * not stay silent for a block. For a network that is restored from a snapshot as a whole.
   */
  readonly trustBlankJournal?: boolean
  /** In place of the real machine, to prove that a broken one is caught. */
  readonly step?: Step
}

/** Drives the consensus machine of one node; without a signer it observes. */
export interface Validator {
  start(): void
  /** Proposes and signs nothing more; resolves when the journal is closed. */
  stop(): Promise<void>
  /** A consensus message from the network, as `publishConsensus` was given it. Never rejects. */
  onConsensusMessage(bytes: Uint8Array, from?: string): Promise<GossipVerdict>
  /** Transactions that others ask for to complete a proposal; undefined: not here, or not any more. */
  transactions(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[]
  status(): ValidatorStatus
  /** Casts a vote in every block we propose, as long as it is of use and not discarded. */
  proposeVote(subject: Address, add: boolean): Verdict<'standing', VoteRefusal>
  /** @returns false when there was no vote about the subject */
  discardVote(subject: Address): boolean
  /** subject -> true to add, false to drop */
  pendingVotes(): ReadonlyMap<Address, boolean>
}

/** A foreign author's messages that wait for the actor; a whole round of retransmissions is a handful. */
const WAITING_PER_AUTHOR_MAX = 64
const VANITY_BYTES = 32

/**
 * Builds a validator on its journal; it does nothing before `start`.
 * @throws CodedError `signing-journal-malformed` or `signing-journal-foreign`
 */
export function createValidator(options: ValidatorOptions): Validator {
  const votes = createVotes()
  const session = createSession(options, votes)
  const unsubscribe: (() => void)[] = []
  registerLiveMetrics(options.metrics, liveReadings(session))
  return {
    start() {
      unsubscribe.push(options.chain.onHead(() => headArrived(session)))
      unsubscribe.push(options.chain.onTip((tip) => tipArrived(session, tip)))
      unsubscribe.push(options.pool.onChanged(() => session.height?.blockTimer?.poolChanged()))
      session.activity = session.driver === undefined ? 'observing' : 'syncing'
      session.startedMs = options.clock.nowMs()
      session.headSeenMs = session.startedMs
      readLatestBlocks(session)
      enterNextHeight(session)
    },
    async stop() {
      for (const remove of unsubscribe.splice(0)) remove()
      session.activity = 'stopped'
      leaveHeight(session)
      session.ahead?.cancel()
      await session.driver?.lanes.idle()
      await options.signing?.journal.close()
    },
    onConsensusMessage: (bytes, from) => session.compact.receive(bytes, from),
    transactions: (hashes) => session.compact.transactions(hashes),
    status: () => statusOf(session),
    proposeVote(subject, add) {
      if (session.driver === undefined) {
        const message =
          'this node has no validator key: votes are cast in the blocks that a validator proposes'
        return refuse('no-validator-key', message)
      }
      const { validatorRegistry } = options.chain.spec.systemContracts
      if (validatorRegistry !== undefined) {
        const message = `validators are decided by the registry ${validatorRegistry}: ask its administrator`
        return refuse('decided-by-registry', message)
      }
      const state = options.chain.validatorState()
      const warning = setSizeWarning(subject, add, state)
      const verdict = votes.propose(subject, add, state)
      if (verdict.ok && warning !== undefined) session.ports.logger.warn(warning)
      return verdict
    },
    discardVote: (subject) => votes.discard(subject),
    pendingVotes: () => votes.pending,
  }
}

function createSession(options: ValidatorOptions, votes: Votes): Session {
  const { chain, clock, sync } = options
  const ports: ValidatorPorts = { ...options, logger: options.logger.child('validator') }
  const metrics = createValidatorMetrics(options.metrics)
  const attendance = createAttendance()
  const future = createFutureMessages()
  const compact = createCompactProposals({
    chain,
    pool: options.pool,
    metrics,
    transport: options.gossip.compact,
    deliver: (bytes) => session.intake.receive(bytes),
  })
  const session: Session = {
    ports,
    metrics,
    attendance,
    future,
    votes,
    compact,
    intake: createIntake({
      chain,
      clock,
      sync,
      metrics,
      attendance,
      future,
      deliver: (entry) => deliver(session, entry),
      inspectOwn: (message) => inspectOwn(session, message),
    }),
    driver: createDriver(
      { ...options, ...ports },
      { metrics, votes, attendance, compact, onBehind: () => waitForSync(session) },
    ),
    trustBlankJournal: options.trustBlankJournal ?? false,
    activity: 'stopped',
    startedMs: clock.nowMs(),
    foreignSealAt: undefined,
    height: undefined,
    ahead: undefined,
    parent: chain.head(),
    validators: chain.validatorState().validators,
    headSeenMs: clock.nowMs(),
    wakeTimer: undefined,
  }
  metrics.height.set(Number(session.parent.header.number + 1n))
  return session
}

function createDriver(
  options: ValidatorOptions,
  parts: {
    readonly metrics: ValidatorMetrics
    readonly votes: Votes
    readonly attendance: Attendance
    readonly compact: CompactProposals
    readonly onBehind: () => void
  },
): Driver | undefined {
  const { signing, clock, logger } = options
  if (signing === undefined) return undefined
  return {
    ...parts,
    ports: options,
    signer: createMessageSigner({ ...signing, clock, logger, metrics: parts.metrics }),
    lanes: createLanes({
      perAuthorMax: WAITING_PER_AUTHOR_MAX,
      onFailure: (error) => logger.error('a consensus task failed', { error }),
    }),
    budget: createBuildBudget(),
    step: options.step ?? step,
    vanity: options.vanity ?? new Uint8Array(VANITY_BYTES),
  }
}
