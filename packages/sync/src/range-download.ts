import { type Block, decodeBlock } from '@busan/chain-spec'
import { type Clock, errorMessage } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { SyncMetrics } from './metrics.ts'
import type { PeerHeads } from './peer-heads.ts'
import type { NetworkPort, PeerId } from './ports.ts'

/** What downloading needs. */
export interface DownloadPorts {
  readonly network: NetworkPort
  readonly heads: PeerHeads
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: SyncMetrics
  /** Aborted when sync stops. */
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

async function downloadFrom(
  ports: DownloadPorts,
  peer: PeerId,
  fromNumber: bigint,
): Promise<BlockRange | undefined> {
  const { network, heads, log, metrics, stopped } = ports
  let raws: readonly Uint8Array[] | 'stalled'
  try {
    raws = await beforeDeadline(
      ports,
      network.requestBlocks(peer, fromNumber, ports.blocksPerRequest),
    )
  } catch (error) {
    metrics.downloads.add(1, { outcome: 'failed' })
    log.debug('range download failed', { peer, fromNumber, error: errorMessage(error) })
    heads.failed(peer)
    return undefined
  }
  if (stopped.aborted) return undefined
  if (raws === 'stalled') return blame(ports, peer, 'stalled')
  if (raws.length === 0) {
    heads.lower(peer, fromNumber - 1n)
    return blame(ports, peer, 'empty')
  }
  const blocks = decodeRange(raws, fromNumber)
  if (blocks === undefined) return blame(ports, peer, 'malformed')
  metrics.downloads.add(1, { outcome: 'ok' })
  return { peer, fromNumber, blocks }
}

const PENALTIES = {
  stalled: 'stalled',
  empty: 'empty-range',
  malformed: 'malformed-block',
} as const

function blame(ports: DownloadPorts, peer: PeerId, outcome: keyof typeof PENALTIES): undefined {
  ports.metrics.downloads.add(1, { outcome })
  ports.log.debug('range download failed', { peer, outcome })
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

/** The answer, or `stalled` once the deadline has passed or sync stops. */
async function beforeDeadline<Answer>(
  { clock, stallMs, stopped }: DownloadPorts,
  answer: Promise<Answer>,
): Promise<Answer | 'stalled'> {
  const { promise, resolve } = Promise.withResolvers<'stalled'>()
  const give = () => resolve('stalled')
  const timer = clock.schedule(stallMs, give)
  stopped.addEventListener('abort', give, { once: true })
  try {
    return await Promise.race([answer, promise])
  } finally {
    timer.cancel()
    stopped.removeEventListener('abort', give)
  }
}
