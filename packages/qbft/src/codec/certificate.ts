import { type Block, blockToItems } from '@busan/chain-spec'
import {
  accept,
  asList,
  decodeRlp,
  encodeRlp,
  errorMessage,
  refuse,
  type Verdict,
} from '@busan/primitives'
import { blockRules } from '../block-rules.ts'
import type { PreparedCertificate } from '../types.ts'
import { preparesFromItems } from './messages.ts'
import { expectCount, proposedBlock } from './payloads.ts'
import { signedToItems } from './signed.ts'

/** RLP of [block, prepares]: how a journal keeps a prepared certificate. Round and digest are the block's. */
export function encodeCertificate(certificate: PreparedCertificate<Block>): Uint8Array {
  return encodeRlp([blockToItems(certificate.block), certificate.prepares.map(signedToItems)])
}

/** Reads what {@link encodeCertificate} wrote; every signature is recovered again. */
export function decodeCertificate(
  bytes: Uint8Array,
): Verdict<PreparedCertificate<Block>, 'malformed-certificate'> {
  try {
    const items = asList(decodeRlp(bytes), 'certificate')
    expectCount(items, 2, 'certificate')
    const block = proposedBlock(asList(items[0], 'block'))
    const prepares = preparesFromItems(items[1])
    return accept({
      round: blockRules.round(block),
      digest: blockRules.digest(block),
      block,
      prepares,
    })
  } catch (error) {
    return refuse('malformed-certificate', errorMessage(error))
  }
}
