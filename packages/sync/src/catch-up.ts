import type { Logger } from '@busan/telemetry'
import type { SyncMetrics } from './metrics.ts'
import type { PeerHeads } from './peer-heads.ts'
import type { ChainPort, NetworkPort } from './ports.ts'
import { type BlockRange, type DownloadPorts, downloadRange } from './range-download.ts'

/** What catching up needs. */
export interface CatchUpPorts extends DownloadPorts {
  readonly chain: ChainPort
  readonly network: NetworkPort
  readonly heads: PeerHeads
  readonly log: Logger
  readonly metrics: SyncMetrics
  /** Runs after each block that a peer's range added. */
  readonly onImported: () => void
}

/** A range being downloaded ahead of the import. */
interface Ahead {
  readonly fromNumber: bigint
  readonly range: Promise<BlockRange | undefined>
}

/**
 * Imports what peers have above our head, one range downloading while the one before it is imported. Ends
 * when no peer claims more, or none that does can be asked now. Rejects when the chain cannot import.
 */
export async function catchUp(ports: CatchUpPorts): Promise<void> {
  const { chain, heads, stopped } = ports
  let ahead: Ahead | undefined
  while (!stopped.aborted && heads.highest() > chain.head().header.number) {
    const nextNumber = chain.head().header.number + 1n
    const range = await rangeWith(ports, nextNumber, ahead)
    if (range === undefined) return
    const afterNumber = range.fromNumber + BigInt(range.blocks.length)
    ahead =
      heads.highest() >= afterNumber
        ? { fromNumber: afterNumber, range: downloadRange(ports, afterNumber) }
        : undefined
    const isImported = await importRange(ports, range)
    if (!isImported) ahead = undefined
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

/** False when a block is refused: its peer pays and rests, and the rest of its range is worth nothing. */
async function importRange(ports: CatchUpPorts, { peer, blocks }: BlockRange): Promise<boolean> {
  const { chain, heads, network, log, metrics, stopped, onImported } = ports
  for (const block of blocks) {
    if (stopped.aborted) return false
    const { number } = block.header
    if (number <= chain.head().header.number) continue
    const verdict = await chain.importBlock(block)
    if (!verdict.ok) {
      const { reason, message } = verdict
      log.warn('peer gave an invalid block', { peer, number, reason, message })
      heads.failed(peer)
      network.penalize(peer, 'invalid-block')
      return false
    }
    if (verdict.value === 'known') continue
    metrics.blocksImported.add()
    onImported()
  }
  heads.succeeded(peer)
  return true
}
