/**
 * What is wrong with how the items lie in the bytes; undefined: they are one item, every list ends where its last
 * item does, and none is nested deeper than `depthMax`. Run before decoding: a decoder reads on behind the end of a
 * list, and one that is as deep as it is long overflows the stack. Says nothing of how lengths are written.
 */
export function flawInRlpStructure(bytes: Uint8Array, depthMax: number): string | undefined {
  const ends: number[] = []
  let position = 0
  do {
    const header = readRlpPrefix(bytes, position)
    const isList = (bytes[position] as number) >= 0xc0
    const end = position + header.sizeBytes + header.contentBytes
    if (end > (ends.at(-1) ?? bytes.length)) return 'an item is longer than what it lies in'
    if (isList) {
      ends.push(end)
      if (ends.length > depthMax) return `nested deeper than ${depthMax} lists`
    }
    position = isList ? position + header.sizeBytes : end
    while (position === ends.at(-1)) ends.pop()
  } while (ends.length > 0)
  return position === bytes.length ? undefined : 'bytes follow the item'
}

/** Yellow paper, appendix B: below 0x80 the byte itself, then short and long strings, short and long lists. */
export function readRlpPrefix(
  bytes: Uint8Array,
  position: number,
): { sizeBytes: number; contentBytes: number } {
  const prefix = bytes[position] as number
  if (prefix < 0x80) return { sizeBytes: 0, contentBytes: 1 }
  const short = prefix < 0xc0 ? 0x80 : 0xc0
  if (prefix - short <= 55) return { sizeBytes: 1, contentBytes: prefix - short }
  const lengthBytes = prefix - short - 55
  let contentBytes = 0
  for (const byte of bytes.subarray(position + 1, position + 1 + lengthBytes)) {
    contentBytes = contentBytes * 256 + byte
  }
  return { sizeBytes: 1 + lengthBytes, contentBytes }
}
