import { hashNumber } from '../state/hash-number.ts'

/**
 * Keys that end with a hash, by 53 bits of it: 14 to 27 bytes each, where a Set would take 60 and end at 16 million.
 * Once in a great while it takes one key for another.
 */
export interface KeySet {
  /** @returns false: it was there */
  add(key: Uint8Array): boolean
  has(key: Uint8Array): boolean
}

const CAPACITY_AT_FIRST = 2 ** 12
const LOAD_MAX = 0.6

/** An empty set: a table of numbers, probed one place after the other; 0 is an empty place. */
export function createKeySet(): KeySet {
  let table = new Float64Array(CAPACITY_AT_FIRST)
  let size = 0
  const placeOf = (number: number): number => {
    const mask = table.length - 1
    let place = number & mask
    while (table[place] !== 0 && table[place] !== number) place = (place + 1) & mask
    return place
  }
  const grow = (): void => {
    const before = table
    table = new Float64Array(before.length * 2)
    for (const number of before) if (number !== 0) table[placeOf(number)] = number
  }
  return {
    add(key) {
      const number = numberOf(key)
      const place = placeOf(number)
      if (table[place] === number) return false
      table[place] = number
      if (++size > table.length * LOAD_MAX) grow()
      return true
    },
    has(key) {
      const number = numberOf(key)
      return table[placeOf(number)] === number
    },
  }
}

function numberOf(key: Uint8Array): number {
  return hashNumber(key) || 1
}
