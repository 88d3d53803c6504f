import { type ChainSpec, encodeBlock } from '@busan/chain-spec'
import { accept, refuse } from '@busan/primitives'
import { blockHash, decodeExtraData, withRound, withSeals } from '@busan/qbft'
import { checkBlockSize } from '../validate/block-size.ts'
import { validateHeader } from '../validate/header.ts'
import { validateSeals } from '../validate/seals.ts'
import { advanceValidatorState, genesisValidatorState, withOverride } from '../validator-set.ts'
import type { ConsensusRules } from './ports.ts'

/** A QBFT network: validators listed in headers, a quorum of seals, bodies of transactions alone. */
export function createQbftRules(spec: ChainSpec): ConsensusRules {
  return {
    checkShape(header) {
      const extraData = decodeExtraData(header.extraData)
      return extraData.ok ? accept('valid') : refuse('malformed-block', extraData.message)
    },
    hashOf: blockHash,
    validateHeader,
    validateSeals,
    validateBody(block) {
      for (const name of ['ommers', 'withdrawals'] as const) {
        if (block[name] !== undefined) return refuse('invalid-body', `${name} must be empty`)
      }
      // Round and seals differ between copies of one block, so they must not decide whether it is valid.
      const header = withRound(withSeals(block.header, []), 0)
      return checkBlockSize(encodeBlock({ ...block, header }).length)
    },
    genesisValidators: (genesis) => genesisValidatorState(spec, genesis),
    nextValidators: (state, header) => advanceValidatorState(spec, state, header),
    validatorsFor: (stored, number) => withOverride(spec, stored, number),
  }
}
