import type { Block } from '@busan/chain-spec'
import { present } from '@busan/primitives'
import { faulty } from '@busan/qbft'
import { createValidatorKeys, type ValidatorKey } from '../validator-keys.ts'
import { createVirtualClock, type VirtualClock } from '../virtual-clock.ts'
import { type Adversary, createAdversary } from './adversary/adversary.ts'
import { type Committees, createCommittees } from './checkers/committees.ts'
import type { Fail, Violation } from './checkers/fail.ts'
import { createLivenessWatch, type LivenessWatch, type Position } from './checkers/liveness.ts'
import { createReadSent, createWatch, type ReadSent, type Watch } from './checkers/watch.ts'
import { createSimulatedDisk } from './disk.ts'
import { createFirstBlocks } from './first-blocks.ts'
import { createSimulatedNetwork, type Packet, type SimulatedNetwork } from './network.ts'
import type { Mutation, NodeSurroundings, SimulatedNode } from './node.ts'
import type { Scenario } from './plan.ts'
import { createRememberedRules } from './remembered-rules.ts'
import { streamOf } from './scenario.ts'
import type { Trace } from './trace.ts'

/** What the parts of a run share. */
export interface World {
  readonly scenario: Scenario
  readonly clock: VirtualClock
  readonly trace: Trace
  readonly nodes: readonly SimulatedNode[]
  readonly firstBlocks: readonly Block[]
  readonly network: SimulatedNetwork
  readonly committees: Committees
  readonly watch: Watch
  readonly readSent: ReadSent
  readonly liveness: LivenessWatch
  readonly adversary: Adversary
  readonly surroundings: NodeSurroundings
  readonly fail: Fail
  /** Milliseconds since the run began. */
  readonly elapsedMs: () => number
  readonly violation: () => Violation | undefined
}

/** What a world cannot know of itself. */
export interface WorldOptions {
  readonly scenario: Scenario
  readonly mutation: Mutation
  readonly trace: Trace
  /** Called when a packet arrives. */
  readonly deliver: (to: number, packet: Packet, from: number) => void
}

const START_MS = 1_700_000_000_000
const BLOCK_PERIOD_MS = 1000
const CALM_BLOCKS = 3
const EPOCH_LENGTH = 30_000
/** As in the validator's README: rounds double up to this. */
const ROUND_MS_MAX = 60_000

/** Builds a world in which no node has started. */
export function createWorld(options: WorldOptions): World {
  const { scenario, trace, deliver, mutation } = options
  const clock = createVirtualClock({ startMs: START_MS })
  const elapsedMs = () => clock.nowMs() - START_MS
  let violation: Violation | undefined
  const fail: Fail = (rule, message) => {
    trace.note(`${elapsedMs()} VIOLATION ${rule} ${message}`)
    violation ??= { rule, message, atMs: elapsedMs() }
  }
  const keys = createValidatorKeys(scenario.nodeCount)
  const validators = keys.slice(0, scenario.validatorCount).map(({ address }) => address)
  const firstBlocks = createFirstBlocks(scenario, keys, clock)
  const committees = createCommittees(firstBlocks, validators, EPOCH_LENGTH)
  const { seed, nodeCount, requestTimeoutMs } = scenario
  const network = createSimulatedNetwork({ seed, nodeCount, clock, deliver })
  const nodes = keys.map((key, index) => createNode({ index, key, firstBlocks, clock, seed }))
  const honest = honestNodes({ scenario, nodes }).map(({ key }) => key.address)
  const rules = createRememberedRules()
  const watch = createWatch({ honest, committees, rules, fail })
  return {
    scenario,
    clock,
    trace,
    nodes,
    firstBlocks,
    network,
    committees,
    watch,
    readSent: createReadSent(),
    liveness: createLivenessWatch({
      blockCount: scenario.theme === 'calm' ? CALM_BLOCKS : 1,
      faulty: faulty(scenario.nodeCount),
      requestTimeoutMs,
      blockPeriodMs: BLOCK_PERIOD_MS,
      nowMs: clock.nowMs,
      durationMs: (round) => Math.min(requestTimeoutMs * 2 ** round, ROUND_MS_MAX),
      fail,
    }),
    adversary: createAdversary({
      scenario,
      keys,
      facts: () => committees.at(highestPosition({ scenario, nodes }).height),
      round: () => highestPosition({ scenario, nodes }).round,
      send: network.send,
      onSaid: watch.heard,
    }),
    surroundings: {
      clock,
      validators,
      requestTimeoutMs,
      seed,
      peers: keys.map((_, index) => String(index)),
      rules,
      mutation,
    },
    fail,
    elapsedMs,
    violation: () => violation,
  }
}

function createNode(parts: {
  readonly index: number
  readonly key: ValidatorKey
  readonly firstBlocks: readonly Block[]
  readonly clock: VirtualClock
  readonly seed: number
}): SimulatedNode {
  const { index, key, firstBlocks, clock, seed } = parts
  const random = streamOf(seed, `disk ${index}`)
  const disk = createSimulatedDisk({ clock, random })
  return {
    index,
    key,
    disk,
    process: undefined,
    blocks: firstBlocks,
    isBehind: false,
    isWiped: false,
    offsetMs: 0,
  }
}

type Population = Pick<World, 'scenario' | 'nodes'>

/** True for a node that keeps the protocol. */
export function isHonest({ scenario }: Pick<World, 'scenario'>, index: number): boolean {
  return !scenario.liars.includes(index)
}

/** The nodes that keep the protocol. */
export function honestNodes({ scenario, nodes }: Population): readonly SimulatedNode[] {
  return nodes.filter(({ index }) => isHonest({ scenario }, index))
}

/** Where a node is. */
export function positionOf({ blocks, process }: SimulatedNode): Position {
  const height = BigInt(blocks.length)
  const isAtWork = process?.state?.height === height
  return { height, round: isAtWork ? (process.state?.round ?? 0) : 0 }
}

/** The furthest that an honest node is. */
function highestPosition(population: Population): Position {
  return honestNodes(population)
    .map(positionOf)
    .reduce((top, one) => {
      const isHigher =
        one.height > top.height || (one.height === top.height && one.round > top.round)
      return isHigher ? one : top
    })
}

/** @throws AssertionError when there is no such node */
export function nodeAt({ nodes }: Pick<World, 'nodes'>, index: number): SimulatedNode {
  return present(nodes[index], `node ${index}`)
}
