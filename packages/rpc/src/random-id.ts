import { bytesToHex, type Hex } from '@busan/primitives'

/** 16 unguessable bytes, so that one client cannot use another's filter or subscription. */
export function randomId(): Hex {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16)))
}
