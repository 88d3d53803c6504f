import type { PoolReason } from './types.ts'

/** A failed check: the bounded reason for programs, geth's words for tools. */
export interface Rejection {
  readonly reason: PoolReason
  readonly message: string
}

/** Builds a {@link Rejection}. */
export function reject(reason: PoolReason, message: string): Rejection {
  return { reason, message }
}
