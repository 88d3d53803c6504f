import { bytesToHex, type Hex, toQuantity } from '@busan/primitives'

/**
 * 16 unguessable bytes, so that one client cannot use another's filter or subscription; a QUANTITY, without
 * leading zeros, as the Ethereum API asks of ids.
 */
export function randomId(): Hex {
  return toQuantity(BigInt(bytesToHex(crypto.getRandomValues(new Uint8Array(16)))))
}
