import { type Block, decodeBlock, type QbftConfig } from '@busan/chain-spec'
import { type Clock, present } from '@busan/primitives'
import { createMetrics, type Logger, type Metrics } from '@busan/telemetry'
import { createValidator, type Step, type Validator, type ValidatorGossip } from '@busan/validator'
import { createGossipNetwork, type GossipLink, type GossipNetwork } from './gossip-network.ts'
import { createJournalDisk, type JournalDisk } from './memory-journal.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'
import { createToyChain, type ToyChain, type ToyChainOptions } from './toy-chain.ts'
import { createToyPool, type ToyPool } from './toy-pool.ts'
import { createValidatorKeys, type ValidatorKey } from './validator-keys.ts'
import { createSkewedClock, createVirtualClock, type VirtualClock } from './virtual-clock.ts'

/** What of a node outlives its process. */
interface NodeDisk {
  readonly id: string
  readonly key: ValidatorKey
  readonly journalDisk: JournalDisk
  readonly pool: ToyPool
  /** Every consensus message that has left it. */
  readonly published: Uint8Array[]
  /** Every sealed block that it has told the network of. */
  readonly publishedBlocks: Block[]
  readonly log: LogLine[]
  /** The heights that the validator has told synchronization of. */
  readonly notedHeights: bigint[]
}

/** One node of a cluster, as it is since its last start. */
export interface ClusterNode extends NodeDisk {
  readonly chain: ToyChain
  readonly validator: Validator
  readonly metrics: Metrics
  /** What its synchronization says. */
  isBehind: boolean
}

