import type { Chain } from '@busan/chain'
import type { Address } from '@busan/primitives'

/** True when this validator decides every block alone, and so has no peer to wait for. */
export function isOnlyValidator(chain: Chain, self: Address | undefined): boolean {
  const { validators } = chain.validatorState()
  return self !== undefined && validators.length === 1 && validators[0] === self
}
