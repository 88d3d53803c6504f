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

/** Dials each target until connected, with growing, jittered pauses; a target is never given up. */
export function createDialler(ports: DiallerPorts): Dialler {
  const targets = new Map<PeerId, Target>()
  const stopped = new AbortController()

  function schedule(target: Target, delayMs: number): void {
    target.timer?.cancel()
    target.timer = ports.clock.schedule(delayMs, () => void attempt(target))
  }

  async function attempt(target: Target): Promise<void> {
    if (stopped.signal.aborted || targets.get(target.peer) !== target) return
    if (ports.isConnected(target.peer)) return
    const signal = AbortSignal.any([
      stopped.signal,
      AbortSignal.timeout(ports.tuning.dialTimeoutMs),
    ])
    try {
      await ports.dial(target.addresses, signal)
      target.connectedAtMs = ports.clock.nowMs()
      if (!ports.isConnected(target.peer)) retry(target)
    } catch (error) {
      if (stopped.signal.aborted) return
      if (target.failures % 20 === 0) {
        const addresses = target.addresses.map(String)
        ports.log.warn('peer unreachable, dialling on', { addresses, error: errorMessage(error) })
      }
      retry(target)
    }
  }

  function retry(target: Target): void {
    if (stopped.signal.aborted || targets.get(target.peer) !== target) return
    target.failures += 1
    schedule(target, pauseMs(target.failures - 1, ports.tuning))
  }

  return {
    add(text) {
      const { peer, address } = parsePeerAddress(text)
      if (peer === ports.ownId) return false
      const target = targets.get(peer) ?? { peer, addresses: [], failures: 0 }
      if (target.addresses.some((known) => known.equals(address))) return false
      target.addresses.push(address)
      targets.set(peer, target)
      schedule(target, ports.ownId < peer ? 0 : COURTESY_MS)
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
      retry(target)
    },
    stop() {
      stopped.abort()
      for (const target of targets.values()) target.timer?.cancel()
    },
  }
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
