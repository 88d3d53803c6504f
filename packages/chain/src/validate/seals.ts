import type { Header } from '@busan/chain-spec'
import { accept, refuse, type Verdict } from '@busan/primitives'
import { type Validator, verifySeals } from '@busan/qbft'

/** A quorum of the validators has sealed the header; every seal is valid, theirs and the only one of its author. */
export function validateSeals(
  header: Header,
  validators: readonly Validator[],
): Verdict<'sealed', 'invalid-seals'> {
  const verdict = verifySeals(header, validators)
  return verdict.ok ? accept('sealed') : refuse('invalid-seals', verdict.message)
}
