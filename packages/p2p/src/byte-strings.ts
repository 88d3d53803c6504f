import { encodeRlp } from '@busan/primitives'

/** RLP of a flat list of byte strings: transaction batches and block ranges. */
export function encodeByteStrings(strings: readonly Uint8Array[]): Uint8Array {
  return encodeRlp(strings)
}

/**
 * Reads a flat RLP list of byte strings in one pass over the bytes, whatever a hostile sender nests in
 * them. @throws TypeError for nesting, non-canonical lengths, trailing bytes or more than `itemsMax` items
 */
export function decodeByteStrings(bytes: Uint8Array, itemsMax: number): Uint8Array[] {
  const list = readItem(bytes, 0)
  if (!list.isList || list.end !== bytes.length) throw new TypeError('expected exactly one list')
  const strings: Uint8Array[] = []
  for (let offset = list.start; offset < list.end; ) {
    const item = readItem(bytes, offset)
    if (item.isList) throw new TypeError('expected byte strings, found a nested list')
    if (item.end > list.end) throw new TypeError('an item reaches past the end of its list')
    if (strings.length === itemsMax) throw new TypeError(`more than ${itemsMax} items`)
    strings.push(bytes.slice(item.start, item.end))
    offset = item.end
  }
  return strings
}

/** A view as plain `Uint8Array`: sockets hand out a subclass whose `slice` shares memory. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

interface ItemSpan {
  readonly isList: boolean
  readonly start: number
  readonly end: number
}

function readItem(bytes: Uint8Array, offset: number): ItemSpan {
  const first = bytes[offset]
  if (first === undefined) throw new TypeError('the bytes end where an item should start')
  if (first < 0x80) return { isList: false, start: offset, end: offset + 1 }
  const isList = first >= 0xc0
  const short = first - (isList ? 0xc0 : 0x80)
  if (short > 55) return readLongItem(bytes, offset, { isList, lengthBytes: short - 55 })
  const start = offset + 1
  if (!isList && short === 1 && (bytes[start] ?? 0) < 0x80)
    throw new TypeError('padded single byte')
  return bounded(bytes, { isList, start, end: start + short })
}

function readLongItem(
  bytes: Uint8Array,
  offset: number,
  form: { isList: boolean; lengthBytes: number },
): ItemSpan {
  if (form.lengthBytes > 4) throw new TypeError(`a length of ${form.lengthBytes} bytes`)
  const start = offset + 1 + form.lengthBytes
  let length = 0
  for (const byte of bytes.subarray(offset + 1, start)) length = length * 256 + byte
  if (length <= 55 || bytes[offset + 1] === 0)
    throw new TypeError('a length in a longer form than needed')
  return bounded(bytes, { isList: form.isList, start, end: start + length })
}

function bounded(bytes: Uint8Array, span: ItemSpan): ItemSpan {
  if (span.end > bytes.length) throw new TypeError('an item reaches past the end of the bytes')
  return span
}
