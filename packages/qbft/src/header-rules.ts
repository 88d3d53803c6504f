// What QBFT demands of a header beside the Ethereum rules: who may have made it, and who has sealed it.
import type { Header } from '@busan/chain-spec'
import { accept, hexToBytes, recoverAddress, refuse, type Verdict } from '@busan/primitives'
import { decodeExtraData, type ExtraData } from './codec/extra-data.ts'
import { sealHash } from './hashing.ts'
import { quorum } from './quorum.ts'
import type { Validator } from './types.ts'

/** Why a header's seals are refused. */
export type SealReason =
  | 'malformed-extra-data'
  | 'too-few-seals'
  | 'invalid-seal'
  | 'foreign-seal'
  | 'duplicate-seal'

/** Why a header's extraData or coinbase is refused. */
export type ExtraDataReason = 'malformed-extra-data' | 'wrong-validators' | 'foreign-coinbase'

/**
 * Checks that a quorum has sealed the header. Seals beyond the quorum are welcome, yet one that is invalid,
 * foreign or double refuses the header.
 * @param validators that the parent block leads to
 * @returns who sealed, in the order of the seals
 */
export function verifySeals(
  header: Header,
  validators: readonly Validator[],
): Verdict<readonly Validator[], SealReason> {
  const extraData = decodeExtraData(header.extraData)
  if (!extraData.ok) return extraData
  const { seals } = extraData.value
  // A set that voted itself empty must not make unsealed blocks pass.
  const needed = Math.max(1, quorum(validators.length))
  if (seals.length < needed) {
    return refuse('too-few-seals', `${seals.length} seals, a quorum of ${needed} is needed`)
  }
  if (seals.length > validators.length) {
    const counts = `${seals.length} seals of ${validators.length} validators`
    return refuse('duplicate-seal', `${counts}: some must be double or foreign`)
  }
  return sealAuthors(sealHash(header), seals, validators)
}

function sealAuthors(
  digest: string,
  seals: readonly Uint8Array[],
  validators: readonly Validator[],
): Verdict<readonly Validator[], SealReason> {
  const digestBytes = hexToBytes(digest)
  const authors: Validator[] = []
  for (const [index, seal] of seals.entries()) {
    const author = recoverAddress(digestBytes, seal)
    if (author === undefined) return refuse('invalid-seal', `seal ${index} recovers to no key`)
    if (!validators.includes(author)) {
      return refuse('foreign-seal', `seal ${index} is by ${author}, who is not a validator`)
    }
    if (authors.includes(author)) return refuse('duplicate-seal', `two seals by ${author}`)
    authors.push(author)
  }
  return accept(authors)
}

/**
 * Checks the header's extraData and coinbase against the set that may make it. Not for the genesis header,
 * whose list may be in any order.
 * @param validators that the parent block leads to, ascending: the header must list exactly these
 */
export function verifyExtraData(
  header: Header,
  validators: readonly Validator[],
): Verdict<ExtraData, ExtraDataReason> {
  const extraData = decodeExtraData(header.extraData)
  if (!extraData.ok) return extraData
  const listed = extraData.value.validators
  if (listed.length !== validators.length || listed.some((one, i) => one !== validators[i])) {
    const lists = `lists ${listed.join(', ')} where ${validators.join(', ')} are expected`
    return refuse('wrong-validators', `extraData ${lists}, ascending`)
  }
  if (!validators.includes(header.coinbase)) {
    return refuse('foreign-coinbase', `coinbase ${header.coinbase} is not a validator`)
  }
  return accept(extraData.value)
}
