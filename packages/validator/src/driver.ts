import type { Block, QbftConfig } from '@busan/chain-spec'
import type { Timer } from '@busan/primitives'
import type {
  BlockRules,
  HeightState,
  Input,
  Transition,
  UnsignedMessage,
  Validator,
} from '@busan/qbft'
import type { Ahead } from './ahead.ts'
import type { Attendance } from './attendance.ts'
import type { BlockTimer } from './block-timer.ts'
import type { BuildBudget } from './build-budget.ts'
import type { CompactProposals } from './compact-proposals.ts'
import type { Lanes } from './lanes.ts'
import type { ValidatorMetrics } from './metrics.ts'
import type { ParentBlock, ValidatorPorts } from './ports.ts'
import type { MessageSigner } from './sign-message.ts'
import type { Votes } from './votes.ts'

/** `step` of `@busan/qbft`; a test puts a broken one in its place to see it caught. */
export type Step = (
  state: HeightState<Block>,
  input: Input<Block>,
  rules: BlockRules<Block>,
) => Transition<Block>

/** What every height works with. */
export interface Driver {
  readonly ports: ValidatorPorts
  readonly signer: MessageSigner
  readonly lanes: Lanes
  readonly metrics: ValidatorMetrics
  readonly votes: Votes
  readonly attendance: Attendance
  readonly compact: CompactProposals
  readonly budget: BuildBudget
  readonly step: Step
  /** At most 32 bytes for the extraData of our blocks. */
  readonly vanity: Uint8Array
  /** Blocks that others have are being fetched: the height is to be given up. */
  readonly onBehind: () => void
}

/**
 * One height under decision. Tasks in the lanes alone change it, except for `isOver`: the head event sets it at
 * once, so that no timer or answer that is already queued acts on a decided height.
 */
export interface Height {
  readonly driver: Driver
  readonly number: bigint
  readonly parent: ParentBlock
  readonly validators: readonly Validator[]
  readonly qbft: QbftConfig
  /** What was done for it while its parent was being written. */
  readonly ahead: Ahead | undefined
  /** Queues an input for the machine, before anything that others send. */
  readonly give: (input: Input<Block>) => void
  state: HeightState<Block>
  isOver: boolean
  /** Milliseconds since the epoch at which the height's first round began; the commit latency counts from here. */
  dueMs: number
  /** When this round was entered, or the height, if no round has begun. */
  roundStartedMs: number
  /** When the present phase of the round began, for the latency metrics. */
  phaseStartedMs: number
  /** When a straggler was last answered. */
  lastReplyMs: number
  /** Messages whose signature could not be made; tried again with each retransmission. */
  unsent: readonly UnsignedMessage<Block>[]
  sealing: Sealing | undefined
  blockTimer: BlockTimer | undefined
  roundTimer: Timer | undefined
  /** Until a proposal with a timestamp slightly ahead of our clock can be checked. */
  recheckTimer: Timer | undefined
  retransmissionTimer: Timer | undefined
}

/** A decided block on its way into the chain. */
export interface Sealing {
  readonly block: Block
  readonly graceTimer: Timer
  isImporting: boolean
}

/** Lets an act go on beside the actor; what it throws is logged. */
export function inBackground(driver: Driver, what: string, act: Promise<void>): void {
  act.catch((error) => driver.ports.logger.error(`${what} failed`, { error }))
}
