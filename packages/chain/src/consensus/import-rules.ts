import {
  type ChainSpec,
  encodeBlock,
  encodeHeader,
  type Header,
  headerToItems,
} from '@busan/chain-spec'
import { withdrawalsRoot } from '@busan/execution'
import {
  accept,
  bytesToHash,
  encodeRlp,
  keccak256,
  keccakHash,
  refuse,
  type Verdict,
} from '@busan/primitives'
import type { ValidatorState } from '@busan/qbft'
import { checkBlockSize } from '../validate/block-size.ts'
import { validateImportedHeader } from '../validate/imported-header.ts'
import type { ConsensusRules } from './ports.ts'

/** Most ommers of a block, and how many generations back each may stand (yellow paper 11.1). */
const OMMERS_MAX = 2
const OMMER_DEPTH_MAX = 6n

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
      const placed = checkOmmers(header, ommers)
      if (!placed.ok) return placed
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

/** What an ommer earns hangs on its depth, so that is judged, although its ancestry is not. */
function checkOmmers(header: Header, ommers: readonly Header[]): Verdict<'valid', 'invalid-body'> {
  if (ommers.length > OMMERS_MAX) {
    return refuse('invalid-body', `ommers: got ${ommers.length}, want at most ${OMMERS_MAX}`)
  }
  for (const { number } of ommers) {
    const depth = header.number - number
    if (depth >= 1n && depth <= OMMER_DEPTH_MAX) continue
    const range = `${header.number - OMMER_DEPTH_MAX} to ${header.number - 1n}`
    return refuse('invalid-body', `ommer number: got ${number}, want ${range}`)
  }
  return accept('valid')
}
