import { type Clock, Lru } from '@busan/primitives'

/** So many units a second, and as many at once as have been saved up. */
export interface RateLimit {
  readonly unitsPerSecond: number
  /** Units that can be saved up. Default: those of ten seconds. */
  readonly burst?: number
}

/** What one client may still ask for: a token bucket. */
export interface Meter {
  /** Takes the units, all or none. @returns 0, or after how many milliseconds they can be had */
  take(units: number): number
}

const BURST_SECONDS = 10

/** A bucket that begins full. A request that weighs more than it holds passes when it is full, and empties it. */
export function createMeter(
  { unitsPerSecond, burst = unitsPerSecond * BURST_SECONDS }: RateLimit,
  clock: Pick<Clock, 'nowMs'>,
): Meter {
  let units = burst
  let atMs = clock.nowMs()
  return {
    take(wanted) {
      const nowMs = clock.nowMs()
      units = Math.min(burst, units + ((nowMs - atMs) * unitsPerSecond) / 1000)
      atMs = nowMs
      const needed = Math.min(wanted, burst)
      if (units < needed) return Math.ceil(((needed - units) * 1000) / unitsPerSecond)
      units -= needed
      return 0
    },
  }
}

/** Addresses whose buckets are remembered; who comes back after so many others begins with a full one. */
const ADDRESSES_KEPT = 10_000

/** One bucket for each client address. */
export function createMeters(
  limit: RateLimit,
  clock: Pick<Clock, 'nowMs'>,
): (address: string) => Meter {
  const meters = new Lru<string, Meter>(ADDRESSES_KEPT)
  return (address) => {
    const known = meters.get(address)
    if (known !== undefined) return known
    const meter = createMeter(limit, clock)
    meters.set(address, meter)
    return meter
  }
}
