import type { P2pHost } from '@busan/p2p'
import type { Clock } from '@busan/primitives'
import type { Sync } from '@busan/sync'

/** Peers are asked at most this often. */
const INTERVAL_MS = 1_000

/** What asking needs; the host may not be there yet. */
export interface RefreshPorts {
  readonly sync: Pick<Sync, 'onPeerStatus'>
  readonly clock: Clock
  host(): P2pHost | undefined
}

/**
 * A validator's message shows a height above ours: ask every peer for its head at once, instead of waiting
 * for the next periodic status.
 */
export function refreshPeerHeads({ sync, clock, host }: RefreshPorts): () => void {
  let askedMs = Number.NEGATIVE_INFINITY
  return () => {
    const nowMs = clock.nowMs()
    const network = host()
    if (network === undefined || nowMs - askedMs < INTERVAL_MS) return
    askedMs = nowMs
    for (const { id } of network.peers()) {
      // A peer that does not answer is asked again with the periodic status.
      network.requestStatus(id).then(
        (status) => sync.onPeerStatus(id, status),
        () => {},
      )
    }
  }
}
