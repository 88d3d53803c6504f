import { type Address, accept, refuse, type Verdict } from '@busan/primitives'
import type { ValidatorState } from '@busan/qbft'

/** Why a vote is not taken. */
export type VoteRefusal = 'already-validator' | 'not-a-validator' | 'last-validator'

/**
 * The votes that this validator casts in the blocks it proposes, until they are discarded. They live as long
 * as the process.
 */
export interface Votes {
  /** subject -> true to add, false to drop */
  readonly pending: ReadonlyMap<Address, boolean>
  propose(subject: Address, add: boolean, state: ValidatorState): Verdict<'standing', VoteRefusal>
  /** @returns false when there was no vote about the subject */
  discard(subject: Address): boolean
}

/** No votes. */
export function createVotes(): Votes {
  const pending = new Map<Address, boolean>()
  return {
    pending,
    propose(subject, add, { validators }) {
      const isMember = validators.includes(subject)
      if (add && isMember) return refuse('already-validator', `${subject} is a validator already`)
      if (!add && !isMember) return refuse('not-a-validator', `${subject} is not a validator`)
      if (!add && validators.length === 1) {
        return refuse('last-validator', `${subject} is the last validator: the chain would end`)
      }
      pending.set(subject, add)
      return accept('standing')
    },
    discard: (subject) => pending.delete(subject),
  }
}
