import type { Block } from '@busan/chain-spec'
import { accept, refuse, type Verdict } from '@busan/primitives'
import { blockRules, type CommitPayload, type Payload } from '@busan/qbft'

/** What signing a message commits to: one claim stands for each height, round and type. */
export interface SigningClaim {
  readonly height: bigint
  readonly round: number
  readonly type: Payload<Block>['type']
  /** Proposal, prepare, commit: the seal hash. Round change: what was prepared, `none` or `round:digest`. */
  readonly subject: string
  /** Round change only: the round of the certificate it carries. */
  readonly preparedRound?: number
}

/** Why the guard refuses a signature. */
export type SigningRefusal =
  | 'height-regressed'
  | 'contradiction'
  | 'round-regressed'
  | 'certificate-dropped'

/** What was claimed at the highest height that anything was claimed at. */
export interface SigningClaims {
  /** Nothing at or below this height may be signed; -1 when nothing is known. */
  readonly endedHeight: bigint
  readonly claims: readonly SigningClaim[]
}

/**
 * The check before each signature, independent of the machine that asks for it: invariants I1, I3, I5, I7 of
 * the safety proof, from what was signed alone. Saying the same thing again is always allowed.
 */
export function checkClaim(
  claim: SigningClaim,
  signed: SigningClaims,
): Verdict<'first' | 'repeated', SigningRefusal> {
  const above = signed.claims.find(({ height }) => height > claim.height)
  if (claim.height <= signed.endedHeight || above !== undefined) {
    return refuse(
      'height-regressed',
      `${describeClaim(claim)} after height ${above?.height ?? signed.endedHeight}`,
    )
  }
  const atHeight = signed.claims.filter(({ height }) => height === claim.height)
  const same = atHeight.find(({ round, type }) => round === claim.round && type === claim.type)
  if (same !== undefined) {
    if (same.subject === claim.subject) return accept('repeated')
    return refuse(
      'contradiction',
      `${describeClaim(claim)} contradicts ${same.subject}, signed before for the same round`,
    )
  }
  return checkAgainstOthers(claim, atHeight)
}

function checkAgainstOthers(
  claim: SigningClaim,
  atHeight: readonly SigningClaim[],
): Verdict<'first', SigningRefusal> {
  for (const other of atHeight) {
    if (claim.type === 'round-change' && other.type === 'commit') {
      if (other.round < claim.round && (claim.preparedRound ?? -1) < other.round) {
        return refuse(
          'certificate-dropped',
          `${describeClaim(claim)} forgets the block committed to in round ${other.round}`,
        )
      }
    }
    if (other.round > claim.round) {
      return refuse('round-regressed', `${describeClaim(claim)} after round ${other.round}`)
    }
    const isVote = claim.type !== 'round-change' && other.type !== 'round-change'
    if (isVote && other.round === claim.round && other.subject !== claim.subject) {
      return refuse('contradiction', `${describeClaim(claim)} contradicts ${describeClaim(other)}`)
    }
  }
  const certified = atHeight.reduce(
    (high, { preparedRound = -1 }) => Math.max(high, preparedRound),
    -1,
  )
  if (claim.type === 'round-change' && (claim.preparedRound ?? -1) < certified) {
    return refuse(
      'certificate-dropped',
      `${describeClaim(claim)} drops the certificate of round ${certified}`,
    )
  }
  return accept('first')
}

function describeClaim(claim: SigningClaim): string {
  return `${claim.type} for height ${claim.height} round ${claim.round} (${claim.subject})`
}

/** Any signed content: a commit's seal is not part of what is claimed. */
export type Claimable = Exclude<Payload<Block>, CommitPayload> | Omit<CommitPayload, 'seal'>

/** The claim that signing this payload makes. */
export function claimOf(payload: Claimable): SigningClaim {
  const { height, round, type } = payload
  switch (payload.type) {
    case 'proposal':
      return { height, round, type, subject: blockRules.digest(payload.block) }
    case 'prepare':
    case 'commit':
      return { height, round, type, subject: payload.digest }
    case 'round-change': {
      const { prepared } = payload
      if (prepared === undefined) return { height, round, type, subject: 'none' }
      const subject = `${prepared.round}:${prepared.digest}`
      return { height, round, type, subject, preparedRound: prepared.round }
    }
  }
}
