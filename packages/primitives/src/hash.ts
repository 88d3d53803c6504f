import { createKeccak } from 'hash-wasm'
import { bytesToHex, type Hex, isHex } from './hex.ts'

/** 32 bytes as lower-case 0x text: block, transaction, code and state hashes. */
export type Hash = Hex & { readonly hashBrand: never }

const hasher = await createKeccak(256)

/** keccak256 as 32 raw bytes (WebAssembly, synchronous). */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest('binary')
}

/** keccak256 as a {@link Hash}. */
export function keccakHash(bytes: Uint8Array): Hash {
  return bytesToHex(keccak256(bytes)) as Hash
}

/** @throws TypeError unless the bytes are exactly 32. */
export function bytesToHash(bytes: Uint8Array): Hash {
  if (bytes.length !== 32) throw new TypeError(`a hash has 32 bytes, got ${bytes.length}`)
  return bytesToHex(bytes) as Hash
}

/** Lower-cases 32 bytes of hex. @throws TypeError for any other text. */
export function toHash(hex: string): Hash {
  if (hex.length !== 66 || !isHex(hex))
    throw new TypeError(`not a 32-byte hash: ${hex.slice(0, 80)}`)
  return hex.toLowerCase() as Hash
}

/** keccak256(RLP([])): the ommersHash of a block without ommers (yellow paper 4.4.1). */
export const EMPTY_OMMERS_HASH = toHash(
  '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
)

/** Root of an empty Merkle-Patricia trie: keccak256(RLP('')). */
export const EMPTY_TRIE_ROOT = toHash(
  '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
)

/** keccak256 of no bytes: the code hash of an account without code. */
export const EMPTY_CODE_HASH = toHash(
  '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
)

/** 32 zero bytes. */
export const ZERO_HASH = toHash(`0x${'00'.repeat(32)}`)
