import { type Clock, Lru } from '@busan/primitives'
import type { PeerId } from '../types.ts'

/** Points for each kind of misbehaviour; a reason that is not here costs {@link DEFAULT_POINTS}. */
const POINTS: Readonly<Record<string, number>> = {
  'invalid-gossip': 20,
  'malformed-request': 25,
  'malformed-response': 25,
  'too-many-requests': 5,
  'slow-request': 10,
  'invalid-block': 50,
  'malformed-block': 50,
  'empty-range': 10,
  stalled: 10,
}
const DEFAULT_POINTS = 20

/** Points at which a peer is banned: two grave faults within some 20 seconds. */
const BAN_POINTS = 90

/** Points halve in this time, so that rare mishaps of a long-lived peer never add up. */
const HALF_LIFE_MS = 60_000

const PEERS_MAX = 1024

/** Who misbehaved lately, and who is refused until when. Remembers the last 1024 peers. */
export interface Scores {
  /** @returns true when these points crossed the threshold: the peer is banned from this moment */
  penalize(peer: PeerId, reason: string): boolean
  ban(peer: PeerId, durationMs: number): void
  isBanned(peer: PeerId): boolean
}

/**
 * A validator that crosses the threshold is banned as anyone else, its reserved slot notwithstanding, but
 * `banMs` should be short for it: invalid messages from it may come from a fault it recovers from, and the
 * chain needs its votes.
 */
export function createScores(ports: { clock: Clock; banMs: (peer: PeerId) => number }): Scores {
  const points = new Lru<PeerId, { points: number; atMs: number }>(PEERS_MAX)
  const bannedUntilMs = new Lru<PeerId, number>(PEERS_MAX)

  function ban(peer: PeerId, durationMs: number): void {
    bannedUntilMs.set(peer, ports.clock.nowMs() + durationMs)
    points.delete(peer)
  }

  return {
    penalize(peer, reason) {
      const nowMs = ports.clock.nowMs()
      const before = points.get(peer) ?? { points: 0, atMs: nowMs }
      const kept = before.points * 0.5 ** (Math.max(0, nowMs - before.atMs) / HALF_LIFE_MS)
      const total = kept + (POINTS[reason] ?? DEFAULT_POINTS)
      points.set(peer, { points: total, atMs: nowMs })
      if (total < BAN_POINTS) return false
      ban(peer, ports.banMs(peer))
      return true
    },
    ban,
    isBanned(peer) {
      const untilMs = bannedUntilMs.get(peer)
      if (untilMs === undefined) return false
      if (ports.clock.nowMs() < untilMs) return true
      bannedUntilMs.delete(peer)
      return false
    },
  }
}
