const WORD_BYTES = 32
const FIRST_BYTES = 1024
const WORD_GAS = 3
const QUADRATIC_DIVISOR = 512
const NO_BYTES = new Uint8Array(0)

/** A frame's memory: bytes that read as zero until they are written, paid for by words (yellow paper H.1). */
export class Memory {
  bytes = new Uint8Array(FIRST_BYTES)
  view = new DataView(this.bytes.buffer)
  /** Words that are paid for; MSIZE. */
  words = 0
  #paidGas = 0

  /**
   * The gas for reaching `offset + size`; nothing grows yet. Infinity is more than anyone has.
   * @param size 0 reaches nothing
   */
  expansionGas(offset: number, size: number): number {
    if (size === 0) return 0
    const words = Math.ceil((offset + size) / WORD_BYTES)
    if (words <= this.words) return 0
    return priceOf(words) - this.#paidGas
  }

  /** Grows to `offset + size`, which has been paid for. */
  expand(offset: number, size: number): void {
    if (size === 0) return
    const words = Math.ceil((offset + size) / WORD_BYTES)
    if (words <= this.words) return
    this.words = words
    this.#paidGas = priceOf(words)
    const needed = words * WORD_BYTES
    if (needed <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length))
    larger.set(this.bytes)
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }

  /** A copy. */
  read(offset: number, size: number): Uint8Array {
    return size === 0 ? NO_BYTES : this.bytes.slice(offset, offset + size)
  }
}

function priceOf(words: number): number {
  return WORD_GAS * words + Math.floor((words * words) / QUADRATIC_DIVISOR)
}
