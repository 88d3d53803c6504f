import type { Chain } from '@busan/chain'
import { blobBaseFee, GAS_PER_BLOB, type Header, nextExcessBlobGas } from '@busan/chain-spec'
import type { Clock } from '@busan/primitives'
import { childTimestamp } from './fee-oracle.ts'

/** Whether the chain's rules at its head know blobs (EIP-4844). */
export function hasBlobs(chain: Chain): boolean {
  const { number, timestamp } = chain.head().header
  return chain.spec.forkAt(number, timestamp).hasBlobGas
}

/** Wei for a unit of blob gas in the child of `parent` made at this moment; 0 before Cancun. */
export function childBlobBaseFee(chain: Chain, parent: Header, clock: Clock): bigint {
  const { blobs } = chain.spec.forkAt(parent.number + 1n, childTimestamp(parent, clock))
  return blobs === undefined ? 0n : blobBaseFee(nextExcessBlobGas(parent, blobs), blobs)
}

/** The price in each block, and in the child of the last, in wei; 0 before Cancun. @param headers at least one */
export function blobFees(
  { chain, clock }: { readonly chain: Chain; readonly clock: Clock },
  headers: readonly Header[],
): bigint[] {
  const fees = headers.map((header) => blobFeeOf(chain, header))
  const last = headers.at(-1)
  if (last === undefined) return fees
  const next = chain.headerByNumber(last.number + 1n)
  return [...fees, next ? blobFeeOf(chain, next) : childBlobBaseFee(chain, last, clock)]
}

/** How much of the blob gas that a block may use was used: 0 to 1. */
export function blobGasUsedRatio(chain: Chain, header: Header): number {
  const { blobs } = chain.spec.forkAt(header.number, header.timestamp)
  if (blobs === undefined) return 0
  return Number(header.blobGasUsed ?? 0n) / Number(BigInt(blobs.max) * GAS_PER_BLOB)
}

function blobFeeOf(chain: Chain, header: Header): bigint {
  const { blobs } = chain.spec.forkAt(header.number, header.timestamp)
  return blobs === undefined ? 0n : blobBaseFee(header.excessBlobGas ?? 0n, blobs)
}
