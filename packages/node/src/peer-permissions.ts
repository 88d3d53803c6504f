import type { Chain } from '@busan/chain'
import type { Logger } from '@busan/telemetry'
import { createPeerRegistry } from './peer-registry.ts'

/** Who may connect: whoever the local file and the chain's node registry both allow. */
export interface PeerPermissions {
  /** undefined: anyone. */
  allowed(): ReadonlySet<string> | undefined
  /** The same, ascending, for people. */
  nodes(): readonly string[] | undefined
  /** Reads the local file again. @throws CodedError of the file; what was in force stays */
  reload(): Promise<void>
}

/** What permissions are made of. */
export interface PeerPermissionsOptions {
  readonly chain: Chain
  readonly logger: Logger
  /** Content of the local file; undefined: there is none. */
  readonly allowlist: ReadonlySet<string> | undefined
  readonly readAllowlist: () => Promise<ReadonlySet<string> | undefined>
  /** Who may connect while the registry fails. */
  readonly fallback: ReadonlySet<string>
  /** Called when somebody who was allowed may not be any more. */
  readonly onChanged: () => void
}

/** Follows the registry until `stop`. */
export async function followPeerPermissions(
  options: PeerPermissionsOptions,
): Promise<{ readonly permissions: PeerPermissions; readonly stop: () => void }> {
  const { chain, logger, onChanged } = options
  let { allowlist } = options
  const registry = createPeerRegistry(options, onChanged)
  await registry.refresh()
  const stop = chain.onHead(() => {
    registry.refresh().catch((error: unknown) => {
      logger.error('the node registry cannot be read', { error })
    })
  })
  const allowed = () => both(allowlist, registry.listed())
  const permissions: PeerPermissions = {
    allowed,
    nodes() {
      const ids = allowed()
      return ids && [...ids].sort()
    },
    async reload() {
      allowlist = await options.readAllowlist()
      onChanged()
    },
  }
  return { permissions, stop }
}

function both(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return new Set([...one].filter((id) => other.has(id)))
}
