import { RLP } from '@ethereumjs/rlp'
import { bytesToBigint } from './bytes.ts'
import { isShallowRlp, readRlpPrefix } from './rlp-depth.ts'

/** What RLP carries: byte strings and lists of them, nested. */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** RLP encoding (yellow paper, appendix B). */
export function encodeRlp(item: RlpItem): Uint8Array {
  return RLP.encode(item as Parameters<typeof RLP.encode>[0])
}

/** Lists within lists: a block of typed transactions with access lists needs 6. */
const DEPTH_MAX = 16

/** @throws Error when the bytes are not one canonical RLP item, also for trailing bytes and absurd nesting. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  if (!isShallowRlp(bytes, DEPTH_MAX)) throw new TypeError(`nested deeper than ${DEPTH_MAX} lists`)
  return RLP.decode(bytes) as RlpItem
}

/** Bytes that {@link rlpSizeBytes} needs at most. */
export const RLP_PREFIX_SIZE_BYTES_MAX = 9

/** The whole length of the RLP item whose first bytes these are, so that items can be read one after another. */
export function rlpSizeBytes(start: Uint8Array): number {
  const { sizeBytes, contentBytes } = readRlpPrefix(start, 0)
  return sizeBytes + contentBytes
}

/** @throws TypeError when the item is a byte string. */
export function asList(item: RlpItem | undefined, name: string): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array)
    throw new TypeError(`${name}: expected a list`)
  return item
}

/** @throws TypeError when the item is a list, or not of `sizeBytes` when that is given. */
export function asBytes(item: RlpItem | undefined, name: string, sizeBytes?: number): Uint8Array {
  if (!(item instanceof Uint8Array)) throw new TypeError(`${name}: expected a byte string`)
  if (sizeBytes !== undefined && item.length !== sizeBytes) {
    throw new TypeError(`${name}: expected ${sizeBytes} bytes, got ${item.length}`)
  }
  return item
}

/** Reads a scalar. @throws TypeError for a list, more than 32 bytes or a leading zero byte. */
export function asScalar(item: RlpItem | undefined, name: string): bigint {
  const bytes = asBytes(item, name)
  if (bytes.length > 32) throw new TypeError(`${name}: scalar of ${bytes.length} bytes`)
  if (bytes[0] === 0) throw new TypeError(`${name}: scalar with a leading zero byte`)
  return bytesToBigint(bytes)
}
