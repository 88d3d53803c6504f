// 256-bit words as bigint, and their bytes.

/** One more than the largest word. */
export const TWO_256 = 1n << 256n
/** The largest word. */
export const MAX_WORD = TWO_256 - 1n
const MAX_UINT64 = (1n << 64n) - 1n
const MASK_160 = (1n << 160n) - 1n

/** Reads 32 bytes at `offset`, which must be inside. */
export function readWord(view: DataView, offset: number): bigint {
  const low = view.getBigUint64(offset + 24)
  const third = view.getBigUint64(offset + 16)
  const second = view.getBigUint64(offset + 8)
  const first = view.getBigUint64(offset)
  if (third === 0n && second === 0n && first === 0n) return low
  return (first << 192n) | (second << 128n) | (third << 64n) | low
}

/** Writes 32 bytes at `offset`, which must be inside. */
export function writeWord(view: DataView, offset: number, word: bigint): void {
  view.setBigUint64(offset + 24, BigInt.asUintN(64, word))
  if (word <= MAX_UINT64) {
    view.setBigUint64(offset + 16, 0n)
    view.setBigUint64(offset + 8, 0n)
    view.setBigUint64(offset, 0n)
    return
  }
  view.setBigUint64(offset + 16, BigInt.asUintN(64, word >> 64n))
  view.setBigUint64(offset + 8, BigInt.asUintN(64, word >> 128n))
  view.setBigUint64(offset, word >> 192n)
}

/** Up to 32 bytes as a word, big-endian. */
export function bytesToWord(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n
  if (bytes.length <= 6) {
    let value = 0
    for (const byte of bytes) value = value * 256 + byte
    return BigInt(value)
  }
  if (bytes.length === 32) {
    scratch.set(bytes)
    return readWord(scratchView, 0)
  }
  return BigInt(`0x${hexOf(bytes)}`)
}

/** A view of one's own for each hash would cost more than copying it. */
const scratch = new Uint8Array(32)
const scratchView = new DataView(scratch.buffer)

/** A word as 32 bytes. */
export function wordToBytes(word: bigint): Uint8Array {
  writeWord(scratchView, 0, word)
  return scratch.slice()
}

const wordText = Buffer.from(`0x${'0'.repeat(64)}`, 'latin1')
const DIGITS = Uint8Array.from(Buffer.from('0123456789abcdef', 'latin1'))

/** A word as 0x and 64 digits: a string in one piece, which takes a third of the memory of one put together. */
export function wordToHex(word: bigint): `0x${string}` {
  writeWord(scratchView, 0, word)
  let at = 2
  for (let i = 0; i < 32; i++) {
    const byte = scratch[i] as number
    wordText[at++] = DIGITS[byte >> 4] as number
    wordText[at++] = DIGITS[byte & 15] as number
  }
  return wordText.toString('latin1') as `0x${string}`
}

/** The address in a word's low 20 bytes. */
export function wordToAddressHex(word: bigint): `0x${string}` {
  return `0x${(word & MASK_160).toString(16).padStart(40, '0')}`
}

/** An offset or size: Infinity when it is beyond all memory. */
export function toIndex(word: bigint): number {
  return word > 0xffff_ffffn ? Number.POSITIVE_INFINITY : Number(word)
}

/** `size` bytes of `data` from `offset` on, zeros beyond its end. @param offset may be Infinity */
export function sliceWithZeros(data: Uint8Array, offset: number, size: number): Uint8Array {
  if (offset >= data.length) return new Uint8Array(size)
  if (offset + size <= data.length) return data.subarray(offset, offset + size)
  const bytes = new Uint8Array(size)
  bytes.set(data.subarray(offset))
  return bytes
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
