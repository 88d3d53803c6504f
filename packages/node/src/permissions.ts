import { CodedError } from '@busan/primitives'
import type { NodeConfig } from './options.ts'

const PEER_ID = /(?:^|\/p2p\/)([1-9A-HJ-NP-Za-km-z]{46,64})$/

/** The only peers that may connect, from the permissions file; undefined when there is no file. */
export async function allowedPeers(
  config: NodeConfig,
  readAllowlist: (file: string) => Promise<Record<string, unknown>>,
): Promise<ReadonlySet<string> | undefined> {
  const file = config['permissions-nodes-config-file']
  if (file === undefined) return undefined
  const entries = (await readAllowlist(file))['nodes-allowlist']
  if (!Array.isArray(entries) || entries.some((entry) => typeof entry !== 'string')) {
    throw new CodedError(
      'invalid-config',
      `${file}: nodes-allowlist must be a list of peer ids or multiaddrs with /p2p/ID`,
    )
  }
  const allowed = peerIdsOf(entries)
  const missing = config.bootnodes.filter((address) => !allowed.has(peerIdOf(address)))
  if (missing.length > 0) {
    throw new CodedError(
      'invalid-config',
      `${file}: these bootnodes are not in nodes-allowlist: ${missing.join(', ')}`,
    )
  }
  return allowed
}

/** The peer ids of multiaddrs or of bare ids. @throws CodedError `invalid-config` for text that holds none */
export function peerIdsOf(entries: readonly string[]): ReadonlySet<string> {
  return new Set(entries.map(peerIdOf))
}

function peerIdOf(entry: string): string {
  const id = PEER_ID.exec(entry)?.[1]
  if (id === undefined) {
    throw new CodedError(
      'invalid-config',
      `"${entry}" names no peer: a multiaddr ending in /p2p/ID, or a bare peer id, is expected`,
    )
  }
  return id
}
