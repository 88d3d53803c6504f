import type { Chain } from '@busan/chain'
import type { Logger } from '@busan/telemetry'
import type { LocalAllowlists } from './local-allowlists.ts'
import { createPeerRegistry } from './peer-registry.ts'

/** Who may connect: whoever the local list and the chain's node registry both allow; undefined: anyone. */
export type PeerPermissions = () => ReadonlySet<string> | undefined

/** What permissions are made of. */
export interface PeerPermissionsOptions {
  readonly chain: Chain
  readonly logger: Logger
  readonly local: Pick<LocalAllowlists, 'entries' | 'onChanged'>
  /** Who may connect while the registry fails. */
  readonly fallback: ReadonlySet<string>
  /** Called when somebody who was allowed may not be any more. */
  readonly onChanged: () => void
}

/** Follows the local list and the registry until `stop`. */
export async function followPeerPermissions(
  options: PeerPermissionsOptions,
): Promise<{ readonly allowed: PeerPermissions; readonly stop: () => void }> {
  const { chain, logger, local, onChanged } = options
  const registry = createPeerRegistry(options, onChanged)
  await registry.refresh()
  const stopHeads = chain.onHead(() => {
    registry.refresh().catch((error: unknown) => {
      logger.error('the node registry cannot be read', { error })
    })
  })
  const stopLocal = local.onChanged(onChanged)
  return {
    allowed: () => both(local.entries('nodes'), registry.listed()),
    stop() {
      stopHeads()
      stopLocal()
    },
  }
}

function both(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return new Set([...one].filter((id) => other.has(id)))
}
