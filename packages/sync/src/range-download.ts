import { type Block, decodeBlock } from '@busan/chain-spec'
import { type Clock, errorMessage, isCodedError } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import { startDeadline } from './deadline.ts'
import type { SyncMetrics } from './metrics.ts'
import type { PeerHeads } from './peer-heads.ts'
import type { NetworkPort, PeerId } from './ports.ts'
import type { Progress } from './progress.ts'

/** What downloading needs. */
export interface DownloadPorts {
  readonly network: NetworkPort
  readonly heads: PeerHeads
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: SyncMetrics
  readonly progress: Progress
  /** Aborted when the blocks are not wanted any more. */
  readonly stopped: AbortSignal
  readonly blocksPerRequest: number
  /** A peer that has not answered in this time is passed over. */
  readonly stallMs: number
}

/** Consecutive blocks of one peer, at least one; numbered rightly, but verified by no one yet. */
export interface BlockRange {
  readonly peer: PeerId
  readonly fromNumber: bigint
  readonly blocks: readonly Block[]
}

/**
 * Downloads blocks from `fromNumber` upwards, going from peer to peer until one gives them. Undefined when
 * none that claims to have them is left to ask. Never rejects.
 */
export async function downloadRange(
  ports: DownloadPorts,
  fromNumber: bigint,
): Promise<BlockRange | undefined> {
  while (!ports.stopped.aborted) {
    const peer = ports.heads.pick(fromNumber)
    if (peer === undefined) return undefined
    const range = await downloadFrom(ports, peer, fromNumber)
    if (range !== undefined) return range
  }
  return undefined
}

/** An answer within this part of the deadline shows a line that carries more. */
const QUICK_PART = 1 / 4

async function downloadFrom(
  ports: DownloadPorts,
  peer: PeerId,
  fromNumber: bigint,
): Promise<BlockRange | undefined> {
  const { clock, heads, metrics, stopped, stallMs } = ports
  const count = Math.max(1, Math.floor(ports.blocksPerRequest * heads.share(peer)))
  const askedMs = clock.nowMs()
  let raws: readonly Uint8Array[] | 'stalled'
  try {
    raws = await beforeDeadline(ports, (signal) =>
      ports.network.requestBlocks(peer, fromNumber, count, signal),
    )
  } catch (error) {
    if (!stopped.aborted) requestFailed(ports, peer, error)
    return undefined
  }
  if (stopped.aborted) return undefined
  if (raws === 'stalled') {
    heads.resize(peer, 'late')
    return blame(ports, peer, 'stalled')
  }
  if (raws.length === 0) {
    heads.lower(peer, fromNumber - 1n)
    return blame(ports, peer, 'empty')
  }
  const blocks = decodeRange(raws, fromNumber)
  if (blocks === undefined) return blame(ports, peer, 'malformed')
  if (clock.nowMs() - askedMs <= stallMs * QUICK_PART) heads.resize(peer, 'quick')
  metrics.downloads.add(1, { outcome: 'ok' })
  return { peer, fromNumber, blocks }
}

function requestFailed(ports: DownloadPorts, peer: PeerId, error: unknown): void {
  const { heads, log, metrics, progress } = ports
  const message = errorMessage(error)
  metrics.downloads.add(1, { outcome: 'failed' })
  log.debug('range download failed', { peer, error: message })
  progress.hindered({ peer, reason: 'request-failed', message })
  if (isCodedError(error, 'peer-not-connected')) heads.gone(peer)
  else heads.failed(peer)
}

const PENALTIES = {
  stalled: 'stalled',
  empty: 'empty-range',
  malformed: 'malformed-block',
} as const

function blame(ports: DownloadPorts, peer: PeerId, outcome: keyof typeof PENALTIES): undefined {
  ports.metrics.downloads.add(1, { outcome })
  ports.log.debug('range download failed', { peer, outcome })
  ports.progress.hindered({ peer, reason: outcome })
  ports.heads.failed(peer)
  ports.network.penalize(peer, PENALTIES[outcome])
}

function decodeRange(raws: readonly Uint8Array[], fromNumber: bigint): Block[] | undefined {
  try {
    const blocks = raws.map(decodeBlock)
    const isConsecutive = blocks.every(({ header }, i) => header.number === fromNumber + BigInt(i))
    return isConsecutive ? blocks : undefined
  } catch {
    return undefined
  }
}

/** The answer, or `stalled` once the deadline has passed or nobody wants it any more. */
async function beforeDeadline<Answer>(
  { clock, stallMs, stopped }: DownloadPorts,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer | 'stalled'> {
  const asking = new AbortController()
  const { promise, resolve } = Promise.withResolvers<'stalled'>()
  const giveUp = () => {
    resolve('stalled')
    asking.abort()
  }
  const timer = startDeadline(clock, stallMs, giveUp)
  stopped.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([ask(asking.signal), promise])
  } finally {
    timer.cancel()
    stopped.removeEventListener('abort', giveUp)
  }
}
