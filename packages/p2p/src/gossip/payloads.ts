import { bytesToHex, concatBytes, type Hash, hexToBytes, keccakHash } from '@busan/primitives'
import { GOSSIP_LIMITS } from '../limits.ts'
import type { PeerId } from '../types.ts'

/** What carrying payloads needs. */
export interface PayloadPorts {
  /** Asks a peer for a payload; undefined when it has none. @throws when the peer cannot be asked */
  readonly request: (peer: PeerId, hash: Hash) => Promise<Uint8Array | undefined>
  readonly connectedPeers: () => readonly PeerId[]
  readonly penalize: (peer: PeerId, reason: string) => void
}

/** What became of a gossiped body. */
export type OpenedBody =
  | { readonly kind: 'payload'; readonly bytes: Uint8Array }
  /** The sender broke the format. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** No one gave the announced payload. */
  | { readonly kind: 'unavailable'; readonly reason: string }

/**
 * Carries payloads of up to 12 MiB over gossip, whose frames end at 4 MiB and which sends several copies of
 * each: a small payload travels in the message, a large one is announced by its hash and fetched once, over
 * a stream of its own, from the peer that announced it (or, failing that, from any other).
 */
export interface Payloads {
  /** The body to gossip. */
  wrap(payload: Uint8Array): Uint8Array
  open(body: Uint8Array, from: PeerId): Promise<OpenedBody>
  /** A large payload that we sent or received lately. */
  stored(hash: Hash): Uint8Array | undefined
}

const INLINE = 0
const ANNOUNCED = 1
const HASH_BYTES = 32
const SIZE_BYTES = 4

/** @see Payloads */
export function createPayloads(ports: PayloadPorts): Payloads {
  const store = createStore(GOSSIP_LIMITS.payloadStoreBytes)
  const fetchOnce = createFetcher(ports, store)

  async function openAnnounced(body: Uint8Array, from: PeerId): Promise<OpenedBody> {
    const hash = bytesToHex(body.subarray(1, 1 + HASH_BYTES)) as Hash
    const sizeBytes = new DataView(body.buffer, body.byteOffset).getUint32(1 + HASH_BYTES)
    if (sizeBytes <= GOSSIP_LIMITS.inlineMaxBytes || sizeBytes > GOSSIP_LIMITS.payloadMaxBytes) {
      return { kind: 'malformed', reason: `announces ${sizeBytes} bytes` }
    }
    const bytes = store.get(hash) ?? (await fetchOnce({ hash, from, sizeBytes }))
    return bytes === undefined
      ? { kind: 'unavailable', reason: 'no peer gave the announced payload' }
      : { kind: 'payload', bytes }
  }

  return {
    wrap(payload) {
      if (payload.length <= GOSSIP_LIMITS.inlineMaxBytes) {
        return concatBytes(Uint8Array.of(INLINE), payload)
      }
      const hash = keccakHash(payload)
      store.put(hash, payload)
      const size = new Uint8Array(SIZE_BYTES)
      new DataView(size.buffer).setUint32(0, payload.length)
      return concatBytes(Uint8Array.of(ANNOUNCED), hexToBytes(hash), size)
    },
    async open(body, from) {
      if (body[0] === INLINE && body.length > 1) {
        const bytes = body.subarray(1)
        if (bytes.length <= GOSSIP_LIMITS.inlineMaxBytes) return { kind: 'payload', bytes }
        return { kind: 'malformed', reason: `${bytes.length} bytes should have been announced` }
      }
      if (body[0] === ANNOUNCED && body.length === 1 + HASH_BYTES + SIZE_BYTES) {
        return openAnnounced(body, from)
      }
      return { kind: 'malformed', reason: 'neither a payload nor an announcement' }
    },
    stored: (hash) => store.get(hash),
  }
}

/** Fetches each payload once, however many announce it; too many announcements at once are dropped. */
function createFetcher(ports: PayloadPorts, store: Store) {
  const fetching = new Map<Hash, { from: PeerId; payload: Promise<Uint8Array | undefined> }>()

  async function fetchAny({
    hash,
    from,
    sizeBytes,
  }: Announcement): Promise<Uint8Array | undefined> {
    const others = ports.connectedPeers().filter((peer) => peer !== from)
    for (const peer of [from, ...others]) {
      const payload = await ports.request(peer, hash).catch(() => undefined)
      if (payload === undefined) continue
      if (payload.length === sizeBytes && keccakHash(payload) === hash) {
        store.put(hash, payload)
        return payload
      }
      ports.penalize(peer, 'malformed-response')
    }
    return undefined
  }

  return async (announcement: Announcement): Promise<Uint8Array | undefined> => {
    const { hash, from } = announcement
    const started = fetching.get(hash)
    if (started !== undefined) return started.payload
    const ofPeer = [...fetching.values()].filter((fetch) => fetch.from === from)
    if (ofPeer.length >= GOSSIP_LIMITS.fetchesPerPeerMax) return undefined
    if (fetching.size >= GOSSIP_LIMITS.fetchesMax) return undefined
    const payload = fetchAny(announcement).finally(() => fetching.delete(hash))
    fetching.set(hash, { from, payload })
    return payload
  }
}

interface Announcement {
  readonly hash: Hash
  readonly from: PeerId
  readonly sizeBytes: number
}

type Store = ReturnType<typeof createStore>

/** The latest payloads, up to a total size; the oldest leave first. */
function createStore(maxBytes: number) {
  const payloads = new Map<Hash, Uint8Array>()
  let totalBytes = 0
  return {
    get: (hash: Hash) => payloads.get(hash),
    put(hash: Hash, payload: Uint8Array): void {
      if (payloads.has(hash)) return
      payloads.set(hash, payload)
      totalBytes += payload.length
      for (const [oldest, bytes] of payloads) {
        if (totalBytes <= maxBytes) break
        payloads.delete(oldest)
        totalBytes -= bytes.length
      }
    },
  }
}
