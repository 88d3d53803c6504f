import type { ChainSpec } from '@busan/chain-spec'
import { createImportRules } from './import-rules.ts'
import type { ConsensusRules } from './ports.ts'
import { createQbftRules } from './qbft-rules.ts'

/** The rules that the genesis file asks for. */
export function consensusRulesOf(spec: ChainSpec): ConsensusRules {
  return spec.consensus === 'bft' ? createQbftRules(spec) : createImportRules(spec)
}
