import { randomBytes } from 'node:crypto'
import { isPrivateKey } from '@busan/primitives'

/** 32 random bytes that are a secp256k1 key; the loop is for the 1 in 2^128 that are not. */
export function freshPrivateKey(): Uint8Array {
  for (;;) {
    const key = Uint8Array.from(randomBytes(32))
    if (isPrivateKey(key)) return key
  }
}
