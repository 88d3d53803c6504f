import type { Connections } from '../connections.ts'
import type { P2pMetrics } from '../metrics.ts'
import { DEFAULT_MAX_PEERS, type P2pOptions, type P2pTuning } from '../options.ts'
import type { PeerId } from '../types.ts'
import { createAdmission } from './admission.ts'
import type { Dialler } from './dialler.ts'
import { createScores } from './scores.ts'

/** Who may stay connected, and what costs them that. */
export type Policy = ReturnType<typeof createPolicy>

/** One policy for a host: admission, scores, and the one way to lower a score. */
export function createPolicy(
  { clock, logger: log, ...options }: P2pOptions,
  parts: { tuning: P2pTuning; metrics: P2pMetrics; connections: Connections; dialler: Dialler },
) {
  const { tuning, metrics, connections, dialler } = parts
  const isValidator = (peer: PeerId) => options.validatorPeers?.().has(peer) === true
  const scores = createScores({
    clock,
    banMs: (peer) => (isValidator(peer) ? tuning.validatorBanMs : tuning.banMs),
  })
  const isKnown = (peer: PeerId) => isValidator(peer) || dialler.has(peer)
  const admission = createAdmission({
    allowedPeers: () => options.allowedPeers?.(),
    isReserved: isKnown,
    isBanned: scores.isBanned,
    connectedPeers: connections.peers,
    maxPeers: options.maxPeers ?? DEFAULT_MAX_PEERS,
    log,
    metrics,
  })
  return {
    admission,
    isKnown,
    ban: scores.ban,
    penalize(peer: PeerId, reason: string): void {
      metrics.penalties.add(1, { reason })
      log.debug('peer penalised', { peer, reason })
      if (!scores.penalize(peer, reason)) return
      log.warn('peer banned', { peer, reason })
      connections.abort(peer, 'the peer is banned')
    },
  }
}
