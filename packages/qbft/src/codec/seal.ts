import { bytesToBigint } from '@busan/primitives'

// Order of the secp256k1 group (SEC 2, 2.4.1).
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** Bytes of r‖s‖v. */
export const SIGNATURE_SIZE_BYTES = 65

/**
 * True for 65 bytes r‖s‖v that are the one accepted form of a signature: 0 < r < order,
 * 0 < s <= order / 2, v in {0, 1}. Whose it is, only recovery tells.
 */
export function isCanonicalSignature(signature: Uint8Array): boolean {
  const v = signature[64]
  if (signature.length !== SIGNATURE_SIZE_BYTES || v === undefined || v > 1) return false
  const r = bytesToBigint(signature.subarray(0, 32))
  const s = bytesToBigint(signature.subarray(32, 64))
  return r > 0n && r < GROUP_ORDER && s > 0n && s <= GROUP_ORDER / 2n
}
