import { encodeBlock } from '@busan/chain-spec'
import type { StoredBlocksPort } from './ports.ts'

/** What one answer may hold. */
export interface RangeLimits {
  readonly blocksMax: number
  /** The first block always goes, whatever its size. */
  readonly maxBytes: number
}

/** Fits the network's limit of 12 MiB for one answer. */
export const RANGE_LIMITS: RangeLimits = { blocksMax: 128, maxBytes: 8 * 1024 * 1024 }

/** Sealed blocks (RLP) from `fromNumber` upwards, as many as exist, are asked for and fit. */
export function serveRange(
  chain: StoredBlocksPort,
  range: { readonly fromNumber: bigint; readonly count: number },
  limits: RangeLimits = RANGE_LIMITS,
): Uint8Array[] {
  const raws: Uint8Array[] = []
  const count = Math.min(range.count, limits.blocksMax)
  let sizeBytes = 0
  while (raws.length < count) {
    const number = range.fromNumber + BigInt(raws.length)
    const block = number > chain.head().header.number ? undefined : chain.rawBlockByNumber(number)
    if (block === undefined) break
    const raw = encodeBlock(block)
    sizeBytes += raw.length
    if (raws.length > 0 && sizeBytes > limits.maxBytes) break
    raws.push(raw)
  }
  return raws
}
