import {
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToHash,
  decodeRlp,
  encodeRlp,
  type Hash,
  hexToBytes,
} from '@busan/primitives'
import type { BatchOperation, KeyValueStore } from '../key-value.ts'
import { put } from '../put.ts'
import { keys } from '../schema.ts'
import { decodeStored } from './stored-value.ts'

/** Says which chain a database holds and in which layout. */
export interface Marker {
  readonly version: number
  readonly genesisHash: Hash
}

/** undefined in an empty database. */
export function readMarker(store: KeyValueStore): Marker | undefined {
  const value = store.get(keys.marker())
  if (value === undefined) return undefined
  return decodeStored('version marker', () => {
    const items = asList(decodeRlp(value), 'marker')
    return {
      version: Number(asScalar(items[0], 'version')),
      genesisHash: bytesToHash(asBytes(items[1], 'genesis hash', 32)),
    }
  })
}

/** The write that makes a database the chain's; part of the genesis batch. */
export function putMarker({ version, genesisHash }: Marker): BatchOperation {
  return put(keys.marker(), encodeRlp([bigintToBytes(BigInt(version)), hexToBytes(genesisHash)]))
}
