import {
  type Address,
  bigintToBytes,
  bytesToAddress,
  encodeRlp,
  hexToBytes,
  keccak256,
} from '@busan/primitives'

/** Address of the contract that a sender creates with a transaction of this nonce (yellow paper, eq. 87). */
export function contractAddress(sender: Address, nonce: bigint): Address {
  const hash = keccak256(encodeRlp([hexToBytes(sender), bigintToBytes(nonce)]))
  return bytesToAddress(hash.subarray(12))
}
