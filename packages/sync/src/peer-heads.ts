import type { Clock } from '@busan/primitives'
import type { PeerId } from './ports.ts'

/** What connected peers say of their chains. Claims: only imported blocks prove them. */
export interface PeerHeads {
  /** A status: replaces what the peer said before. */
  told(peer: PeerId, number: bigint): void
  /** A gossiped block, or an empty answer: moves the claim of a connected peer up or down. */
  raise(peer: PeerId, number: bigint): void
  lower(peer: PeerId, number: bigint): void
  gone(peer: PeerId): void
  /** The highest claim; 0 without peers. */
  highest(): bigint
  /** The highest claim of peers that keep their word; of all, when none does. */
  credible(): bigint
  /** The peer to ask for block `number`: the one that failed least, then the one that was asked longest ago. */
  pick(number: bigint): PeerId | undefined
  failed(peer: PeerId): void
  succeeded(peer: PeerId): void
  /** The part of a full range that the peer's line carries in good time, above 0 and at most 1. */
  share(peer: PeerId): number
  /** Moves the share after an answer that came quickly, or not in time. */
  resize(peer: PeerId, pace: 'quick' | 'late'): void
  /** Milliseconds until a peer that claims `number` may be asked again; undefined when there is none. */
  restMs(number: bigint): number | undefined
}

interface Claim {
  number: bigint
  failures: number
  restsUntilMs: number
  askedMs: number
  share: number
}

/** Rest after a first failure, doubled by each one after it. */
const REST_MS = 500
const REST_MAX_MS = 30_000

/** Failures in a row after which a claim is believed only if there is no better one. */
const DOUBTFUL_FAILURES = 3

const SHARE_MIN = 1 / 1024

/** @see PeerHeads */
export function createPeerHeads(clock: Clock): PeerHeads {
  const claims = new Map<PeerId, Claim>()
  const able = (number: bigint) => [...claims].filter(([, claim]) => claim.number >= number)

  return {
    told(peer, number) {
      const claim = claims.get(peer)
      if (claim === undefined)
        claims.set(peer, { number, failures: 0, restsUntilMs: 0, askedMs: 0, share: 1 })
      else claim.number = number
    },
    raise(peer, number) {
      const claim = claims.get(peer)
      if (claim !== undefined && claim.number < number) claim.number = number
    },
    lower(peer, number) {
      const claim = claims.get(peer)
      if (claim !== undefined && claim.number > number) claim.number = number
    },
    gone: (peer) => void claims.delete(peer),
    highest: () => highestOf([...claims.values()]),
    credible() {
      const all = [...claims.values()]
      const credible = all.filter(({ failures }) => failures < DOUBTFUL_FAILURES)
      return highestOf(credible.length > 0 ? credible : all)
    },
    pick(number) {
      const nowMs = clock.nowMs()
      const ready = able(number).filter(([, claim]) => claim.restsUntilMs <= nowMs)
      ready.sort(([, a], [, b]) => a.failures - b.failures || a.askedMs - b.askedMs)
      const [peer, claim] = ready[0] ?? []
      if (claim !== undefined) claim.askedMs = nowMs
      return peer
    },
    failed(peer) {
      const claim = claims.get(peer)
      if (claim === undefined) return
      claim.restsUntilMs =
        clock.nowMs() + Math.min(REST_MAX_MS, REST_MS * 2 ** Math.min(claim.failures, 20))
      claim.failures += 1
    },
    succeeded(peer) {
      const claim = claims.get(peer)
      if (claim !== undefined) claim.failures = 0
    },
    share: (peer) => claims.get(peer)?.share ?? 1,
    resize(peer, pace) {
      const claim = claims.get(peer)
      if (claim === undefined) return
      const share = pace === 'quick' ? claim.share * 2 : claim.share / 4
      claim.share = Math.min(1, Math.max(SHARE_MIN, share))
    },
    restMs(number) {
      const rests = able(number).map(([, { restsUntilMs }]) => restsUntilMs)
      return rests.length === 0 ? undefined : Math.max(0, Math.min(...rests) - clock.nowMs())
    },
  }
}

function highestOf(claims: readonly Claim[]): bigint {
  return claims.reduce((max, { number }) => (number > max ? number : max), 0n)
}
