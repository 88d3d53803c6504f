import { from, toBytes } from 'ox/Rlp'
import { bigintToBytes, bytesToBigint } from './bytes.ts'
import { flawInRlpStructure, readRlpPrefix } from './rlp-structure.ts'

/** What RLP carries: byte strings and lists of them, nested. */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** RLP encoding (yellow paper, appendix B). */
export function encodeRlp(item: RlpItem): Uint8Array {
  return from(item, { as: 'Bytes' })
}

/** The encodings of items one behind another: what lies in their list. A long list can be encoded part by part. */
export function encodeRlpItems(items: readonly RlpItem[]): Uint8Array {
  const list = encodeRlp(items)
  return list.subarray(readRlpPrefix(list, 0).sizeBytes)
}

/** The list whose items are encoded already. @param parts see {@link encodeRlpItems}; any number of items in each */
export function joinRlpList(parts: readonly Uint8Array[]): Uint8Array {
  let contentBytes = 0
  for (const part of parts) contentBytes += part.length
  const prefix = listPrefix(contentBytes)
  const list = new Uint8Array(prefix.length + contentBytes)
  list.set(prefix)
  let at = prefix.length
  for (const part of parts) {
    list.set(part, at)
    at += part.length
  }
  return list
}

function listPrefix(contentBytes: number): Uint8Array {
  if (contentBytes <= 55) return Uint8Array.of(0xc0 + contentBytes)
  const length = bigintToBytes(BigInt(contentBytes))
  return Uint8Array.of(0xf7 + length.length, ...length)
}

/** Lists within lists: a block of typed transactions with access lists needs 6. */
const DEPTH_MAX = 16

/**
 * The byte strings of the result are views of `bytes`.
 * @throws Error when the bytes are not one canonical RLP item, also for trailing bytes and absurd nesting
 */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  if (bytes.length === 0) throw new TypeError('no bytes')
  const flaw = flawInRlpStructure(bytes, DEPTH_MAX)
  if (flaw !== undefined) throw new TypeError(flaw)
  return toBytes(bytes)
}

/** Bytes that {@link rlpSizeBytes} needs at most: one, and eight of length. */
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
