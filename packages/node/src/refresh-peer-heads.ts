import type { P2pHost } from '@busan/p2p'
import type { Clock } from '@busan/primitives'

/** Peers are asked at most this often. */
const INTERVAL_MS = 1_000

/** What asking needs; the host may not be there yet. */
export interface RefreshPorts {
  readonly clock: Clock
  host(): P2pHost | undefined
}

/**
 * A validator's message shows a height above ours: ask every peer for its head at once, instead of waiting
 * for the next periodic status.
 */
export function refreshPeerHeads({ clock, host }: RefreshPorts): () => void {
  let askedMs = Number.NEGATIVE_INFINITY
  return () => {
    const nowMs = clock.nowMs()
    const network = host()
    if (network === undefined || nowMs - askedMs < INTERVAL_MS) return
    askedMs = nowMs
    for (const { id } of network.peers()) {
      // The answer goes to `onPeerStatus` like any status; a peer that gives none is asked again periodically.
      network.requestStatus(id).catch(() => {})
    }
  }
}
