import { GAS_PER_BLOB, type Header } from '@busan/chain-spec'
import { accept, EMPTY_OMMERS_HASH, refuse, type Verdict } from '@busan/primitives'
import type { HeaderContext } from './header.ts'
import {
  baseFee,
  excessBlobGas,
  expectEqual,
  gas,
  number,
  type Problem,
  presentFields,
} from './header-rules.ts'

const ZERO_NONCE = '0x0000000000000000'
const EXTRA_DATA_SIZE_BYTES_MAX = 32

const RULES = [
  number,
  afterMerge,
  beforeMerge,
  presentFields,
  extraDataSize,
  gas,
  laterThanParent,
  baseFee,
  blobGasUsed,
  excessBlobGas,
] as const

/** Every rule of an Ethereum header but its proof of work (difficulty, nonce, mixHash before Paris). */
export function validateImportedHeader(
  context: HeaderContext,
  header: Header,
): Verdict<'valid', 'invalid-header'> {
  for (const rule of RULES) {
    const problem = rule(context, header)
    if (problem !== undefined) return refuse('invalid-header', problem)
  }
  return accept('valid')
}

/** EIP-3675. */
function afterMerge({ spec }: HeaderContext, header: Header): Problem {
  if (!spec.forkAt(header.number, header.timestamp).isMerged) return undefined
  return (
    expectEqual('difficulty', header.difficulty, 0n) ??
    expectEqual('nonce', header.nonce, ZERO_NONCE) ??
    expectEqual('ommersHash', header.ommersHash, EMPTY_OMMERS_HASH)
  )
}

function beforeMerge({ spec }: HeaderContext, header: Header): Problem {
  const { isMerged, name } = spec.forkAt(header.number, header.timestamp)
  if (isMerged || header.difficulty > 0n) return undefined
  return `difficulty must be above 0 under ${name}, got 0: is mergeNetsplitBlock missing in the genesis?`
}

function extraDataSize(_: HeaderContext, { extraData }: Header): Problem {
  const sizeBytes = (extraData.length - 2) / 2
  if (sizeBytes <= EXTRA_DATA_SIZE_BYTES_MAX) return undefined
  return `extraData must have at most ${EXTRA_DATA_SIZE_BYTES_MAX} bytes, got ${sizeBytes}`
}

function laterThanParent({ parent }: HeaderContext, { timestamp }: Header): Problem {
  if (timestamp > parent.timestamp) return undefined
  return `timestamp must be above ${parent.timestamp}, the parent's, got ${timestamp}`
}

/** EIP-4844: whole blobs, and not too many; the count itself is compared after execution. */
function blobGasUsed({ spec }: HeaderContext, header: Header): Problem {
  const { blobs } = spec.forkAt(header.number, header.timestamp)
  if (blobs === undefined || header.blobGasUsed === undefined) return undefined
  const most = BigInt(blobs.max) * GAS_PER_BLOB
  if (header.blobGasUsed > most)
    return `blobGasUsed must be at most ${most}, got ${header.blobGasUsed}`
  if (header.blobGasUsed % GAS_PER_BLOB === 0n) return undefined
  return `blobGasUsed must be a multiple of ${GAS_PER_BLOB}, got ${header.blobGasUsed}`
}
