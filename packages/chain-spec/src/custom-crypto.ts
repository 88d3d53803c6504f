import { concatBytes, keccak256, padLeft, recoverPublicKeyAnyS } from '@busan/primitives'
import type { CustomCrypto } from '@ethereumjs/common'

/** EIP-4844 proof verification, as ethereumjs takes it. */
export type Kzg = NonNullable<CustomCrypto['kzg']>

/**
 * The cryptography that ethereumjs uses in place of its own JavaScript: WebAssembly keccak, native secp256k1.
 * High s is judged where Ethereum judges it, by transactions, and passes in the ECRECOVER precompile.
 */
export function createCustomCrypto(kzg: Kzg | undefined): CustomCrypto {
  return { keccak256, ecrecover, ...(kzg === undefined ? {} : { kzg }) }
}

/**
 * @param r at most 32 bytes, leading zeros optional; `s` alike
 * @returns the 64-byte public key; throws when there is none
 */
function ecrecover(
  digest: Uint8Array,
  v: bigint,
  r: Uint8Array,
  s: Uint8Array,
  chainId?: bigint,
): Uint8Array {
  const parity = recoveryId(v, chainId)
  if (parity !== 0n && parity !== 1n) throw new RangeError(`signature v ${v} is out of range`)
  const signature = concatBytes(padLeft(r, 32), padLeft(s, 32), Uint8Array.of(Number(parity)))
  const publicKey = recoverPublicKeyAnyS(digest, signature)
  if (publicKey === undefined) throw new Error('the signature belongs to no public key')
  return publicKey.subarray(1)
}

/** Typed transactions carry the parity itself, legacy ones 27 + parity or 35 + 2 × chain id + parity (EIP-155). */
function recoveryId(v: bigint, chainId: bigint | undefined): bigint {
  if (v === 0n || v === 1n) return v
  return chainId === undefined ? v - 27n : v - 35n - 2n * chainId
}
