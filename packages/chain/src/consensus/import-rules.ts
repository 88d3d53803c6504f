import { type ChainSpec, encodeBlock, encodeHeader, headerToItems } from '@busan/chain-spec'
import { withdrawalsRoot } from '@busan/execution'
import { accept, bytesToHash, encodeRlp, keccak256, keccakHash, refuse } from '@busan/primitives'
import type { ValidatorState } from '@busan/qbft'
import { checkBlockSize } from '../validate/block-size.ts'
import { validateImportedHeader } from '../validate/imported-header.ts'
import type { ConsensusRules } from './ports.ts'

/** Nobody makes blocks on an imported chain. */
const NO_VALIDATORS: ValidatorState = {
  validators: [],
  addVotes: new Map(),
  dropVotes: new Map(),
}

/**
 * An Ethereum chain whose blocks come out of a file: every rule that needs no other chain and no proof of work.
 * Who made a block, and whether there is a better one, is not judged.
 */
export function createImportRules(spec: ChainSpec): ConsensusRules {
  return {
    checkShape: () => accept('valid'),
    hashOf: (header) => keccakHash(encodeHeader(header)),
    validateHeader: validateImportedHeader,
    validateSeals: () => accept('unsealed'),
    validateBody(block) {
      const { header, ommers = [], withdrawals = [] } = block
      const ommersHash = bytesToHash(keccak256(encodeRlp(ommers.map(headerToItems))))
      if (ommersHash !== header.ommersHash) {
        return refuse('invalid-body', `ommersHash: got ${ommersHash}, want ${header.ommersHash}`)
      }
      const root = header.withdrawalsRoot === undefined ? undefined : withdrawalsRoot(withdrawals)
      if (root !== header.withdrawalsRoot) {
        return refuse(
          'invalid-body',
          `withdrawalsRoot: got ${root}, want ${header.withdrawalsRoot}`,
        )
      }
      const { blobs } = spec.forkAt(header.number, header.timestamp)
      return blobs?.hasReservePrice ? checkBlockSize(encodeBlock(block).length) : accept('valid')
    },
    genesisValidators: () => NO_VALIDATORS,
    nextValidators: () => NO_VALIDATORS,
    validatorsFor: () => NO_VALIDATORS,
  }
}
