/**
 * Validators whose agreement decides: ceil(2n/3), for prepares, commits and round changes alike.
 * @param validatorCount n, at least 1
 */
export function quorum(validatorCount: number): number {
  return Math.ceil((2 * validatorCount) / 3)
}

/**
 * Validators that may lie without harm to safety: floor((n-1)/3).
 * @param validatorCount n, at least 1
 */
export function faulty(validatorCount: number): number {
  return Math.floor((validatorCount - 1) / 3)
}
