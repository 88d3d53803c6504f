const WORD_BYTES = 32
const SMALLEST_ROOM_BYTES = 1024
const WORD_GAS = 3
const QUADRATIC_DIVISOR = 512
const NO_BYTES = new Uint8Array(0)

/** What a memory keeps its bytes in; its size is a power of two. */
interface Room {
  readonly bytes: Uint8Array
  readonly view: DataView
}

const NO_ROOM: Room = { bytes: NO_BYTES, view: new DataView(NO_BYTES.buffer) }

/** A frame's memory: bytes that read as zero until they are written, paid for by words (yellow paper H.1). */
export class Memory {
  bytes = NO_ROOM.bytes
  view = NO_ROOM.view
  /** Words that are paid for; MSIZE. */
  words = 0
  #paidGas = 0
  #room = NO_ROOM

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
    if (words * WORD_BYTES > this.bytes.length) this.#move(takeRoom(words * WORD_BYTES))
    this.words = words
    this.#paidGas = priceOf(words)
  }

  /** The bytes themselves, as they are until something is written there or the memory is released. */
  look(offset: number, size: number): Uint8Array {
    return size === 0 ? NO_BYTES : this.bytes.subarray(offset, offset + size)
  }

  /** Writes `size` bytes of `data` from `from` on, zeros beyond its end. @param from may be Infinity */
  write(offset: number, size: number, data: Uint8Array, from: number): void {
    if (size === 0) return
    const part = data.subarray(from, from + size)
    this.bytes.set(part, offset)
    this.bytes.fill(0, offset + part.length, offset + size)
  }

  /** Leaves its room to others: nobody looks into this memory any more. */
  release(): void {
    const left = this.#room
    this.#enter(NO_ROOM)
    giveBack(left, this.words * WORD_BYTES)
    this.words = 0
    this.#paidGas = 0
  }

  #move(room: Room): void {
    const left = this.#room
    const usedBytes = this.words * WORD_BYTES
    room.bytes.set(left.bytes.subarray(0, usedBytes))
    this.#enter(room)
    giveBack(left, usedBytes)
  }

  #enter(room: Room): void {
    this.#room = room
    this.bytes = room.bytes
    this.view = room.view
  }
}

function priceOf(words: number): number {
  return WORD_GAS * words + Math.floor((words * words) / QUADRATIC_DIVISOR)
}

/**
 * Rooms that nobody uses, all zeros, by the binary logarithm of their size. The messages of a block can ask for
 * hundreds of megabytes one after another: as garbage outside the heap they would bring on long collections.
 */
const idle: Room[][] = Array.from({ length: 32 }, () => [])
const IDLE_BYTES_MAX = 16 * 1024 * 1024
let idleBytes = 0

function takeRoom(neededBytes: number): Room {
  const size = 2 ** Math.ceil(Math.log2(Math.max(neededBytes, SMALLEST_ROOM_BYTES)))
  const room = idle[Math.log2(size)]?.pop()
  if (room === undefined) {
    const bytes = new Uint8Array(size)
    return { bytes, view: new DataView(bytes.buffer) }
  }
  idleBytes -= size
  return room
}

/** @param usedBytes beyond these it is all zeros still */
function giveBack(room: Room, usedBytes: number): void {
  const { length } = room.bytes
  if (length === 0 || idleBytes + length > IDLE_BYTES_MAX) return
  room.bytes.fill(0, 0, usedBytes)
  idleBytes += length
  idle[Math.log2(length)]?.push(room)
}
