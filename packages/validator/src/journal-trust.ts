import type { Header } from '@busan/chain-spec'
import { sealHash, withRound } from '@busan/qbft'
import type { Session } from './session.ts'
import type { MessageSigner } from './sign-message.ts'
import { isComplete, lastSigned, type SigningRecord } from './signing-record.ts'

/**
 * Header times run up to a second ahead of the clocks that accept them, and those differ. A block whose
 * timestamp is this much later than our start was proposed after it.
 */
export const PROPOSED_AFTER_MARGIN_MS = 3_000

/**
 * At each head: what the journal holds of decided heights is settled, and an incomplete journal becomes complete
 * once its key can be bound by nothing that it does not hold.
 */
export async function settleJournal(session: Session, signer: MessageSigner): Promise<void> {
  const { header } = session.parent
  if (header.number === 0n) return
  if (isComplete(signer.record())) await signer.endHeight(header.number)
  else if (provesJournal(session, signer.record())) await signer.vouchFrom(header.number)
}

/** Why the journal does not allow a vote on the head's child; undefined when it does. */
export function silenceReason(session: Session, record: SigningRecord): string | undefined {
  const { number } = session.parent.header
  const signedTo = lastSigned(record)
  if (signedTo > number + 1n || record.endedHeight > number) {
    return `its journal says that it has signed up to block ${signedTo}, which this chain does not have`
  }
  // At the first block there is nothing to have been lost, and a lone validator waits for nobody.
  const isUnknown = !isComplete(record) && number > 0n && session.validators.length > 1
  if (!isUnknown || session.trustBlankJournal) return undefined
  return 'its signing journal does not go back far enough, so what its key signed before is unknown'
}

/**
 * A process of the same key that ran before ours can only have signed up to the child of the head that it had.
 * A head that was proposed after our start is that child, or lies above it.
 */
function provesJournal(
  { parent: { header }, startedMs, foreignSealAt }: Session,
  record: SigningRecord,
): boolean {
  if (foreignSealAt === header.number) return false
  const aheadMs = Number(header.timestamp) * 1000 - startedMs
  // A chain that begins with us: the margin goes the other way, or a whole network could wait for itself.
  const isFirst = header.number === 1n && aheadMs >= -PROPOSED_AFTER_MARGIN_MS
  return isFirst || aheadMs >= PROPOSED_AFTER_MARGIN_MS || hasVotedFor(record, header)
}

/** True when the journal was there while the block was decided: it holds our vote for it, in whatever round. */
function hasVotedFor({ claims }: SigningRecord, header: Header): boolean {
  return claims.some(
    ({ height, round, type, subject }) =>
      height === header.number &&
      type !== 'round-change' &&
      subject === sealHash(withRound(header, round)),
  )
}
