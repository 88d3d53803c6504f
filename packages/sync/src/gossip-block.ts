import { type Block, decodeBlock } from '@busan/chain-spec'
import { errorMessage } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { PeerHeads } from './peer-heads.ts'
import type { ChainPort, GossipVerdict, PeerId } from './ports.ts'
import type { JudgeRefusal } from './refusals.ts'

/** What judging gossiped blocks needs. */
export interface GossipPorts {
  readonly chain: ChainPort
  readonly heads: PeerHeads
  readonly log: Logger
  readonly judgeRefusal: JudgeRefusal
  /** Starts catching up. */
  readonly wake: () => void
}

/**
 * Imports the child of the head, and has it forwarded only then. A block further up is a hint of where the
 * chain is: the blocks between are fetched at once. A block at or below the head goes to the chain as well,
 * which raises the alarm when a quorum sealed two at one height.
 *
 * [REJECT] bytes that are no block, and what the chain refuses for a fault of the sender's.
 * [IGNORE] blocks that we have, blocks beyond the head's child, blocks that only this node cannot import.
 */
export async function judgeGossipBlock(
  ports: GossipPorts,
  bytes: Uint8Array,
  from: PeerId,
): Promise<GossipVerdict> {
  const { chain, heads, log, wake } = ports
  const block = decode(bytes, (error) =>
    log.debug('gossiped bytes are no block', { peer: from, error }),
  )
  if (block === undefined) return 'reject'
  const { number } = block.header
  if (number > chain.head().header.number + 1n) {
    heads.raise(from, number)
    wake()
    return 'ignore'
  }
  const verdict = await chain.importBlock(block)
  if (verdict.ok) {
    heads.raise(from, number)
    return verdict.value === 'imported' ? 'accept' : 'ignore'
  }
  const { reason, message } = verdict
  // Both sides of a fork are honest peers to each other; the chain has raised the alarm.
  if (reason === 'conflicting-block') return 'ignore'
  const fault = ports.judgeRefusal({ peer: from, number, reason, message })
  if (fault.kind === 'forged') return 'reject'
  heads.raise(from, number)
  wake()
  return 'ignore'
}

function decode(bytes: Uint8Array, refuse: (error: string) => void): Block | undefined {
  try {
    return decodeBlock(bytes)
  } catch (error) {
    refuse(errorMessage(error))
    return undefined
  }
}
