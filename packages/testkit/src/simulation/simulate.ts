// A whole network under one virtual clock: the real machine and the real driver, everything else simulated.
import type { Block } from '@busan/chain-spec'
import { bytesToHex, type Hash } from '@busan/primitives'
import { COMPACT_PROPOSAL_CODE, decodeExtraData, signedPart } from '@busan/qbft'
import type { Violation } from './checkers/fail.ts'
import type { Packet } from './network.ts'
import { type Mutation, type SimulatedNode, startNode, stopNode } from './node.ts'
import type { PlanItem, Scenario } from './plan.ts'
import { createTrace } from './trace.ts'
import { askForTransactions, wholeMessage } from './transactions.ts'
import { createWorld, honestNodes, isHonest, nodeAt, positionOf, type World } from './world.ts'

/** How a run ended. */
export interface SimulationResult {
  readonly scenario: Scenario
  /** Over every event: equal for equal runs. */
  readonly hash: string
  readonly eventCount: number
  /** Blocks decided after the first ones. */
  readonly heightCount: number
  /** The highest round that a block was decided in. */
  readonly roundMax: number
  readonly virtualMs: number
  readonly violation?: Violation
  /** Every event, when asked for. */
  readonly trace: readonly string[]
}

/** What may differ between two runs of one scenario. */
export interface SimulationOptions {
  readonly mutation?: Mutation
  readonly isTraced?: boolean
}

/** A run that goes on longer than its promises allow ends on the promise; this is for broken checkers. */
const RUN_MS_MAX = 3_600_000
/** Clocks after the network has healed, at most this far off: any two then differ by less than a second. */
const HEALED_SKEW_MS_MAX = 400

/** Runs a scenario until every honest node has what it was promised, or the first violation. */
export async function simulate(
  scenario: Scenario,
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  const trace = createTrace(options.isTraced ?? false)
  const world: World = createWorld({
    scenario,
    trace,
    mutation: options.mutation ?? {},
    deliver: (to, packet, from) => deliver(world, nodeAt(world, to), packet, from),
  })
  for (const item of scenario.items) schedule(world, item)
  for (const node of world.nodes) start(world, node)
  world.clock.schedule(scenario.healMs, () => heal(world))
  const isOver = () => {
    world.liveness.observe(votersOf(world))
    return world.violation() !== undefined || world.liveness.isDone()
  }
  const hasEnded = await world.clock.runUntil(isOver, RUN_MS_MAX)
  if (!hasEnded) world.fail('L2', 'nothing is due any more, and there is no decision')
  const result = summary(world)
  for (const node of world.nodes) stopNode(node)
  return result
}

function summary(world: World): SimulationResult {
  const { scenario, trace, firstBlocks } = world
  const longest = honestNodes(world).reduce((a, b) => (b.blocks.length > a.blocks.length ? b : a))
  const decided = longest.blocks.slice(firstBlocks.length)
  const violation = world.violation()
  return {
    scenario,
    hash: trace.hash(),
    eventCount: trace.eventCount(),
    heightCount: decided.length,
    roundMax: Math.max(0, ...decided.map(roundOf)),
    virtualMs: world.elapsedMs(),
    ...(violation === undefined ? {} : { violation }),
    trace: trace.lines(),
  }
}

function roundOf({ header }: Block): number {
  const extraData = decodeExtraData(header.extraData)
  return extraData.ok ? extraData.value.round : 0
}

/** Honest nodes, and among the others nobody: what liars do is not promised. */
function votersOf(world: World) {
  return honestNodes(world).map(positionOf)
}

function start(world: World, node: SimulatedNode): void {
  const { trace, adversary, watch, network, readSent, elapsedMs } = world
  const honest = isHonest(world, node.index)
  trace.note(`${elapsedMs()} start ${node.index}`)
  const events = {
    onPublish(bytes: Uint8Array) {
      const { message, hash } = readSent(wholeMessage(node, bytes))
      if (!honest) {
        adversary.publish(node.index, message)
        return
      }
      adversary.overhear(message)
      watch.heard(message)
      watch.sent(node, message, hash)
      network.broadcast(node.index, { kind: 'consensus', bytes, message })
    },
    onPublishBlock: (block: Block) => network.broadcast(node.index, { kind: 'block', block }),
    onHead() {
      trace.note(`${elapsedMs()} head ${node.index} ${node.process?.chain.head().hash}`)
      if (honest) watch.imported(node)
      checkCalm(world, node)
    },
    onStep: honest ? watch.stepped.bind(undefined, node) : () => {},
    onLog: honest ? watch.logged.bind(undefined, node) : () => {},
    onCatchUp: () => void catchUp(world, node),
    onAsk: (peer: string, hashes: readonly Hash[]) =>
      askForTransactions(world, node, Number(peer), hashes),
  }
  startNode(node, world.surroundings, events)
  castVote(world, node)
  compareHeads(world, node)
  void catchUp(world, node)
}

/** Peers tell each other their heads now and then, whatever else is lost. */
const HEADS_COMPARED_MS = 2500

function compareHeads(world: World, node: SimulatedNode): void {
  const { process } = node
  world.clock.schedule(HEADS_COMPARED_MS, () => {
    if (process === undefined || node.process !== process) return
    void catchUp(world, node)
    compareHeads(world, node)
  })
}

