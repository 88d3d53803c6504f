import { CodedError } from '@busan/primitives'

const PEER_ID = /(?:^|\/p2p\/)([1-9A-HJ-NP-Za-km-z]{46,64})$/

/** The peer ids of multiaddrs or of bare ids. @throws CodedError `invalid-config` for text that holds none */
export function peerIdsOf(entries: readonly string[]): ReadonlySet<string> {
  return new Set(
    entries.map((entry) => {
      const id = peerIdIn(entry)
      if (id !== undefined) return id
      throw new CodedError(
        'invalid-config',
        `"${entry}" names no peer: a multiaddr ending in /p2p/ID, or a bare peer id, is expected`,
      )
    }),
  )
}

/** The peer id of a multiaddr, or the bare id itself. */
export function peerIdIn(entry: string): string | undefined {
  return PEER_ID.exec(entry)?.[1]
}
