import { type BlobRules, GAS_PER_BLOB } from '@busan/chain-spec'
import { accept, refuse, type Verdict } from '@busan/primitives'
import type { ExecutionReason, Transaction } from './types.ts'

/** How a versioned hash of a KZG commitment begins (EIP-4844). */
export const KZG_VERSION = '0x01'

/** Most blobs of one transaction from Osaka on (EIP-7594). */
const BLOBS_MAX_OSAKA = 6

/** What a transaction with blobs meets in its block. */
export interface BlobSetting {
  readonly rules: BlobRules
  readonly blobBaseFeePerGasWei: bigint
  /** Blob gas that is left in the block. */
  readonly blobGasLeft: bigint
}

/** Blob gas that a transaction buys; 0 for every type but 3. */
export function blobGasOf(transaction: Pick<Transaction, 'blobVersionedHashes'>): bigint {
  return BigInt(transaction.blobVersionedHashes?.length ?? 0) * GAS_PER_BLOB
}

/** The rules of EIP-4844 for one transaction, in geth's order. @param setting undefined: the chain has no blobs */
export function checkBlobs(
  transaction: Transaction,
  setting: BlobSetting | undefined,
): Verdict<null, ExecutionReason> {
  const { blobVersionedHashes: hashes, maxFeePerBlobGasWei = 0n, sender } = transaction
  if (hashes === undefined) return accept(null)
  if (setting === undefined) return refuse('blob-transaction', 'this chain carries no blobs')
  const invalid = (message: string) => refuse('invalid-transaction', message)
  if (transaction.to === null) return invalid('blob transaction of type create')
  if (hashes.length === 0) return invalid('blob transaction missing blob hashes')
  if (setting.rules.hasReservePrice && hashes.length > BLOBS_MAX_OSAKA) {
    return invalid(`too many blobs in transaction: have ${hashes.length}, max ${BLOBS_MAX_OSAKA}`)
  }
  const foreign = hashes.findIndex((hash) => !hash.startsWith(KZG_VERSION))
  if (foreign >= 0) return invalid(`blob ${foreign} has an invalid hash version`)
  if (blobGasOf(transaction) > setting.blobGasLeft) {
    return refuse('gas-limit-reached', 'blob gas limit reached')
  }
  if (maxFeePerBlobGasWei < setting.blobBaseFeePerGasWei) {
    return refuse(
      'fee-cap-too-low',
      `max fee per blob gas less than block blob gas fee: address ${sender}, ` +
        `blobGasFeeCap: ${maxFeePerBlobGasWei}, blobBaseFee: ${setting.blobBaseFeePerGasWei}`,
    )
  }
  return accept(null)
}
