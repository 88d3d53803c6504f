// One simulated node: the real validator on a toy chain, a slow disk and a clock that may be off.
import { type Block, decodeBlock } from '@busan/chain-spec'
import type { Address, Clock, Hash } from '@busan/primitives'
import { type HeightState, step } from '@busan/qbft'
import type { Logger, Metrics } from '@busan/telemetry'
import { createValidator, type Step, type Validator, type ValidatorOptions } from '@busan/validator'
import type { LogLine } from '../cluster.ts'
import { createToyChain, type ToyChain } from '../toy-chain.ts'
import { createToyPool, type ToyPool } from '../toy-pool.ts'
import type { ValidatorKey } from '../validator-keys.ts'
import { createSkewedClock } from '../virtual-clock.ts'
import type { ObservedStep } from './checkers/machine.ts'
import type { SimulatedDisk } from './disk.ts'
import type { RememberedRules } from './remembered-rules.ts'
import { streamOf } from './scenario.ts'

/** Breaks a node's parts on purpose, to see it caught. */
export interface Mutation {
  /** In place of the machine's step. */
  step?(honest: Step): Step
  /** In place of what the validator is given. */
  ports?(options: ValidatorOptions, node: { readonly self: Address }): ValidatorOptions
  /** In place of the rules by which chains judge blocks. */
  rules?(honest: RememberedRules['chain']): RememberedRules['chain']
}

/** What happens at a node, told as it happens. */
export interface NodeEvents {
  onPublish(bytes: Uint8Array): void
  onPublishBlock(block: Block): void
  onStep(step: ObservedStep): void
  onHead(): void
  onLog(line: LogLine): void
  onCatchUp(): void
  /** A node asks another for transactions that a proposal names. */
  onAsk(peer: string, hashes: readonly Hash[]): Promise<readonly (Uint8Array | undefined)[]>
}

/** A node; it is up while it has a process. */
export interface SimulatedNode {
  readonly index: number
  readonly key: ValidatorKey
  readonly disk: SimulatedDisk
  process: NodeProcess | undefined
  /** The chain's blocks, genesis first: they outlive the process. */
  blocks: readonly Block[]
  isBehind: boolean
  /** It has lost a journal, so a blank one says nothing. */
  isWiped: boolean
  /** How far its clock is ahead. */
  offsetMs: number
}

/** What a node is from one start to the next crash. */
export interface NodeProcess {
  readonly chain: ToyChain
  readonly validator: Validator
  /** Of the height under decision, when its machine has moved. */
  state: HeightState<Block> | undefined
}

/** What all nodes of a run share. */
export interface NodeSurroundings {
  readonly clock: Clock
  readonly validators: readonly Address[]
  readonly requestTimeoutMs: number
  readonly seed: number
  /** Every node's index, as others name it. */
  readonly peers: readonly string[]
  readonly rules: RememberedRules
  readonly mutation: Mutation
}

/** Starts a process on what the node's disks hold. */
export function startNode(
  node: SimulatedNode,
  surroundings: NodeSurroundings,
  events: NodeEvents,
): void {
  const chain = openChain(node, surroundings)
  const isCurrent = () => node.process?.chain === chain
  const whenCurrent = (act: () => void) => {
    if (isCurrent()) act()
  }
  const honest: ValidatorOptions = {
    chain,
    clock: createSkewedClock(surroundings.clock, () => node.offsetMs),
    pool: poolOf(node, surroundings),
    gossip: {
      publishConsensus: async (bytes) => whenCurrent(() => events.onPublish(bytes)),
      publishBlock: async (bytes) => whenCurrent(() => events.onPublishBlock(decodeBlock(bytes))),
      compact: {
        isUnderstood: () => true,
        peers: () => surroundings.peers.filter((peer) => peer !== String(node.index)),
        requestTransactions: events.onAsk,
      },
    },
    sync: { isBehind: () => node.isBehind, noteHeight: () => events.onCatchUp() },
    logger: loggerFor((line) => whenCurrent(() => events.onLog(line))),
    metrics: SILENT_METRICS,
    // The run is a whole network's first: what is blank has nothing to remember, unless it was lost.
    trustBlankJournal: !node.isWiped,
    signing: { signer: node.key, journal: node.disk.open() },
  }
  const { mutation } = surroundings
  const mutated = mutation.ports?.(honest, { self: node.key.address }) ?? honest
  const step = observedStep(node, surroundings, events)
  node.process = { chain, validator: createValidator({ ...mutated, step }), state: undefined }
  node.blocks = chain.blocks
  chain.onHead(() => whenCurrent(() => events.onHead()))
  node.process.validator.start()
}

const TRANSACTIONS = 4
const POOLED_CHANCE = 0.7

/** Gossip has brought some transactions to some nodes: a proposal names what others have to ask for. */
function poolOf({ index }: SimulatedNode, { seed }: NodeSurroundings): ToyPool {
  const random = streamOf(seed, `pool ${index}`)
  const pool = createToyPool()
  for (let payload = 0; payload < TRANSACTIONS; payload++) {
    if (random.chance(POOLED_CHANCE)) pool.add(payload)
  }
  return pool
}

/** The power goes: what was under way is lost but for what the disk had taken. */
export function stopNode(node: SimulatedNode): void {
  const { process } = node
  node.process = undefined
  node.blocks = [...node.blocks]
  node.disk.crash()
  // Its timers would go on otherwise; what it would still write, the crashed disk does not take.
  void process?.validator.stop()
}

function observedStep(
  node: SimulatedNode,
  { rules, mutation }: NodeSurroundings,
  events: NodeEvents,
): Step {
  const mutated = mutation.step?.(step) ?? step
  return (before, input) => {
    const transition = mutated(before, input, rules.blocks)
    if (node.process !== undefined) node.process.state = transition.state
    events.onStep({ before, input, after: transition.state })
    return transition
  }
}

function openChain(node: SimulatedNode, surroundings: NodeSurroundings): ToyChain {
  const { clock, validators, requestTimeoutMs, rules, mutation } = surroundings
  return createToyChain({
    clock: createSkewedClock(clock, () => node.offsetMs),
    validators,
    qbft: { requestTimeoutMs },
    blocks: node.blocks,
    writeMs: writeMsOf(node, surroundings),
    rules: mutation.rules?.(rules.chain) ?? rules.chain,
  })
}

const SLOW_BLOCKS_CHANCE = 0.3

/** In some runs blocks take their time to the disk, at each node another: meanwhile the next proposal is built. */
function writeMsOf({ index }: SimulatedNode, { seed }: NodeSurroundings): number {
  if (!streamOf(seed, 'slow blocks').chance(SLOW_BLOCKS_CHANCE)) return 0
  return streamOf(seed, `slow blocks ${index}`).pick([0, 5, 40, 300])
}

function loggerFor(onLog: (line: LogLine) => void): Logger {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogLine['fields'] = {}) =>
      onLog({ level, message, fields })
  const logger: Logger = {
    debug() {},
    info() {},
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
    setLevel: () => {},
  }
  return logger
}

const SILENT_METRICS: Metrics = {
  counter: () => ({ add() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
  expose: async () => ({ contentType: 'text/plain', text: '' }),
}
