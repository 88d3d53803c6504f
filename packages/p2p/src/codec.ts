import {
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToHex,
  decodeRlp,
  encodeRlp,
  hexToBytes,
} from '@busan/primitives'
import { BLOCKS_PER_REQUEST_MAX, VERSION_MAX_CHARS } from './limits.ts'
import type { PeerStatus } from './types.ts'

/** What a range request asks for. */
export interface BlockRange {
  readonly fromNumber: bigint
  readonly count: number
}

const CLOCK_MAX_MS = 8.64e15
const NUMBER_MAX = 2n ** 64n - 1n
const STATUS_ITEMS = 6

/** RLP [chainId, genesisHash, headNumber, headHash, clockMs, version, 1 for compact proposals]. */
export function encodeStatus(status: PeerStatus): Uint8Array {
  return encodeRlp([
    bigintToBytes(status.chainId),
    hexToBytes(status.genesisHash),
    bigintToBytes(status.headNumber),
    hexToBytes(status.headHash),
    bigintToBytes(BigInt(Math.trunc(status.clockMs))),
    new TextEncoder().encode(status.version.slice(0, VERSION_MAX_CHARS)),
    bigintToBytes(status.readsCompactProposals ? 1n : 0n),
  ])
}

/**
 * Older nodes send six items; those past the seventh are ignored, so that the message can grow.
 * @throws Error for anything else.
 */
export function decodeStatus(bytes: Uint8Array): PeerStatus {
  const items = asList(decodeRlp(bytes), 'status')
  if (items.length < STATUS_ITEMS) throw new TypeError(`status: ${items.length} items`)
  const clockMs = Number(asScalar(items[4], 'clockMs'))
  if (clockMs > CLOCK_MAX_MS) throw new TypeError(`clockMs: ${clockMs} is not a time`)
  return {
    chainId: asScalar(items[0], 'chainId'),
    genesisHash: bytesToHex(asBytes(items[1], 'genesisHash', 32)),
    headNumber: boundedNumber(asScalar(items[2], 'headNumber'), 'headNumber'),
    headHash: bytesToHex(asBytes(items[3], 'headHash', 32)),
    clockMs,
    version: printable(asBytes(items[5], 'version')),
    readsCompactProposals: items[6] !== undefined && asScalar(items[6], 'compact proposals') === 1n,
  }
}

/** RLP [fromNumber, count]. */
export function encodeBlockRange(range: BlockRange): Uint8Array {
  return encodeRlp([bigintToBytes(range.fromNumber), bigintToBytes(BigInt(range.count))])
}

/** @throws Error unless the bytes ask for 1 to 128 blocks. */
export function decodeBlockRange(bytes: Uint8Array): BlockRange {
  const items = asList(decodeRlp(bytes), 'range')
  if (items.length !== 2) throw new TypeError(`range: ${items.length} items`)
  const count = asScalar(items[1], 'count')
  if (count < 1n || count > BigInt(BLOCKS_PER_REQUEST_MAX)) {
    throw new TypeError(`count: ${count} is not 1 to ${BLOCKS_PER_REQUEST_MAX}`)
  }
  const fromNumber = boundedNumber(asScalar(items[0], 'fromNumber'), 'fromNumber')
  return { fromNumber, count: Number(count) }
}

function boundedNumber(value: bigint, name: string): bigint {
  if (value > NUMBER_MAX) throw new TypeError(`${name}: ${value} is more than 64 bits`)
  return value
}

/** Foreign text for logs: printable ASCII only, bounded. */
function printable(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * VERSION_MAX_CHARS))
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, VERSION_MAX_CHARS)
}
