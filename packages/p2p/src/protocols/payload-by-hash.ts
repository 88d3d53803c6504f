import { bytesToHash, type Hash, hexToBytes } from '@busan/primitives'
import type { Connection, StreamHandler } from '@libp2p/interface'
import { networkPrefix } from '../gossip/topics.ts'
import { PAYLOAD_LIMITS } from '../limits.ts'
import { exchange } from './exchange.ts'
import { type ServePorts, serve } from './serve.ts'

/** Protocol id of payload requests on one network. */
export function payloadProtocol(genesisHash: string): string {
  return `${networkPrefix(genesisHash)}/payload/1`
}

/** Asks for an announced payload; undefined when the peer does not have it. @throws CodedError as `exchange` */
export async function requestPayload(
  connection: Connection,
  options: { genesisHash: string; hash: Hash; timeoutMs: number },
): Promise<Uint8Array | undefined> {
  const payload = await exchange(connection, {
    protocol: payloadProtocol(options.genesisHash),
    request: hexToBytes(options.hash),
    limits: PAYLOAD_LIMITS,
    timeoutMs: options.timeoutMs,
  })
  return payload.length === 0 ? undefined : payload
}

/** Answers with the payload's bytes, or none. */
export function servePayloads(
  ports: ServePorts & {
    readonly stored: (hash: Hash) => Uint8Array | undefined
    readonly timeoutMs: number
  },
): StreamHandler {
  return serve(ports, {
    name: 'payload',
    limits: PAYLOAD_LIMITS,
    timeoutMs: ports.timeoutMs,
    decode: bytesToHash,
    answer: async (hash) => ports.stored(hash) ?? new Uint8Array(0),
  })
}
