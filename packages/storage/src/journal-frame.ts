import { crc32 } from 'node:zlib'
import { concatBytes } from '@busan/primitives'

/**
 * A journal file is an 8-byte magic and frames: payload length (4 bytes, big-endian), CRC-32 of the length, CRC-32 of
 * the payload (4 bytes each), payload. The length has a checksum of its own so that a run of zeros is never a frame,
 * and so that frames are found again behind damage.
 */
export const JOURNAL_MAGIC = new TextEncoder().encode('busanjl2')

/** The largest record: a consensus message with a whole block fits twice. */
export const RECORD_MAX_BYTES = 32 * 1024 * 1024

const FRAME_HEADER_BYTES = 12

/** One record as it is appended. */
export function encodeFrame(record: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + record.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, record.length)
  view.setUint32(4, crc32(frame.subarray(0, 4)))
  view.setUint32(8, crc32(record))
  frame.set(record, FRAME_HEADER_BYTES)
  return frame
}

/** A whole journal file with these records. */
export function encodeJournal(records: readonly Uint8Array[]): Uint8Array {
  return concatBytes(JOURNAL_MAGIC, ...records.map(encodeFrame))
}

/**
 * Reads frames until the bytes end or stop making sense.
 * @param bytes a file that starts with the magic
 * @returns the records, and how many bytes of the file they and the magic take
 */
export function decodeJournal(bytes: Uint8Array): {
  readonly records: Uint8Array[]
  readonly validBytes: number
} {
  const records: Uint8Array[] = []
  let offset = JOURNAL_MAGIC.length
  for (;;) {
    const record = decodeFrame(bytes, offset)
    if (record === undefined) return { records, validBytes: offset }
    records.push(new Uint8Array(record))
    offset += FRAME_HEADER_BYTES + record.length
  }
}

/**
 * Tells damage from a torn end: a crash leaves nothing whole behind the write that it cut short.
 * @param offset where a frame should begin and none does
 */
export function hasFrameBehind(bytes: Uint8Array, offset: number): boolean {
  const last = bytes.length - FRAME_HEADER_BYTES
  for (let start = offset + 1; start <= last; start++) {
    if (decodeFrame(bytes, start) !== undefined) return true
  }
  return false
}

function decodeFrame(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  const start = offset + FRAME_HEADER_BYTES
  if (start > bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_BYTES)
  const end = start + view.getUint32(0)
  if (end > bytes.length || end > start + RECORD_MAX_BYTES) return undefined
  if (view.getUint32(4) !== crc32(bytes.subarray(offset, offset + 4))) return undefined
  const record = bytes.subarray(start, end)
  return view.getUint32(8) === crc32(record) ? record : undefined
}
