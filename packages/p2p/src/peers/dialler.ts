import { type Clock, errorMessage, type Timer } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import { CODE_P2P, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { p2pError } from '../errors.ts'
import type { P2pTuning } from '../options.ts'
import type { PeerId } from '../types.ts'

/** What keeping peers connected needs. */
export interface DiallerPorts {
  readonly ownId: PeerId
  readonly clock: Clock
  readonly log: Logger
  readonly tuning: P2pTuning
  readonly isConnected: (peer: PeerId) => boolean
  /** Resolves when connected. The addresses are as configured: names are resolved by each call afresh. */
  readonly dial: (addresses: readonly Multiaddr[], signal: AbortSignal) => Promise<void>
}

/** Keeps the configured peers connected. */
export interface Dialler {
  /** @returns false when the address was there already, or is our own. @throws CodedError `invalid-peer-address` */
  add(address: string): boolean
  remove(peer: PeerId): boolean
  has(peer: PeerId): boolean
  /** Dials again after the peer's last connection closed. */
  disconnected(peer: PeerId): void
  stop(): void
}

interface Target {
  readonly peer: PeerId
  readonly addresses: Multiaddr[]
  failures: number
  connectedAtMs?: number
  timer?: Timer
}

/** A connection that lived this long clears the peer's failures; one that breaks sooner counts as another. */
const STABLE_MS = 10_000

/** The higher of two ids waits this long, so that two nodes that start together open one connection, not two. */
const COURTESY_MS = 200

/** Failures between two warnings of one unreachable peer. */
const WARN_EVERY = 20

/** Dials each target until connected, with growing, jittered pauses; a target is never given up. */
export function createDialler(ports: DiallerPorts): Dialler {
  const targets = new Map<PeerId, Target>()
  const attempts = createAttempts(ports, (target) => targets.get(target.peer) === target)
  return {
    add(text) {
      const { peer, address } = parsePeerAddress(text)
      if (peer === ports.ownId) return false
      const target = targets.get(peer) ?? { peer, addresses: [], failures: 0 }
      if (target.addresses.some((known) => known.equals(address))) return false
      target.addresses.push(address)
      targets.set(peer, target)
      attempts.schedule(target, ports.ownId < peer ? 0 : COURTESY_MS)
      return true
    },
    remove(peer) {
      targets.get(peer)?.timer?.cancel()
      return targets.delete(peer)
    },
    has: (peer) => targets.has(peer),
    disconnected(peer) {
      const target = targets.get(peer)
      if (target === undefined) return
      const livedMs = ports.clock.nowMs() - (target.connectedAtMs ?? Number.NEGATIVE_INFINITY)
      if (livedMs >= STABLE_MS) target.failures = 0
      attempts.retry(target)
    },
    stop() {
      attempts.stop()
      for (const target of targets.values()) target.timer?.cancel()
    },
  }
}

/** @param isWanted false once the target was removed or replaced */
function createAttempts(ports: DiallerPorts, isWanted: (target: Target) => boolean) {
  const stopped = new AbortController()

  function schedule(target: Target, delayMs: number): void {
    if (stopped.signal.aborted || !isWanted(target)) return
    target.timer?.cancel()
    target.timer = ports.clock.schedule(delayMs, () => void attempt(target))
  }

  async function attempt(target: Target): Promise<void> {
    if (!isWanted(target) || ports.isConnected(target.peer)) return
    const timeout = AbortSignal.timeout(ports.tuning.dialTimeoutMs)
    try {
      await ports.dial(target.addresses, AbortSignal.any([stopped.signal, timeout]))
      target.connectedAtMs = ports.clock.nowMs()
      if (!ports.isConnected(target.peer)) retry(target)
    } catch (error) {
      if (stopped.signal.aborted) return
      if (target.failures % WARN_EVERY === 0) {
        const addresses = target.addresses.map(String)
        ports.log.warn('peer unreachable, dialling on', { addresses, error: errorMessage(error) })
      }
      retry(target)
    }
  }

  function retry(target: Target): void {
    const delayMs = pauseMs(target.failures, ports.tuning)
    target.failures += 1
    schedule(target, delayMs)
  }

  return { schedule, retry, stop: () => stopped.abort() }
}

function pauseMs(failures: number, { redialMinMs, redialMaxMs }: P2pTuning): number {
  const jitter = 0.75 + Math.random() / 2
  return Math.min(redialMaxMs, redialMinMs * 2 ** Math.min(failures, 20)) * jitter
}

function parsePeerAddress(text: string): { peer: PeerId; address: Multiaddr } {
  try {
    const address = multiaddr(text)
    const last = address.getComponents().at(-1)
    if (last?.code === CODE_P2P && last.value !== undefined && address.getComponents().length > 1) {
      return { peer: last.value, address }
    }
  } catch {
    // Falls through to the one error for every malformed address.
  }
  throw p2pError(
    'invalid-peer-address',
    `not a peer address: ${text.slice(0, 200)}; write /ip4/ADDRESS/tcp/PORT/p2p/ID or /dns4/HOST/tcp/PORT/p2p/ID`,
    { details: { address: text.slice(0, 200) } },
  )
}
