/** The lesser of two. */
export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** The greater of two. */
export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** Ascending order for sorting. */
export function compareBigints(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
