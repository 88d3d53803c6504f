import { type Block, decodeBlock } from '@busan/chain-spec'
import { type Clock, errorMessage } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { PeerHeads } from './peer-heads.ts'
import type { ChainPort, GossipVerdict, PeerId } from './ports.ts'

/** What judging gossiped blocks needs. */
export interface GossipPorts {
  readonly chain: ChainPort
  readonly heads: PeerHeads
  readonly clock: Clock
  readonly log: Logger
  /** Starts catching up. */
  readonly wake: () => void
}

/** A block further ahead of our clock is not forwarded. Its seals still decide whether catching up imports it. */
const FUTURE_MAX_MS = 15_000

/**
 * Imports the child of the head, and has it forwarded only then. A block further up is a hint of where the
 * chain is: the blocks between are fetched at once.
 *
 * [REJECT] bytes that are no block, and children of the head that the chain refuses.
 * [IGNORE] blocks at or below the head, blocks beyond its child, blocks from the future.
 */
export async function judgeGossipBlock(
  ports: GossipPorts,
  bytes: Uint8Array,
  from: PeerId,
): Promise<GossipVerdict> {
  const { chain, heads, clock, log, wake } = ports
  const block = decode(bytes, (error) =>
    log.debug('gossiped bytes are no block', { peer: from, error }),
  )
  if (block === undefined) return 'reject'
  const { number, timestamp } = block.header
  const headNumber = chain.head().header.number
  if (number <= headNumber) return 'ignore'
  const aheadMs = Number(timestamp) * 1000 - clock.nowMs()
  if (aheadMs > FUTURE_MAX_MS) {
    log.warn('block from the future, check the clock of this machine', {
      number,
      aheadMs,
      peer: from,
    })
  }
  if (aheadMs > FUTURE_MAX_MS || number > headNumber + 1n) {
    heads.raise(from, number)
    wake()
    return 'ignore'
  }
  const verdict = await chain.importBlock(block)
  if (!verdict.ok) {
    const { reason, message } = verdict
    log.warn('gossiped block refused', { number, peer: from, reason, message })
    return 'reject'
  }
  heads.raise(from, number)
  return verdict.value === 'imported' ? 'accept' : 'ignore'
}

function decode(bytes: Uint8Array, refuse: (error: string) => void): Block | undefined {
  try {
    return decodeBlock(bytes)
  } catch (error) {
    refuse(errorMessage(error))
    return undefined
  }
}
