import { bytesToHash, errorMessage, type Hash, hexToBytes, keccakHash } from '@busan/primitives'
import type { Connection, StreamHandler } from '@libp2p/interface'
import { decodeByteStrings, encodeByteStrings } from '../byte-strings.ts'
import { p2pError } from '../errors.ts'
import { networkPrefix } from '../gossip/topics.ts'
import { TRANSACTIONS_LIMITS, TRANSACTIONS_PER_REQUEST_MAX } from '../limits.ts'
import type { P2pHandlers } from '../types.ts'
import { exchange } from './exchange.ts'
import { type ServePorts, serve } from './serve.ts'

/** In an answer: a transaction that the peer does not have, or has no room for. */
const NOT_GIVEN = new Uint8Array(0)
/** RLP prefix of one transaction, at most. */
const PREFIX_BYTES = 5

/** Protocol id of requests for transactions on one network. */
export function transactionsProtocol(genesisHash: string): string {
  return `${networkPrefix(genesisHash)}/transactions/1`
}

/**
 * Asks for transactions by hash, at most 4096.
 * @returns for each hash the bytes that have it, or undefined
 * @throws CodedError as `exchange`, and `malformed-response` for other bytes than were asked for
 */
export async function requestTransactions(
  connection: Connection,
  options: { genesisHash: string; hashes: readonly Hash[]; timeoutMs: number },
): Promise<(Uint8Array | undefined)[]> {
  const { hashes } = options
  const response = await exchange(connection, {
    protocol: transactionsProtocol(options.genesisHash),
    request: encodeByteStrings(hashes.map(hexToBytes)),
    limits: TRANSACTIONS_LIMITS,
    timeoutMs: options.timeoutMs,
  })
  try {
    return decodeByteStrings(response, hashes.length).map((raw, index) => {
      if (raw.length === 0) return undefined
      if (keccakHash(raw) !== hashes[index]) throw new TypeError('not the transaction asked for')
      return raw
    })
  } catch (cause) {
    const peer = connection.remotePeer.toString()
    throw p2pError(
      'malformed-response',
      `${peer} sent malformed transactions: ${errorMessage(cause)}`,
      { details: { peer }, cause },
    )
  }
}

/** Answers from the handler, in the order asked for, as far as the answer has room. */
export function serveTransactions(
  ports: ServePorts & { readonly handlers: P2pHandlers; readonly timeoutMs: number },
): StreamHandler {
  return serve(ports, {
    name: 'transactions',
    limits: TRANSACTIONS_LIMITS,
    timeoutMs: ports.timeoutMs,
    decode: (request) => decodeByteStrings(request, TRANSACTIONS_PER_REQUEST_MAX).map(bytesToHash),
    answer: async (hashes) => encodeByteStrings(fitting(ports.handlers.transactions(hashes))),
  })
}

function fitting(raws: readonly (Uint8Array | undefined)[]): readonly Uint8Array[] {
  let roomBytes = TRANSACTIONS_LIMITS.responseMaxBytes - PREFIX_BYTES * (raws.length + 1)
  return raws.map((raw) => {
    if (raw === undefined || raw.length > roomBytes) return NOT_GIVEN
    roomBytes -= raw.length
    return raw
  })
}
