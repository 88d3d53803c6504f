import type { Block, Header } from '@busan/chain-spec'
import type { Hash, Verdict } from '@busan/primitives'
import type { Validator, ValidatorState } from '@busan/qbft'
import type { HeaderContext } from '../validate/header.ts'

/** What the chain leaves to the way in which its blocks are agreed on. Everything else is one for all. */
export interface ConsensusRules {
  /** Whether a header can be hashed at all. */
  checkShape(header: Header): Verdict<'valid', 'malformed-block'>
  /** The on-chain hash of a header whose shape was checked. */
  hashOf(header: Header): Hash
  /** Every rule of a header beside its parent's hash, its seals and our clock. */
  validateHeader(context: HeaderContext, header: Header): Verdict<'valid', 'invalid-header'>
  /** `unsealed`: on this chain nothing in a header says who agreed to it. */
  validateSeals(
    header: Header,
    validators: readonly Validator[],
  ): Verdict<'sealed' | 'unsealed', 'invalid-seals'>
  /** What the body must satisfy before it runs, beside the transactions' root. */
  validateBody(block: Block): Verdict<'valid', 'invalid-body'>
  /** Who may make block 1. */
  genesisValidators(genesis: Header): ValidatorState
  /** Who may make the child of `header`, from who could make `header`. */
  nextValidators(state: ValidatorState, header: Header): ValidatorState
  /** The stored state for block `number`, as the configuration of this start has it. */
  validatorsFor(stored: ValidatorState, number: bigint): ValidatorState
}
