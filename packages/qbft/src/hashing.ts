// The hashes of a QBFT header, all over its RLP with extraData rewritten (Besu's BftBlockHashing).
import { encodeHeader, type Header } from '@busan/chain-spec'
import { CodedError, type Hash, keccakHash } from '@busan/primitives'
import { decodeExtraData, type ExtraData, encodeExtraData } from './codec/extra-data.ts'
import type { CommitSeal } from './types.ts'

/**
 * The block hash: round 0 and no seals, so that it does not depend on how the block was agreed on. The
 * genesis header is hashed as it stands.
 * @throws CodedError `malformed-extra-data`: check foreign headers with `decodeExtraData` first
 */
export function blockHash(header: Header): Hash {
  if (header.number === 0n) return keccakHash(encodeHeader(header))
  return keccakHash(encodeHeader(rewritten(header, { round: 0, seals: [] })))
}

/**
 * What commit seals sign, and what identifies a proposal within its round: no seals, round kept.
 * @throws CodedError `malformed-extra-data`: check foreign headers with `decodeExtraData` first
 */
export function sealHash(header: Header): Hash {
  return keccakHash(encodeHeader(rewritten(header, { seals: [] })))
}

/** The same header with only the round in extraData replaced. @throws as {@link sealHash} */
export function withRound(header: Header, round: number): Header {
  return rewritten(header, { round })
}

/** The same header with only the seals in extraData replaced. @throws as {@link sealHash} */
export function withSeals(header: Header, seals: readonly CommitSeal[]): Header {
  return rewritten(header, { seals })
}

/**
 * The extraData of a header that has been checked.
 * @throws CodedError `malformed-extra-data` when it has not
 */
export function checkedExtraData(header: Header): ExtraData {
  const decoded = decodeExtraData(header.extraData)
  if (decoded.ok) return decoded.value
  throw new CodedError('malformed-extra-data', `block ${header.number}: ${decoded.message}`)
}

function rewritten(header: Header, changes: Partial<ExtraData>): Header {
  return { ...header, extraData: encodeExtraData({ ...checkedExtraData(header), ...changes }) }
}