/** A line that a node has logged. */
export interface LogLine {
  readonly level: keyof Omit<Logger, 'child'>
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Real validators on toy chains, a virtual clock and an in-memory network: one seed gives one history. */
export interface Cluster {
  readonly clock: VirtualClock
  readonly random: SeededRandom
  readonly network: GossipNetwork
  readonly nodes: readonly ClusterNode[]
  /** The node's power is cut; `keepUnderWay` of its journal writes under way reach the disk. */
  crash(index: number, keepUnderWay?: number): void
  /**
   * Starts a node on what its disks hold.
   * @param restored how many blocks, genesis included, an old copy of the chain has that was put back
   */
  start(index: number, restored?: { readonly blockCount: number }): void
  /** Runs until every node that is up has this block. @throws Error after `limitMs` of virtual time */
  untilHeight(height: number, limitMs: number): Promise<void>
}

/** What a cluster is made of. */
export interface ClusterOptions {
  readonly nodeCount: number
  /** Nodes beyond these are not in the genesis set; default: all are. */
  readonly validatorCount?: number
  readonly seed?: number
  readonly qbft?: Partial<QbftConfig>
  /** How long chains take for what they do. */
  readonly work?: Pick<ToyChainOptions, 'workMs' | 'writeMs'>
  readonly clockOffsetsMs?: readonly number[]
  /** Indexes of nodes without a key. */
  readonly observers?: readonly number[]
  readonly trustBlankJournal?: boolean
  /** A machine of its own for a node. */
  readonly steps?: Readonly<Record<number, Step>>
}

const START_MS = 1_700_000_000_000

interface Parts {
  readonly options: ClusterOptions
  readonly clock: VirtualClock
  readonly network: GossipNetwork
  readonly keys: readonly ValidatorKey[]
  readonly nodes: ClusterNode[]
  readonly links: Map<number, GossipLink>
}

/** Builds a cluster and starts every node. */
export function createCluster(options: ClusterOptions): Cluster {
  const clock = createVirtualClock({ startMs: START_MS })
  const random = createSeededRandom(options.seed ?? 1)
  const network = createGossipNetwork({ clock, random })
  const keys = createValidatorKeys(options.nodeCount)
  const parts: Parts = { options, clock, network, keys, nodes: [], links: new Map() }
  for (const [index, key] of keys.entries()) boot(parts, index, emptyDisk(index, key))
  const hasBlock = (height: number) =>
    parts.nodes.every((node, i) => !parts.links.has(i) || node.chain.blocks.length > height)
  return {
    clock,
    random,
    network,
    nodes: parts.nodes,
    crash: (index, keepUnderWay = 0) => crash(parts, index, keepUnderWay),
    start(index, { blockCount } = { blockCount: Number.POSITIVE_INFINITY }) {
      const { chain, ...disk } = nodeAt(parts, index)
      boot(parts, index, disk, chain.blocks.slice(0, blockCount))
    },
    untilHeight: (height, limitMs) => clock.advanceUntil(() => hasBlock(height), limitMs),
  }
}

function emptyDisk(index: number, key: ValidatorKey): NodeDisk {
  const id = `node-${index}`
  const journalDisk = createJournalDisk()
  const pool = createToyPool()
  const records = { published: [], publishedBlocks: [], log: [], notedHeights: [] }
  return { id, key, journalDisk, pool, ...records }
}

function nodeAt({ nodes }: Parts, index: number): ClusterNode {
  return present(nodes[index], `node ${index}`)
}

function crash(parts: Parts, index: number, keepUnderWay: number): void {
  const node = nodeAt(parts, index)
  parts.links.get(index)?.leave()
  parts.links.delete(index)
  node.journalDisk.crash(keepUnderWay)
  // Its timers would go on otherwise; what it would still write, the crashed disk does not take.
  void node.validator.stop()
}

/** Starts a process on what the disk holds, its chain's blocks among it. */
function boot(parts: Parts, index: number, disk: NodeDisk, blocks?: readonly Block[]): void {
  const { options, network, nodes, links } = parts
  const clock = createSkewedClock(parts.clock, options.clockOffsetsMs?.[index] ?? 0)
  const chain = openChain(parts, clock, blocks)
  const metrics = createMetrics()
  const node: ClusterNode = {
    ...disk,
    chain,
    metrics,
    isBehind: false,
    validator: createValidator({
      chain,
      pool: disk.pool,
      clock,
      metrics,
      logger: recordingLogger(disk.log),
      gossip: gossipOf(parts, index, disk),
      sync: {
        isBehind: () => nodes[index]?.isBehind ?? false,
        noteHeight: (height) => {
          disk.notedHeights.push(height)
          void catchUp(parts, index)
        },
      },
      trustBlankJournal: options.trustBlankJournal ?? false,
      ...(options.observers?.includes(index)
        ? {}
        : { signing: { signer: disk.key, journal: disk.journalDisk.open() } }),
      ...(options.steps?.[index] === undefined ? {} : { step: options.steps[index] }),
    }),
  }
  nodes[index] = node
  const member = {
    onConsensus: (message: Uint8Array) => node.validator.onConsensusMessage(message),
    onBlock: async (bytes: Uint8Array) => {
      const verdict = await chain.importBlock(decodeBlock(bytes))
      if (!verdict.ok) await catchUp(parts, index)
    },
  }
  links.set(index, network.join(disk.id, member))
  node.validator.start()
  void catchUp(parts, index)
}

function openChain(
  { keys, options, nodes }: Parts,
  clock: Clock,
  blocks: readonly Block[] | undefined,
): ToyChain {
  const genesis = nodes[0]?.chain.blocks.slice(0, 1)
  const kept = blocks ?? genesis
  return createToyChain({
    ...options.work,
    clock,
    validators: keys.slice(0, options.validatorCount ?? keys.length).map(({ address }) => address),
    ...(options.qbft === undefined ? {} : { qbft: options.qbft }),
    ...(kept === undefined ? {} : { blocks: kept }),
  })
}

function gossipOf(parts: Parts, index: number, disk: NodeDisk): ValidatorGossip {
  return {
    async publishConsensus(message) {
      const link = parts.links.get(index)
      if (link === undefined) return
      disk.published.push(message)
      await link.publishConsensus(message)
    },
    async publishBlock(block) {
      disk.publishedBlocks.push(decodeBlock(block))
      await parts.links.get(index)?.publishBlock(block)
    },
  }
}

/** Stands for synchronization: takes the missing blocks of whichever reachable node has the most. */
async function catchUp(parts: Parts, index: number): Promise<void> {
  const { chain, id } = nodeAt(parts, index)
  for (;;) {
    const missing = parts.nodes
      .filter((other) => parts.network.reaches(other.id, id))
      .map((other) => other.chain.blocks[chain.blocks.length])
      .find((block) => block !== undefined)
    if (missing === undefined || !(await chain.importBlock(missing)).ok) return
  }
}

function recordingLogger(log: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogLine['fields'] = {}) => {
      log.push({ level, message, fields })
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
    setLevel: () => {},
  }
  return logger
}
