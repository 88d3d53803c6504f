import type { Block } from '@busan/chain-spec'
import { type Message, type PreparedCertificate, type Restored, signedPart } from '@busan/qbft'
import { type Claimable, checkClaim, claimOf, type SigningClaim } from './signing-guard.ts'

/**
 * What this validator has signed, as the journal holds it: a mirror of the disk that is only changed after the
 * disk was.
 */
export interface SigningRecord {
  /** Nothing at or below it is signed any more; -1 while the journal says nothing. */
  readonly endedHeight: bigint
  /** The messages signed above `endedHeight`, oldest first. */
  readonly messages: readonly Message<Block>[]
  /** The claims of those messages, in the same order. */
  readonly claims: readonly SigningClaim[]
  /** The certificate of the latest round prepared in, at the height of the messages. */
  readonly certificate?: PreparedCertificate<Block>
}

/** The record of an empty journal. */
export const EMPTY_RECORD: SigningRecord = { endedHeight: -1n, messages: [], claims: [] }

/**
 * True once the journal vouches for all that its key may still be bound by. Until then it may have begun after
 * the key did, on a wiped disk or a second machine: what the key signed before is unknown.
 */
export function isComplete(record: SigningRecord): boolean {
  return record.endedHeight >= 0n
}

/** The greatest height that anything was signed at or that was ended; -1 for a blank record. */
export function lastSigned(record: SigningRecord): bigint {
  return record.claims.at(-1)?.height ?? record.endedHeight
}

/** The record with one more signed message. A message of a greater height replaces those below. */
export function withMessage(
  record: SigningRecord,
  message: Message<Block>,
  certificate?: PreparedCertificate<Block>,
): SigningRecord {
  const claim = claimOf(signedPart(message).payload)
  const isHigher = record.claims.some(({ height }) => height < claim.height)
  const base = isHigher ? withEnded(record, claim.height - 1n) : record
  const latest = laterCertificate(base.certificate, certificate)
  return {
    endedHeight: base.endedHeight,
    messages: [...base.messages, message],
    claims: [...base.claims, claim],
    ...(latest === undefined ? {} : { certificate: latest }),
  }
}

/** The record once `height` is decided: all that was signed up to there is settled. */
export function withEnded(record: SigningRecord, height: bigint): SigningRecord {
  if (record.claims.some((claim) => claim.height > height)) return record
  return { ...EMPTY_RECORD, endedHeight: height > record.endedHeight ? height : record.endedHeight }
}

/** Signed before, word for word or with the same meaning: re-signing gives nothing away. */
export function hasSigned(record: SigningRecord, payload: Claimable): boolean {
  const verdict = checkClaim(claimOf(payload), record)
  return verdict.ok && verdict.value === 'repeated'
}

/** What the machine needs to go on at `height` without contradicting itself; undefined when nothing was signed. */
export function restoredAt(record: SigningRecord, height: bigint): Restored<Block> | undefined {
  if (record.claims.every((claim) => claim.height !== height)) return undefined
  const round = Math.max(...record.claims.map((claim) => claim.round))
  const { messages, certificate } = record
  return { round, messages, ...(certificate === undefined ? {} : { prepared: certificate }) }
}

function laterCertificate(
  known: PreparedCertificate<Block> | undefined,
  offered: PreparedCertificate<Block> | undefined,
): PreparedCertificate<Block> | undefined {
  if (known === undefined || offered === undefined) return offered ?? known
  return offered.round > known.round ? offered : known
}
