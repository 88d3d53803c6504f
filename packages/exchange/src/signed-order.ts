import { type Address, type Hex, hexToBytes, recoverAddress } from '@busan/primitives'
import { hashTypedData } from 'viem'

/** What the maker signs; the fields are those of `contracts/exchange/Orders.sol`. */
export interface Order {
  readonly maker: Hex
  /** Seconds since the epoch. */
  readonly validAfter: bigint
  /** Hundredths of a per cent. */
  readonly maxFeeBps: number
  readonly isBuy: boolean
  readonly usesVault: boolean
  readonly market: Hex
  /** 32 bytes; zero for none. */
  readonly ownerGroup: Hex
  readonly lots: bigint
  /** Quote units per lot. */
  readonly limitPrice: bigint
  readonly nonceKey: bigint
  readonly nonceSeq: bigint
  readonly receiver: Hex
  /** Seconds since the epoch; from then on it does not trade. */
  readonly expiry: bigint
  readonly minFill: bigint
}

/** An order and its maker's 65-byte signature r‖s‖v, v 27 or 28. */
export interface SignedOrder {
  readonly order: Order
  readonly signature: Hex
}

/** The engine that a signature is for. */
export interface SettlementDomain {
  readonly chainId: number
  readonly engine: Hex
}

/** EIP-712 types of what makers sign: orders, and cancellations towards the matcher. */
export const SIGNED_TYPES = {
  Order: [
    { name: 'maker', type: 'address' },
    { name: 'validAfter', type: 'uint64' },
    { name: 'maxFeeBps', type: 'uint16' },
    { name: 'isBuy', type: 'bool' },
    { name: 'usesVault', type: 'bool' },
    { name: 'market', type: 'bytes32' },
    { name: 'ownerGroup', type: 'bytes32' },
    { name: 'lots', type: 'uint128' },
    { name: 'limitPrice', type: 'uint128' },
    { name: 'nonceKey', type: 'uint192' },
    { name: 'nonceSeq', type: 'uint64' },
    { name: 'receiver', type: 'address' },
    { name: 'expiry', type: 'uint64' },
    { name: 'minFill', type: 'uint128' },
  ],
  Cancel: [{ name: 'order', type: 'bytes32' }],
} as const

/** The digest of an order, which is also its id. */
export function hashOrder(domain: SettlementDomain, order: Order): Hex {
  const message = { ...order }
  return hashTypedData({
    domain: eip712Domain(domain),
    types: SIGNED_TYPES,
    primaryType: 'Order',
    message,
  })
}

/** The digest of a cancellation. */
export function hashCancel(domain: SettlementDomain, orderId: Hex): Hex {
  const message = { order: orderId }
  return hashTypedData({
    domain: eip712Domain(domain),
    types: SIGNED_TYPES,
    primaryType: 'Cancel',
    message,
  })
}

/**
 * Recovers who signed a digest.
 * @returns undefined for what is not a 65-byte signature with low s
 */
export function signerOf(digest: Hex, signature: Hex): Address | undefined {
  const bytes = hexToBytes(signature)
  const v = bytes[64]
  if (bytes.length !== 65 || (v !== 27 && v !== 28)) return undefined
  bytes[64] = v - 27
  return recoverAddress(hexToBytes(digest), bytes)
}

function eip712Domain({ chainId, engine }: SettlementDomain) {
  return { name: 'Busan Settlement', version: '1', chainId, verifyingContract: engine }
}
