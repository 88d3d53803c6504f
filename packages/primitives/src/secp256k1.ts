import secp256k1 from 'secp256k1'
import { type Address, bytesToAddress } from './address.ts'
import { bytesToBigint } from './bytes.ts'
import { keccak256 } from './hash.ts'

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/** True for 32 bytes that are a private key: non-zero and below the group order. */
export function isPrivateKey(bytes: Uint8Array): boolean {
  return bytes.length === 32 && secp256k1.privateKeyVerify(bytes)
}

/** The account address of a 32-byte private key. */
export function privateKeyToAddress(privateKey: Uint8Array): Address {
  return publicKeyToAddress(secp256k1.publicKeyCreate(privateKey, false))
}

/** The account address of a 65-byte uncompressed public key (yellow paper, appendix F). */
export function publicKeyToAddress(publicKey: Uint8Array): Address {
  return bytesToAddress(keccak256(publicKey.subarray(1)).subarray(12))
}

/**
 * Signs a 32-byte digest.
 * @returns 65 bytes r(32)‖s(32)‖v(1), v in {0, 1}, low s, RFC 6979 nonce.
 */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey)
  const signed = new Uint8Array(65)
  signed.set(signature)
  signed[64] = recid
  return signed
}

/**
 * Recovers who signed a digest.
 * @param signature 65 bytes r‖s‖v, v in {0, 1}
 * @returns undefined for a wrong length, v above 1, high s (EIP-2) or an unrecoverable point
 */
export function recoverAddress(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  const publicKey = recoverPublicKey(digest, signature)
  return publicKey === undefined ? undefined : publicKeyToAddress(publicKey)
}

/** As {@link recoverAddress}, but the 65-byte uncompressed public key. */
export function recoverPublicKey(
  digest: Uint8Array,
  signature: Uint8Array,
): Uint8Array | undefined {
  if (bytesToBigint(signature.subarray(32, 64)) > HALF_ORDER) return undefined
  return recoverPublicKeyAnyS(digest, signature)
}

/** As {@link recoverPublicKey}, but high s passes: the ECRECOVER precompile predates EIP-2. */
export function recoverPublicKeyAnyS(
  digest: Uint8Array,
  signature: Uint8Array,
): Uint8Array | undefined {
  const v = signature[64]
  if (signature.length !== 65 || v === undefined || v > 1) return undefined
  try {
    return secp256k1.ecdsaRecover(signature.subarray(0, 64), v, digest, false)
  } catch {
    return undefined
  }
}
