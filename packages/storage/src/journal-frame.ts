import { crc32 } from 'node:zlib'
import { concatBytes } from '@busan/primitives'

/**
 * A journal file is an 8-byte magic and frames: payload length (4 bytes, big-endian), CRC-32 of those 4 bytes and
 * the payload (4 bytes), payload. The checksum covers the length so that a run of zeros is never a frame.
 */
export const JOURNAL_MAGIC = new TextEncoder().encode('busanjl1')

/** The largest record: a consensus message with a whole block fits twice. */
export const RECORD_MAX_BYTES = 32 * 1024 * 1024

const FRAME_HEADER_BYTES = 8

/** One record as it is appended. */
export function encodeFrame(record: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + record.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, record.length)
  frame.set(record, FRAME_HEADER_BYTES)
  view.setUint32(4, checksum(frame))
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
    const record = decodeFrame(bytes.subarray(offset))
    if (record === undefined) return { records, validBytes: offset }
    records.push(new Uint8Array(record))
    offset += FRAME_HEADER_BYTES + record.length
  }
}

function decodeFrame(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < FRAME_HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const end = FRAME_HEADER_BYTES + view.getUint32(0)
  if (end > bytes.length || end > FRAME_HEADER_BYTES + RECORD_MAX_BYTES) return undefined
  const frame = bytes.subarray(0, end)
  return view.getUint32(4) === checksum(frame) ? frame.subarray(FRAME_HEADER_BYTES) : undefined
}

function checksum(frame: Uint8Array): number {
  return crc32(frame.subarray(FRAME_HEADER_BYTES), crc32(frame.subarray(0, 4)))
}
