/**
 * True when no RLP list in the bytes is nested deeper than `depthMax`. Run before decoding foreign bytes: a
 * decoder copies each list's content, so nesting that is as deep as the message is long costs its square.
 * Says nothing of whether the bytes are valid RLP.
 */
export function isShallowRlp(bytes: Uint8Array, depthMax: number): boolean {
  const ends: number[] = []
  let position = 0
  while (position < bytes.length) {
    while (ends.length > 0 && position >= (ends.at(-1) as number)) ends.pop()
    const prefix = bytes[position] as number
    const header = readRlpPrefix(bytes, position)
    if (prefix < 0xc0) {
      position += header.sizeBytes + header.contentBytes
    } else {
      ends.push(position + header.sizeBytes + header.contentBytes)
      if (ends.length > depthMax) return false
      position += header.sizeBytes
    }
  }
  return true
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
