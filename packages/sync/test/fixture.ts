import type { ImportVerdict } from '@busan/chain'
import { type Block, encodeBlock, encodeHeader, type Header } from '@busan/chain-spec'
import {
  accept,
  type Clock,
  CodedError,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Hex,
  keccakHash,
  refuse,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import { createMetrics, type LogFields, type Logger } from '@busan/telemetry'
import {
  createSync,
  type NetworkPort,
  type PeerId,
  type Sync,
  type SyncOptions,
} from '../src/index.ts'

const SEALED: Hex = '0x01'
const BLOCK_SECONDS = 1_700_000_000n

export function childOf(parent: Header | undefined, extraData: Hex = SEALED): Block {
  const number = parent === undefined ? 0n : parent.number + 1n
  return {
    header: {
      parentHash: parent === undefined ? ZERO_HASH : hashOf(parent),
      ommersHash: EMPTY_OMMERS_HASH,
      coinbase: ZERO_ADDRESS,
      stateRoot: EMPTY_TRIE_ROOT,
      transactionsRoot: EMPTY_TRIE_ROOT,
      receiptsRoot: EMPTY_TRIE_ROOT,
      logsBloom: `0x${'00'.repeat(256)}`,
      difficulty: 1n,
      number,
      gasLimit: 30_000_000n,
      gasUsed: 0n,
      timestamp: BLOCK_SECONDS + number,
      extraData,
      mixHash: ZERO_HASH,
      nonce: '0x0000000000000000',
    },
    transactions: [],
  }
}

export function makeBlocks(count: number): Block[] {
  const blocks = [childOf(undefined)]
  while (blocks.length <= count) blocks.push(childOf(blocks.at(-1)?.header))
  return blocks
}

export function hashOf(header: Header): Hash {
  return keccakHash(encodeHeader(header))
}

/** A chain that judges like the real one what matters here: the parent, and a seal (one byte). */
export function createTestChain(genesis: Block, nowMs = () => Number.MAX_SAFE_INTEGER) {
  const blocks = [genesis]
  const imported: bigint[] = []
  return {
    blocks,
    /** Numbers of the blocks that were added, in order. */
    imported,
    broken: false,
    /** Execution gives something else than the header says, from this block upwards. */
    disagreesFrom: undefined as bigint | undefined,
    head: () => {
      const { header } = blocks.at(-1) as Block
      return { hash: hashOf(header), header }
    },
    rawBlockByNumber: (number: bigint) => blocks[Number(number)],
    async importBlock(block: Block): Promise<ImportVerdict> {
      await Promise.resolve()
      if (this.broken) throw new Error('disk full')
      const { number } = block.header
      const head = this.head()
      if (number <= head.header.number) {
        const isSame = hashOf(block.header) === hashOf((blocks[Number(number)] as Block).header)
        if (isSame) return accept('known' as const)
        return block.header.extraData === SEALED
          ? refuse('conflicting-block', 'another block is final')
          : refuse('invalid-seals', 'no quorum')
      }
      if (block.header.parentHash !== head.hash) return refuse('unknown-parent', 'no such parent')
      if (Number(block.header.timestamp) * 1000 > nowMs() + 1_000)
        return refuse('future-block', 'ahead of our clock')
      if (block.header.extraData !== SEALED) return refuse('invalid-seals', 'no quorum')
      if (this.disagreesFrom !== undefined && number >= this.disagreesFrom)
        return refuse('invalid-outcome', 'another state root')
      blocks.push(block)
      imported.push(number)
      return accept('imported' as const)
    },
  }
}

export type TestChain = ReturnType<typeof createTestChain>

/** Time that stands still until `settle` finds nothing else to do, then jumps to the next timer. */
export function createTestClock(startMs = Number(BLOCK_SECONDS) * 1000 + 10_000_000) {
  let nowMs = startMs
  const timers = new Set<{ atMs: number; task: () => void }>()
  const clock: Clock = {
    nowMs: () => nowMs,
    schedule(delayMs, task) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), task }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
  }
  return {
    ...clock,
    timers,
    /** Runs until `isDone`, at most for `limitMs` of this clock's time. */
    async settle(isDone: () => boolean, limitMs = 600_000): Promise<void> {
      const endMs = nowMs + limitMs
      for (;;) {
        for (let i = 0; i < 30 && !isDone(); i++)
          await new Promise((resolve) => setImmediate(resolve))
        if (isDone()) return
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined || next.atMs > endMs) throw new Error('nothing happens any more')
        nowMs = Math.max(nowMs, next.atMs)
        timers.delete(next)
        next.task()
      }
    },
    /** Lets `ms` pass, running every timer in its time. */
    async run(ms: number): Promise<void> {
      let isOver = false
      clock.schedule(ms, () => {
        isOver = true
      })
      await this.settle(() => isOver)
    },
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

export type Serve = (
  fromNumber: bigint,
  count: number,
  signal?: AbortSignal,
) => Promise<readonly Uint8Array[]>

/** Peers that a test scripts, and a record of who was asked what and who paid. */
export function createTestNetwork() {
  const peers = new Map<PeerId, Serve>()
  const requests: { peer: PeerId; fromNumber: bigint; count: number }[] = []
  const penalties: { peer: PeerId; reason: string }[] = []
  const network: NetworkPort = {
    async requestBlocks(peer, fromNumber, count, signal) {
      requests.push({ peer, fromNumber, count })
      const serve = peers.get(peer)
      if (serve === undefined) throw new CodedError('peer-not-connected', 'not connected')
      return serve(fromNumber, count, signal)
    },
    penalize: (peer, reason) => void penalties.push({ peer, reason }),
  }
  return { ...network, peers, requests, penalties }
}

/** Serves what there is, at most `count`. */
export function honest(blocks: readonly Block[]): Serve {
  return async (fromNumber, count) =>
    blocks.slice(Number(fromNumber), Number(fromNumber) + count).map(encodeBlock)
}

/** What the operator reads. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

function recordingLogger(lines: LogLine[]): Logger {
  const write =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields })
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
    setLevel: () => {},
  }
  return logger
}

export interface World {
  readonly chain: TestChain
  readonly clock: ReturnType<typeof createTestClock>
  readonly network: ReturnType<typeof createTestNetwork>
  readonly sync: Sync
  readonly logged: readonly LogLine[]
  /** Connects a peer whose chain has `blocks`. */
  connect(peer: PeerId, blocks: readonly Block[], serve?: Serve): void
}

export function createWorld(genesis: Block, options: Partial<SyncOptions> = {}): World {
  const clock = createTestClock()
  const chain = createTestChain(genesis, clock.nowMs)
  const logged: LogLine[] = []
  const network = createTestNetwork()
  const metrics = createMetrics()
  const sync = createSync({
    chain,
    network,
    clock,
    logger: recordingLogger(logged),
    metrics,
    ...options,
  })
  sync.start()
  return {
    chain,
    clock,
    network,
    sync,
    logged,
    connect(peer, blocks, serve = honest(blocks)) {
      network.peers.set(peer, serve)
      sync.onPeerStatus(peer, { headNumber: BigInt(blocks.length - 1) })
    },
  }
}