/** Votes live as long as the process. */
function castVote({ scenario, nodes }: World, { process }: SimulatedNode): void {
  const { ballot } = scenario
  if (ballot === undefined) return
  const { address } = nodeAt({ nodes }, ballot.subject).key
  process?.validator.proposeVote(address, ballot.add)
}

/** Without faults every height is decided in round 0. (L4) */
function checkCalm({ scenario, watch, fail }: World, { blocks }: SimulatedNode): void {
  if (scenario.theme !== 'calm') return
  const number = BigInt(blocks.length - 1)
  const round = watch.decidedRound(number) ?? 0
  if (round > 0) fail('L4', `block ${number} was decided in round ${round} for no reason`)
}

async function deliver(
  world: World,
  node: SimulatedNode,
  packet: Packet,
  from: number,
): Promise<void> {
  const { process } = node
  if (process === undefined) return
  if (packet.kind === 'call') return packet.run()
  const at = `${world.elapsedMs()} ${from}>${node.index}`
  if (packet.kind === 'block') {
    const verdict = await process.chain.importBlock(packet.block)
    world.trace.note(`${at} block ${packet.block.header.number} ${verdict.ok || verdict.reason}`)
    if (!verdict.ok && node.process === process) void catchUp(world, node)
    return
  }
  const isCompact = packet.bytes[0] === COMPACT_PROPOSAL_CODE
  const headBefore = BigInt(node.blocks.length - 1)
  const verdict = await process.validator.onConsensusMessage(packet.bytes, String(from))
  // A compact proposal is judged when its transactions are there, which can take a block.
  const head = isCompact ? BigInt(node.blocks.length - 1) : headBefore
  world.trace.note(`${at} ${describeBytes(packet.bytes)} ${verdict}`)
  if (verdict !== 'accept' || !isHonest(world, node.index)) return
  const { author, payload } = signedPart(packet.message)
  if (payload.height > head + 1n) world.watch.tookFuture(node, author, payload.height)
}

/** Enough to tell messages apart in a trace: the end of a message is its signature. */
function describeBytes(bytes: Uint8Array): string {
  return `${bytes[0]}:${bytes.length}:${bytesToHex(bytes.subarray(-4))}`
}

/** Stands for synchronization: takes the missing blocks of whichever reachable honest node has the most. */
async function catchUp(world: World, node: SimulatedNode): Promise<void> {
  const { process, index } = node
  while (process !== undefined && node.process === process) {
    const missing = honestNodes(world)
      .filter((other) => other.process !== undefined && world.network.reaches(other.index, index))
      .map((other) => other.blocks[node.blocks.length])
      .find((block) => block !== undefined)
    if (missing === undefined || !(await process.chain.importBlock(missing)).ok) return
  }
}

function crash(world: World, node: SimulatedNode, downMs: number): void {
  if (node.process === undefined) return
  world.trace.note(`${world.elapsedMs()} crash ${node.index}`)
  stopNode(node)
  world.clock.schedule(downMs, () => {
    if (node.process === undefined) start(world, node)
  })
}

function schedule(world: World, item: PlanItem): void {
  const { clock, network, adversary } = world
  switch (item.kind) {
    case 'weather':
    case 'partition':
    case 'one-way':
      clock.schedule(item.fromMs, () => network.begin(item))
      clock.schedule(item.toMs, () => network.end(item))
      break
    case 'deceit':
      clock.schedule(item.fromMs, () => adversary.begin(item))
      clock.schedule(item.toMs, () => adversary.end(item))
      break
    case 'act':
      clock.schedule(item.atMs, () => adversary.act(item))
      break
    default:
      scheduleAt(world, nodeAt(world, item.node), item)
  }
}

type NodeItem = Exclude<PlanItem, { kind: 'weather' | 'partition' | 'one-way' | 'deceit' | 'act' }>

function scheduleAt(world: World, node: SimulatedNode, item: NodeItem): void {
  const { clock } = world
  switch (item.kind) {
    case 'crash':
      clock.schedule(item.atMs, () => crash(world, node, item.downMs))
      break
    case 'crash-at-write':
      node.disk.onWrite(item.write, () => crash(world, node, item.downMs))
      break
    case 'wipe':
      clock.schedule(item.atMs, () => {
        crash(world, node, item.downMs)
        node.isWiped = true
        node.disk.wipe()
      })
      break
    case 'skew':
      node.offsetMs = item.offsetMs
      break
    case 'sync':
      clock.schedule(item.atMs, () => void catchUp(world, node))
      break
    case 'behind':
      clock.schedule(item.fromMs, () => {
        node.isBehind = true
      })
      clock.schedule(item.toMs, () => {
        node.isBehind = false
      })
  }
}

/** All faults are over: clocks are set, whoever is down comes back. */
function heal(world: World): void {
  world.trace.note(`${world.elapsedMs()} heal`)
  for (const node of world.nodes) {
    node.isBehind = false
    node.offsetMs = Math.max(-HEALED_SKEW_MS_MAX, Math.min(HEALED_SKEW_MS_MAX, node.offsetMs))
    node.disk.endFaults()
    if (node.process === undefined) start(world, node)
  }
  world.liveness.healed(votersOf(world))
}
