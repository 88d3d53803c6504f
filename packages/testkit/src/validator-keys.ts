import {
  type Address,
  bigintToBytes,
  padLeft,
  privateKeyToAddress,
  signDigest,
} from '@busan/primitives'

/** A validator's key; fits the validator's signer port. */
export interface ValidatorKey {
  readonly address: Address
  readonly privateKey: Uint8Array
  sign(digest: Uint8Array): Uint8Array
}

/** Keys 1 to `count` of the curve, always the same, ascending by address as validators are listed. */
export function createValidatorKeys(count: number): readonly ValidatorKey[] {
  return Array.from({ length: count }, (_, index) => createKey(index + 1)).sort((a, b) =>
    a.address < b.address ? -1 : 1,
  )
}

function createKey(scalar: number): ValidatorKey {
  const privateKey = padLeft(bigintToBytes(BigInt(scalar)), 32)
  return {
    address: privateKeyToAddress(privateKey),
    privateKey,
    sign: (digest) => signDigest(digest, privateKey),
  }
}
