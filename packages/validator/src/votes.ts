import { type Address, accept, refuse, type Verdict } from '@busan/primitives'
import type { ValidatorState } from '@busan/qbft'

/** Why a vote is not taken. */
export type VoteRefusal =
  | 'already-validator'
  | 'not-a-validator'
  | 'last-validator'
  /** The node proposes no blocks that could carry it. */
  | 'no-validator-key'
  /** The chain's registry decides, and blocks with other votes are invalid. */
  | 'decided-by-registry'

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

/** A vote that some validators have cast on the chain, and that has no majority yet. */
export interface OpenVote {
  readonly subject: Address
  /** false: drop. */
  readonly add: boolean
  /** Ascending. */
  readonly voters: readonly Address[]
  /** Votes that decide it: more than half of the set. */
  readonly needed: number
}

/** The votes cast since the last epoch block that have not decided anything. */
export function openVotes({
  validators,
  addVotes,
  dropVotes,
}: ValidatorState): readonly OpenVote[] {
  const needed = Math.floor(validators.length / 2) + 1
  const listed = (tally: typeof addVotes, add: boolean) =>
    [...tally].map(([subject, voters]) => ({ subject, add, voters: [...voters].sort(), needed }))
  return [...listed(addVotes, true), ...listed(dropVotes, false)]
}

/** What is wrong with the set that a vote leads to; undefined when nothing is. Votes are cast all the same. */
export function setSizeWarning(
  subject: Address,
  add: boolean,
  { validators }: ValidatorState,
): string | undefined {
  const size = validators.length + (add ? 1 : -1)
  const outcome = `${add ? 'adding' : 'dropping'} ${subject} makes a set of ${size}`
  if (size < 4) return `${outcome}: ${SMALL_SETS[size]}; 4 is the least that outlives any one fault`
  if (size % 3 !== 0) return undefined
  return (
    `${outcome}, a multiple of 3: it tolerates no more than ${size - 2} would, and blocks with the least` +
    ' quorum of seals are refused by bridges that want more than two thirds'
  )
}

const SMALL_SETS: Readonly<Record<number, string>> = {
  1: 'it decides alone, and the chain stops with it',
  2: 'the chain stops when either is away',
  3: 'it outlives one that is away, not one that lies',
}
