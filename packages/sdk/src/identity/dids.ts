import { type Address, getAddress, toHex } from 'viem'

const DID = /^did:ethr:(0x[0-9a-f]+):(0x[0-9a-fA-F]{40})$/

/** EIP-712 types of the changes that an identity's owner may sign for `DidRegistry`. */
export const DID_CONSENT_TYPES = {
  ChangeOwner: [
    { name: 'identity', type: 'address' },
    { name: 'newOwner', type: 'address' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
  AddDelegate: [
    { name: 'identity', type: 'address' },
    { name: 'delegateType', type: 'bytes32' },
    { name: 'delegate', type: 'address' },
    { name: 'validity', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
  RevokeDelegate: [
    { name: 'identity', type: 'address' },
    { name: 'delegateType', type: 'bytes32' },
    { name: 'delegate', type: 'address' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
  SetAttribute: [
    { name: 'identity', type: 'address' },
    { name: 'name', type: 'bytes32' },
    { name: 'value', type: 'bytes' },
    { name: 'validity', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
  RevokeAttribute: [
    { name: 'identity', type: 'address' },
    { name: 'name', type: 'bytes32' },
    { name: 'value', type: 'bytes' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const

/** The DID of an address, by the method `ethr`. */
export function didOf(chainId: number, address: Address): string {
  return `did:ethr:${toHex(chainId)}:${getAddress(address)}`
}

/**
 * The address of a DID.
 * @throws when it is of another method or chain
 */
export function addressOfDid(chainId: number, did: string): Address {
  const [, chain, address] = DID.exec(did) ?? []
  if (chain !== toHex(chainId) || address === undefined) {
    throw new Error(`"${did}" is not did:ethr:${toHex(chainId)}:0x… with 40 hex digits`)
  }
  return getAddress(address)
}
