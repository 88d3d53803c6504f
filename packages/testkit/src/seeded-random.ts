/** Reproducible randomness: the same seed gives the same sequence on every machine. */
export interface SeededRandom {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, bound). */
  below(bound: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** One of the list's items; the list is not empty. */
  pick<Item>(items: readonly Item[]): Item
}

/** @param seed any whole number; only its low 32 bits count */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0

  /** mulberry32. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const below = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
  }
}
