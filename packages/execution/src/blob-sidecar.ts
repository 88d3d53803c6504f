import { createHash } from 'node:crypto'
import type { Kzg } from '@busan/chain-spec'
import {
  accept,
  asBytes,
  asList,
  bytesToHex,
  concatBytes,
  decodeRlp,
  encodeRlp,
  errorMessage,
  type RlpItem,
  refuse,
  type Verdict,
} from '@busan/primitives'
import type { BlobSidecar, DecodeReason, Transaction } from './types.ts'

const BLOB_TYPE = 3
const BLOB_SIZE_BYTES = 131_072
const COMMITMENT_SIZE_BYTES = 48
const PROOF_SIZE_BYTES = 48
/** Cells of one blob, each with a proof (EIP-7594). */
const CELLS_PER_BLOB = 128
const VERSIONED_HASH_VERSION_KZG = 1

/** A transaction as wallets submit it: type 3 comes with its blobs. */
export interface SplitTransaction {
  /** The envelope as it stands in blocks. */
  readonly raw: Uint8Array
  readonly sidecar?: BlobSidecar
}

/**
 * Takes the blobs off a submitted transaction: 3 ‖ [transaction, blobs, commitments, proofs] (EIP-4844) or
 * 3 ‖ [transaction, 1, blobs, commitments, cell proofs] (EIP-7594). Every other one is given back as it is.
 */
export function splitBlobTransaction(raw: Uint8Array): Verdict<SplitTransaction, DecodeReason> {
  if (raw[0] !== BLOB_TYPE) return accept({ raw })
  try {
    const items = asList(decodeRlp(raw.subarray(1)), 'blob transaction')
    const [body] = items
    if (body === undefined || body instanceof Uint8Array) {
      return refuse('malformed-transaction', 'missing sidecar in blob transaction')
    }
    const block = concatBytes(Uint8Array.of(BLOB_TYPE), encodeRlp(body))
    return accept({ raw: block, sidecar: sidecarFromItems(items.slice(1)) })
  } catch (error) {
    return refuse('malformed-transaction', `rlp: ${errorMessage(error)}`)
  }
}

/**
 * The blobs are those that the transaction names. Deviation: proofs are counted and not verified. The commitment
 * of each blob is computed from the blob, which proves more, and nothing is sent on to who would need the proofs.
 */
export function checkSidecar(
  { blobVersionedHashes = [] }: Transaction,
  { version, blobs, commitments, proofs }: BlobSidecar,
  kzg: Kzg,
): Verdict<null, DecodeReason> {
  const invalid = (message: string) => refuse('malformed-transaction', message)
  const count = blobVersionedHashes.length
  if (blobs.length !== count || commitments.length !== count) {
    const got = `${blobs.length} blobs and ${commitments.length} commitments`
    return invalid(`invalid number of ${got} compared to ${count} blob hashes`)
  }
  const proofCount = version === 0 ? count : count * CELLS_PER_BLOB
  if (proofs.length !== proofCount) {
    return invalid(`invalid number of ${proofs.length} blob proofs expected ${proofCount}`)
  }
  for (const [index, commitment] of commitments.entries()) {
    if (versionedHash(commitment) !== blobVersionedHashes[index]) {
      return invalid(
        `blob ${index}: computed hash ${versionedHash(commitment)} mismatches transaction one`,
      )
    }
    const computed = kzg.blobToKzgCommitment(bytesToHex(blobs[index] as Uint8Array))
    if (computed !== bytesToHex(commitment)) {
      return invalid(`invalid blob ${index}: its commitment is ${computed}`)
    }
  }
  return accept(null)
}

function sidecarFromItems(items: readonly RlpItem[]): BlobSidecar {
  const isVersioned = items.length === 4
  if (!isVersioned && items.length !== 3) {
    throw new TypeError(`blob transaction: expected 4 or 5 items, got ${items.length + 1}`)
  }
  if (isVersioned && asBytes(items[0], 'wrapper version', 1)[0] !== 1) {
    throw new TypeError('blob transaction: unknown wrapper version')
  }
  const [blobs, commitments, proofs] = isVersioned ? items.slice(1) : items
  return {
    version: isVersioned ? 1 : 0,
    blobs: bytesFrom(blobs, 'blob', BLOB_SIZE_BYTES),
    commitments: bytesFrom(commitments, 'commitment', COMMITMENT_SIZE_BYTES),
    proofs: bytesFrom(proofs, 'proof', PROOF_SIZE_BYTES),
  }
}

function bytesFrom(item: RlpItem | undefined, name: string, sizeBytes: number): Uint8Array[] {
  return asList(item, `${name}s`).map((entry) => asBytes(entry, name, sizeBytes))
}

function versionedHash(commitment: Uint8Array): string {
  const hash = createHash('sha256').update(commitment).digest()
  hash[0] = VERSIONED_HASH_VERSION_KZG
  return bytesToHex(hash)
}
