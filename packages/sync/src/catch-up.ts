import { importInTurn } from '@busan/chain'
import type { Logger } from '@busan/telemetry'
import type { SyncMetrics } from './metrics.ts'
import type { PeerHeads } from './peer-heads.ts'
import type { ChainPort, NetworkPort } from './ports.ts'
import { type BlockRange, type DownloadPorts, downloadRange } from './range-download.ts'
import type { JudgeRefusal, Refusal } from './refusals.ts'

/** What catching up needs. */
export interface CatchUpPorts extends DownloadPorts {
  readonly chain: ChainPort
  readonly network: NetworkPort
  readonly heads: PeerHeads
  readonly log: Logger
  readonly metrics: SyncMetrics
  readonly judgeRefusal: JudgeRefusal
  /** Runs after each block of a peer's range that was added, with the count of those so far. */
  readonly onImported: (count: number) => void
}

/** A range being downloaded ahead of the import. */
interface Ahead {
  readonly fromNumber: bigint
  readonly range: Promise<BlockRange | undefined>
  drop(): void
}

/**
 * Imports what peers have above our head, one range downloading while the one before it is imported. Ends
 * when no peer claims more, or none that does can be asked, or what they have cannot be imported yet. Rejects
 * when the chain cannot import.
 * @returns milliseconds to leave the peers alone
 */
export async function catchUp(ports: CatchUpPorts): Promise<number> {
  const { chain, heads, stopped } = ports
  let ahead: Ahead | undefined
  try {
    while (!stopped.aborted && heads.highest() > chain.head().header.number) {
      const nextNumber = chain.head().header.number + 1n
      const range = await rangeWith(ports, nextNumber, ahead)
      if (range === undefined) return 0
      const afterNumber = range.fromNumber + BigInt(range.blocks.length)
      ahead = heads.highest() >= afterNumber ? lookAhead(ports, afterNumber) : undefined
      const pauseMs = await importRange(ports, range)
      if (pauseMs > 0) return pauseMs
      if (chain.head().header.number >= afterNumber - 1n) continue
      ahead?.drop()
      ahead = undefined
    }
    return 0
  } finally {
    ahead?.drop()
  }
}

function lookAhead(ports: CatchUpPorts, fromNumber: bigint): Ahead {
  const dropped = new AbortController()
  const drop = () => dropped.abort()
  ports.stopped.addEventListener('abort', drop, { once: true })
  // What it meets hinders nobody yet: it is met again if it stays.
  const progress = { ...ports.progress, hindered: () => {} }
  const range = downloadRange({ ...ports, progress, stopped: dropped.signal }, fromNumber)
  return {
    fromNumber,
    range: range.finally(() => ports.stopped.removeEventListener('abort', drop)),
    drop,
  }
}

/** The range downloaded ahead when it holds the next block (gossip may have moved the head into it), else another. */
async function rangeWith(
  ports: CatchUpPorts,
  nextNumber: bigint,
  ahead: Ahead | undefined,
): Promise<BlockRange | undefined> {
  if (ahead !== undefined && ahead.fromNumber <= nextNumber) {
    const range = await ahead.range
    if (range !== undefined && range.fromNumber + BigInt(range.blocks.length) > nextNumber)
      return range
  }
  return downloadRange(ports, nextNumber)
}

/** @returns milliseconds to wait when a block was refused for which the peer is not to blame, else 0 */
async function importRange(ports: CatchUpPorts, { peer, blocks }: BlockRange): Promise<number> {
  const { chain, heads, metrics, stopped, onImported } = ports
  let count = 0
  const headNumber = chain.head().header.number
  const missing = blocks.filter(({ header }) => header.number > headNumber)
  for await (const { block, verdict } of importInTurn(chain, missing)) {
    if (!verdict.ok) {
      const { reason, message } = verdict
      return refused(ports, { peer, number: block.header.number, reason, message })
    }
    if (verdict.value === 'imported') {
      metrics.blocksImported.add()
      count += 1
      onImported(count)
    }
    if (stopped.aborted) return 0
  }
  const lastNumber = blocks.at(-1)?.header.number ?? 0n
  if (chain.head().header.number >= lastNumber) heads.succeeded(peer)
  else heads.failed(peer)
  return 0
}

/** A forged block costs its peer, which rests, and the range is fetched elsewhere. */
function refused(ports: CatchUpPorts, refusal: Refusal): number {
  const { peer, reason, message } = refusal
  ports.progress.hindered({ peer, reason, message })
  const fault = ports.judgeRefusal(refusal)
  if (fault.kind === 'ours') return fault.waitMs
  ports.heads.failed(peer)
  ports.network.penalize(peer, 'invalid-block')
  return 0
}
