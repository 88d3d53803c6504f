import { type ChainSpec, decodeHeader, encodeBody, type Header } from '@busan/chain-spec'
import { encodeReceipts } from '@busan/execution'
import { CodedError, type Hash } from '@busan/primitives'
import {
  type BatchOperation,
  DATABASE_VERSION,
  decodeStored,
  type KeyValueStore,
  type Marker,
  putBodyRlp,
  putHead,
  putMarker,
  putReceipts,
  putValidatorState,
  readHeaderRlp,
} from '@busan/storage'
import type { ConsensusRules } from './consensus/ports.ts'
import type { ChainErrorCode } from './errors.ts'
import { encodeValidatorState } from './validator-set.ts'

/** Block 0 and the writes of its state. */
export interface Genesis {
  readonly hash: Hash
  readonly header: Header
  readonly stateWrites: readonly BatchOperation[]
}

/** What the genesis file comes to. */
export async function computeGenesis(
  spec: ChainSpec,
  consensus: ConsensusRules,
  genesisState: () => Promise<{ stateRoot: Hash; writes: readonly BatchOperation[] }>,
): Promise<Genesis> {
  const { stateRoot, writes } = await genesisState()
  const header = spec.genesisHeader(stateRoot)
  return { hash: consensus.hashOf(header), header, stateWrites: writes }
}

/** Everything of block 0 beside its header, for the one batch that starts a database. */
export function genesisWrites(consensus: ConsensusRules, genesis: Genesis): BatchOperation[] {
  const validatorState = consensus.genesisValidators(genesis.header)
  return [
    ...genesis.stateWrites,
    putBodyRlp(0n, encodeBody({ transactions: [] })),
    putReceipts(0n, encodeReceipts([])),
    putValidatorState(encodeValidatorState(validatorState)),
    putMarker({ version: DATABASE_VERSION, genesisHash: genesis.hash }),
    putHead({ number: 0n, hash: genesis.hash }),
  ]
}

/**
 * Refuses a database that this program must not touch.
 * @throws CodedError `database-too-new` or `genesis-mismatch`
 */
export function checkMarker(store: KeyValueStore, marker: Marker, genesis: Genesis): void {
  if (marker.version > DATABASE_VERSION) {
    throw new CodedError<ChainErrorCode>(
      'database-too-new',
      `the data folder has layout ${marker.version}, this release knows up to ${DATABASE_VERSION}: ` +
        'run the later release, or give this one an empty data folder',
      { details: { found: marker.version, supported: DATABASE_VERSION } },
    )
  }
  if (marker.genesisHash !== genesis.hash) throw genesisMismatch(store, marker, genesis)
}

function genesisMismatch(
  store: KeyValueStore,
  { genesisHash }: Marker,
  genesis: Genesis,
): CodedError<ChainErrorCode> {
  const rlp = readHeaderRlp(store, 0n, genesisHash)
  const stored =
    rlp === undefined ? undefined : decodeStored('genesis header', () => decodeHeader(rlp))
  const field = stored === undefined ? undefined : firstDifference(stored, genesis.header)
  const difference =
    stored === undefined || field === undefined
      ? ''
      : `; ${field} is ${stored[field] ?? 'absent'} there and ${genesis.header[field] ?? 'absent'} here`
  return new CodedError(
    'genesis-mismatch',
    `the data folder belongs to the chain with genesis ${genesisHash}, ` +
      `the genesis file gives ${genesis.hash}${difference}: ` +
      'use the genesis file of that chain, or another data folder',
    { details: { stored: genesisHash, configured: genesis.hash, field } },
  )
}

/** The first field, in header order, in which two headers differ. */
function firstDifference(a: Header, b: Header): keyof Header | undefined {
  const fields = Object.keys({ ...a, ...b }) as (keyof Header)[]
  return fields.find((field) => a[field] !== b[field])
}
