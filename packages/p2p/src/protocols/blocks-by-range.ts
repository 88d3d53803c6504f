import { errorMessage } from '@busan/primitives'
import type { Connection, StreamHandler } from '@libp2p/interface'
import { decodeByteStrings, encodeByteStrings } from '../byte-strings.ts'
import { decodeBlockRange, encodeBlockRange } from '../codec.ts'
import { p2pError } from '../errors.ts'
import { networkPrefix } from '../gossip/topics.ts'
import { BLOCKS_LIMITS, BLOCKS_PER_REQUEST_MAX } from '../limits.ts'
import type { P2pHandlers } from '../types.ts'
import { exchange } from './exchange.ts'
import { type ServePorts, serve } from './serve.ts'

/** Room for the RLP headers of a full answer. */
const FRAMING_BYTES = 16 + 8 * BLOCKS_PER_REQUEST_MAX

/** Protocol id of range requests on one network. */
export function blocksProtocol(genesisHash: string): string {
  return `${networkPrefix(genesisHash)}/blocks/1`
}

/**
 * Asks for up to `count` blocks (clamped to 128) from `fromNumber` upwards; fewer may come, none too.
 * @throws CodedError as `exchange`, and `malformed-response` for an answer that is not a list of blocks
 */
export async function requestBlocks(
  connection: Connection,
  options: {
    genesisHash: string
    fromNumber: bigint
    count: number
    timeoutMs: number
    signal?: AbortSignal | undefined
  },
): Promise<Uint8Array[]> {
  const count = Math.min(options.count, BLOCKS_PER_REQUEST_MAX)
  const response = await exchange(connection, {
    protocol: blocksProtocol(options.genesisHash),
    request: encodeBlockRange({ fromNumber: options.fromNumber, count }),
    limits: BLOCKS_LIMITS,
    timeoutMs: options.timeoutMs,
    signal: options.signal,
  })
  try {
    return decodeByteStrings(response, count)
  } catch (cause) {
    const peer = connection.remotePeer.toString()
    throw p2pError('malformed-response', `${peer} sent malformed blocks: ${errorMessage(cause)}`, {
      details: { peer },
      cause,
    })
  }
}

/** Answers range requests from the handler, cut to what the response may hold. */
export function serveBlocks(
  ports: ServePorts & { readonly handlers: P2pHandlers; readonly timeoutMs: number },
): StreamHandler {
  return serve(ports, {
    name: 'blocks',
    limits: BLOCKS_LIMITS,
    timeoutMs: ports.timeoutMs,
    decode: decodeBlockRange,
    answer: async ({ fromNumber, count }) => {
      const blocks = await ports.handlers.blocksByRange(fromNumber, count)
      return encodeByteStrings(fitting(blocks.slice(0, count)))
    },
  })
}

function fitting(blocks: readonly Uint8Array[]): readonly Uint8Array[] {
  let roomBytes = BLOCKS_LIMITS.responseMaxBytes - FRAMING_BYTES
  const overflow = blocks.findIndex((block) => {
    roomBytes -= block.length
    return roomBytes < 0
  })
  return overflow === -1 ? blocks : blocks.slice(0, overflow)
}
